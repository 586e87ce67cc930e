//! What an author's macro writes into a plugin, so that it offers an arena beside the call that all plugins have.

/// Makes `Plugin::evaluate`, and the arena's part of a plugin whose function reads rows on their own; one that reads its group has none.
#[doc(hidden)]
#[macro_export]
macro_rules! __arena {
    ([$($input:ident)*] $reward:ident $Factors:ident $READS:ident) => {
        $crate::__arena!(@look [$($input)*] [$($input)*] $reward $Factors $READS);
    };
    (@look [group $($rest:ident)*] [$($input:ident)*] $reward:ident $Factors:ident $READS:ident) => {
        $crate::__evaluate_rows!([$($input)*] $reward $Factors);

        impl Plugin {
            /// Scores a batch.
            pub fn evaluate(rows: &$crate::Rows<'_>) -> $crate::Scores {
                Self::evaluate_rows(rows)
            }
        }

        #[cfg(target_arch = "wasm32")]
        $crate::__export_transition!(Plugin::evaluate);
    };
    (@look [$other:ident $($rest:ident)*] $all:tt $reward:ident $Factors:ident $READS:ident) => {
        $crate::__arena!(@look [$($rest)*] $all $reward $Factors $READS);
    };
    (@look [] [$($input:ident)*] $reward:ident $Factors:ident $READS:ident) => {
        $crate::__evaluate_rows!([$($input)*] $reward $Factors);

        impl Plugin {
            /// Where each input stands in a tile of the arena.
            pub const COLUMNS: $crate::arena::Columns = $crate::arena::Columns::of(
                $READS,
                <ObservationRow as $crate::fields::Fields>::CURRENT,
                <ActionRow as $crate::fields::Fields>::CURRENT,
                <ObservationRow as $crate::fields::Fields>::NEXT,
                <TaskRow as $crate::fields::Fields>::CURRENT,
            );

            /// Makes room for rows in an arena.
            pub fn open_arena(arena: &mut $crate::arena::Arena, rows: usize) -> Option<&[u32; 8]> {
                arena.open(rows, Self::COLUMNS.count, <$Factors as $crate::outcome::Factors>::COUNT)
            }

            /// Scores the first rows of an arena and counts those without a score; none where it has no such room.
            pub fn evaluate_arena(arena: &mut $crate::arena::Arena, rows: usize) -> Option<u32> {
                arena.evaluate::<$Factors, _, { Self::COLUMNS.count }, { Self::FACTORS }>(rows, Self::score)
            }

            /// Scores a batch.
            pub fn evaluate(rows: &$crate::Rows<'_>) -> $crate::Scores {
                Self::evaluate_with(&mut $crate::arena::Arena::new(), rows)
            }

            fn evaluate_with(arena: &mut $crate::arena::Arena, rows: &$crate::Rows<'_>) -> $crate::Scores {
                if rows.rows < $crate::batch::FEW {
                    return Self::evaluate_rows(rows);
                }
                $crate::batch::evaluate::<$Factors, _, { Self::COLUMNS.count }, { Self::FACTORS }>(
                    arena,
                    rows.rows,
                    |first, lanes, tile| {
                        $($crate::__fill_tile!($input, tile, first, lanes, rows);)*
                    },
                    Self::score,
                )
            }

            const FACTORS: usize = <$Factors as $crate::outcome::Factors>::COUNT;

            #[inline(always)]
            #[allow(unused_variables)]
            fn score(
                tile: $crate::arena::Tile<'_, { Plugin::COLUMNS.count }>,
                lane: usize,
            ) -> impl $crate::outcome::IntoOutcome<$Factors> + use<> {
                const COLUMNS: $crate::arena::Columns = Plugin::COLUMNS;
                $reward($($crate::__tile_input!($input, tile, lane, COLUMNS)),*)
            }
        }

        #[cfg(target_arch = "wasm32")]
        const _: () = {
            /// The instance's one arena. An instance runs one call at a time, so the lock is always free.
            static ARENA: std::sync::Mutex<$crate::arena::Arena> =
                std::sync::Mutex::new($crate::arena::Arena::new());

            #[unsafe(no_mangle)]
            extern "C" fn meed_arena_version() -> u32 {
                $crate::arena::VERSION
            }

            #[unsafe(no_mangle)]
            extern "C" fn meed_arena_open(rows: u32) -> u32 {
                let Ok(mut arena) = ARENA.lock() else { return 0 };
                Plugin::open_arena(&mut arena, rows as usize).map_or(0, |header| header.as_ptr().expose_provenance() as u32)
            }

            #[unsafe(no_mangle)]
            extern "C" fn meed_arena_evaluate(rows: u32) -> u32 {
                let Ok(mut arena) = ARENA.lock() else { return u32::MAX };
                Plugin::evaluate_arena(&mut arena, rows as usize).unwrap_or(u32::MAX)
            }

            /// The one tile through which batches go.
            static TILE: std::sync::Mutex<$crate::arena::Arena> = std::sync::Mutex::new($crate::arena::Arena::new());

            fn evaluate(rows: &$crate::Rows<'_>) -> $crate::Scores {
                match TILE.lock() {
                    Ok(mut tile) => Plugin::evaluate_with(&mut tile, rows),
                    Err(_) => $crate::Scores { values: Vec::new(), unscored: Vec::new() },
                }
            }

            $crate::__export_transition!(evaluate);
        };
    };
}

