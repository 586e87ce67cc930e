//! The episodes of a Minari dataset as one HDF5 file: a group each.

use std::path::Path;
use std::sync::Arc;

use hdf5_reader::{Datatype, FileStorage, Hdf5File, OpenOptions};

use crate::Problem;
use crate::guarded::guarded;
use crate::minari::{Column, Episode, Episodes, FLAT};

/// Most bytes of one array of one episode: a bound on what a damaged file can make the reader hold.
const ARRAY: usize = 1 << 30;
/// Most bytes of one chunk of an array.
const CHUNK: usize = 1 << 28;

/// Episodes by the groups that hold them.
pub(crate) struct Hdf5Episodes {
    file: Hdf5File,
    names: std::vec::IntoIter<String>,
}

impl Hdf5Episodes {
    /// Opens a file and lists its episodes.
    pub(crate) fn open(path: &Path) -> Result<Hdf5Episodes, Problem> {
        let options = OpenOptions::default().with_max_chunk_bytes(CHUNK).with_max_read_bytes(ARRAY);
        guarded("HDF5", 0, || {
            let file = Hdf5File::from_storage_with_options(Arc::new(FileStorage::open(path)?), options)?;
            let (groups, _) = file.root_group()?.member_names()?;
            let number = |name: &String| name.strip_prefix("episode_").and_then(|number| number.parse::<u64>().ok());
            let mut names: Vec<(u64, String)> =
                groups.into_iter().filter_map(|name| number(&name).map(|number| (number, name))).collect();
            names.sort_unstable();
            let names = names.into_iter().map(|(_, name)| name).collect::<Vec<_>>().into_iter();
            Ok::<_, hdf5_reader::error::Error>(Hdf5Episodes { file, names })
        })
    }
}

impl Episodes for Hdf5Episodes {
    fn next_episode(&mut self, row: u64) -> Result<Option<Episode>, Problem> {
        let Some(name) = self.names.next() else { return Ok(None) };
        let group = guarded("HDF5", row, || self.file.group(&name))?;
        let (groups, arrays) = guarded("HDF5", row, || group.member_names())?;
        let column = |name: &str, expected: &str| -> Result<Column, Problem> {
            if groups.iter().any(|group| group == name) {
                let (observed, expected) = ("a group of several arrays".to_owned(), expected.to_owned());
                return Err(Problem::ColumnType { column: name.to_owned(), observed, expected });
            }
            if !arrays.iter().any(|array| array == name) {
                return Err(Problem::MissingColumn { column: name.to_owned(), expected: expected.to_owned() });
            }
            let array = guarded("HDF5", row, || group.dataset(name))?;
            let unfit = |observed: String| Problem::ColumnType {
                column: name.to_owned(),
                observed,
                expected: expected.to_owned(),
            };
            let dtype = Number::of(array.dtype()).ok_or_else(|| unfit(format!("{:?}", array.dtype())))?;
            let shape = array.shape();
            let Some((&rows, each)) = shape.split_first() else { return Err(unfit("a single number".into())) };
            let width = each.iter().try_fold(1u64, |width, size| width.checked_mul(*size)).unwrap_or(u64::MAX);
            let bytes = guarded("HDF5", row, || array.read_native_bytes())?;
            let values = dtype.widen(&bytes);
            if Some(values.len() as u64) != rows.checked_mul(width) {
                let reason = format!("array {name} ends early");
                return Err(Problem::Damaged { format: "HDF5", row, reason });
            }
            Ok(Column { width: width as usize, whole: dtype.whole, values })
        };
        Ok(Some(Episode {
            observations: column("observations", FLAT)?,
            actions: column("actions", FLAT)?,
            rewards: column("rewards", "a number")?,
            terminations: column("terminations", "true or false")?,
            truncations: column("truncations", "true or false")?,
        }))
    }
}

/// A type of numbers.
struct Number {
    whole: bool,
    size: usize,
    widen: fn(&[u8]) -> f64,
}

impl Number {
    fn of(dtype: &Datatype) -> Option<Number> {
        fn take<const N: usize>(bytes: &[u8]) -> [u8; N] {
            bytes.try_into().unwrap_or([0; N])
        }
        let (size, whole) = match dtype {
            Datatype::FixedPoint { size, .. } | Datatype::Bitfield { size, .. } => (*size, true),
            Datatype::FloatingPoint { size, .. } => (*size, false),
            // Flags are an enumeration of two names.
            Datatype::Enum { base, .. } => return Number::of(base),
            _ => return None,
        };
        let signed = matches!(dtype, Datatype::FixedPoint { signed: true, .. });
        let widen: fn(&[u8]) -> f64 = match (whole, size, signed) {
            (false, 4, _) => |bytes| f64::from(f32::from_ne_bytes(take(bytes))),
            (false, 8, _) => |bytes| f64::from_ne_bytes(take(bytes)),
            (true, 1, true) => |bytes| f64::from(i8::from_ne_bytes(take(bytes))),
            (true, 2, true) => |bytes| f64::from(i16::from_ne_bytes(take(bytes))),
            (true, 4, true) => |bytes| f64::from(i32::from_ne_bytes(take(bytes))),
            (true, 8, true) => |bytes| i64::from_ne_bytes(take(bytes)) as f64,
            (true, 1, false) => |bytes| f64::from(u8::from_ne_bytes(take(bytes))),
            (true, 2, false) => |bytes| f64::from(u16::from_ne_bytes(take(bytes))),
            (true, 4, false) => |bytes| f64::from(u32::from_ne_bytes(take(bytes))),
            (true, 8, false) => |bytes| u64::from_ne_bytes(take(bytes)) as f64,
            _ => return None,
        };
        Some(Number { whole, size: usize::from(size), widen })
    }

    fn widen(&self, bytes: &[u8]) -> Vec<f64> {
        bytes.chunks(self.size).map(self.widen).collect()
    }
}