/// Makes the function that scores a batch row by row, as it stands.
#[doc(hidden)]
#[macro_export]
macro_rules! __evaluate_rows {
    ([$($input:ident)*] $reward:ident $Factors:ident) => {
        impl Plugin {
            #[allow(unused_variables, unused_mut)]
            fn evaluate_rows(rows: &$crate::Rows<'_>) -> $crate::Scores {
                let mut sheet = $crate::outcome::Sheet::new::<$Factors>(rows.rows);
                let mut groups = $crate::rows::GroupCursor::default();
                for index in 0..rows.rows {
                    sheet.push($crate::outcome::IntoOutcome::<$Factors>::into_outcome(
                        $reward($($crate::__row_input!($input, rows, index, groups)),*)
                    ));
                }
                sheet.finish()
            }
        }
    };
}

/// Fetches one input of a row from a tile.
#[doc(hidden)]
#[macro_export]
macro_rules! __tile_input {
    (observation, $tile:ident, $lane:ident, $COLUMNS:ident) => {
        &$crate::__tile_row!(ObservationRow, Current, $tile, $lane, $COLUMNS.observation)
    };
    (next, $tile:ident, $lane:ident, $COLUMNS:ident) => {
        &$crate::__tile_row!(ObservationRow, Next, $tile, $lane, $COLUMNS.next)
    };
    (action, $tile:ident, $lane:ident, $COLUMNS:ident) => {
        &$crate::__tile_row!(ActionRow, Current, $tile, $lane, $COLUMNS.action)
    };
    (task, $tile:ident, $lane:ident, $COLUMNS:ident) => {
        &$crate::__tile_row!(TaskRow, Current, $tile, $lane, $COLUMNS.task)
    };
    (terminated, $tile:ident, $lane:ident, $COLUMNS:ident) => {
        $tile.whole($COLUMNS.terminated, $lane) != 0
    };
    (truncated, $tile:ident, $lane:ident, $COLUMNS:ident) => {
        $tile.whole($COLUMNS.truncated, $lane) != 0
    };
    (env_reward, $tile:ident, $lane:ident, $COLUMNS:ident) => {
        $tile.float($COLUMNS.env_reward, $lane)
    };
    (agent, $tile:ident, $lane:ident, $COLUMNS:ident) => {
        $tile.whole($COLUMNS.agent, $lane)
    };
    (episode, $tile:ident, $lane:ident, $COLUMNS:ident) => {
        $tile.whole($COLUMNS.episode, $lane)
    };
    (step, $tile:ident, $lane:ident, $COLUMNS:ident) => {
        $tile.whole($COLUMNS.step, $lane)
    };
    ($other:ident, $($rest:tt)*) => {
        unreachable!("refused where the batch is scored")
    };
}

/// Writes one input of some rows into a tile.
#[doc(hidden)]
#[macro_export]
macro_rules! __fill_tile {
    (observation, $($rest:tt)*) => {
        $crate::__fill_tile!(@row ObservationRow, Current, observation, CURRENT, observation, $($rest)*)
    };
    (next, $($rest:tt)*) => {
        $crate::__fill_tile!(@row ObservationRow, Next, next, NEXT, next_observation, $($rest)*)
    };
    (action, $($rest:tt)*) => {
        $crate::__fill_tile!(@row ActionRow, Current, action, CURRENT, action, $($rest)*)
    };
    (task, $($rest:tt)*) => {
        $crate::__fill_tile!(@row TaskRow, Current, task, CURRENT, task, $($rest)*)
    };
    (@row $Row:ident, $Place:ident, $first:ident, $COUNT:ident, $list:ident, $tile:ident, $from:ident, $lanes:ident, $rows:ident) => {
        <$Row as $crate::fields::Fields>::turn(
            $crate::fields::Place::$Place,
            $rows.$list,
            $from,
            $lanes,
            &mut $tile[Plugin::COLUMNS.$first..][..<$Row as $crate::fields::Fields>::$COUNT],
        )
    };
    (terminated, $($rest:tt)*) => {
        $crate::__fill_tile!(@one terminated, terminated, u32::from, $($rest)*)
    };
    (truncated, $($rest:tt)*) => {
        $crate::__fill_tile!(@one truncated, truncated, u32::from, $($rest)*)
    };
    (env_reward, $($rest:tt)*) => {
        $crate::__fill_tile!(@one env_reward, reward, f32::to_bits, $($rest)*)
    };
    (agent, $($rest:tt)*) => {
        $crate::__fill_tile!(@one agent, agent, u32::from, $($rest)*)
    };
    (episode, $($rest:tt)*) => {
        $crate::__fill_tile!(@one episode, episode, u32::from, $($rest)*)
    };
    (step, $($rest:tt)*) => {
        $crate::__fill_tile!(@one step, step, u32::from, $($rest)*)
    };
    (@one $column:ident, $list:ident, $cell:expr, $tile:ident, $from:ident, $lanes:ident, $rows:ident) => {
        for (cell, value) in $tile[Plugin::COLUMNS.$column].iter_mut().zip(&$rows.$list[$from..][..$lanes]) {
            *cell = $cell(*value);
        }
    };
    ($other:ident, $($rest:tt)*) => {
        compile_error!(concat!(
            "`",
            stringify!($other),
            "` is no input of a reward of rows; the macro's documentation lists them"
        ))
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __tile_row {
    ($Row:ident, $Place:ident, $tile:ident, $lane:ident, $first:expr) => {
        <$Row as $crate::fields::Fields>::load_dense($crate::fields::Place::$Place, |column| {
            $tile.float($first + column, $lane)
        })
    };
}

/// Exports `evaluate` of batches, given the function for it.
#[doc(hidden)]
#[macro_export]
macro_rules! __export_transition {
    ($evaluate:expr) => {
        impl $crate::bindings::transition::exports::meed::reward::transition::Guest for Plugin {
            fn evaluate(batch: $crate::bindings::types::Transitions) -> Result<$crate::Scores, $crate::Fault> {
                Ok($evaluate(&$crate::Rows::from(&batch)))
            }
        }
    };
}
