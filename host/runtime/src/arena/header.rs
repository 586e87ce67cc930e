//! What a plugin says of its arena, which is believed only as far as it was checked.

use std::ops::Range;

use super::{Layout, TILE};

const WORDS: usize = 8;
/// Bytes of the words that stay as they are.
const FIXED: usize = 24;

/// A checked header: every range lies within the memory, which never shrinks, and none overlaps another.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Header {
    at: usize,
    /// The words that stay as they are.
    fixed: [u8; FIXED],
    /// Rows there is room for.
    pub(crate) rows: usize,
    /// Where the input tiles lie.
    pub(crate) input: Range<usize>,
    /// Where the output tiles lie.
    pub(crate) output: Range<usize>,
    /// Where the status bytes lie.
    pub(crate) status: Range<usize>,
}

impl Header {
    /// Reads the header at an address and checks it against the rows that were asked for and the columns that there must be.
    ///
    /// # Errors
    /// What is wrong with it.
    pub(crate) fn read(memory: &[u8], at: u32, asked: usize, layout: &Layout) -> Result<Header, String> {
        let at = at as usize;
        if at == 0 {
            return Err(format!("it makes no room for {asked} rows"));
        }
        if !at.is_multiple_of(4) {
            return Err(format!("its header lies at {at}, which is no multiple of 4"));
        }
        let words = words(memory, at).ok_or_else(|| format!("its header at {at} lies outside the memory"))?;
        let [rows, columns, factors, input, output, status, ..] = words.map(|word| word as usize);
        if rows < asked || !rows.is_multiple_of(TILE) {
            return Err(format!("it has room for {rows} rows, where {asked} were asked for, in tiles of {TILE}"));
        }
        if (columns, factors) != (layout.columns, layout.factors) {
            let Layout { columns: wide, factors: many, .. } = layout;
            return Err(format!("it has {columns} columns and {factors} factors, the description {wide} and {many}"));
        }
        let place = |what: &str, start: usize, size: Option<usize>, aligned: usize| {
            if !start.is_multiple_of(aligned) {
                return Err(format!("its {what} lies at {start}, which is no multiple of {aligned}"));
            }
            size.and_then(|size| start.checked_add(size))
                .filter(|end| *end <= memory.len())
                .map(|end| start..end)
                .ok_or_else(|| format!("its {what} at {start} lies outside the memory"))
        };
        let cells = |columns: usize| rows.checked_mul(columns).and_then(|cells| cells.checked_mul(4));
        let mut fixed = [0; FIXED];
        fixed.copy_from_slice(&memory[at..at + FIXED]);
        let header = Header {
            at,
            fixed,
            rows,
            input: place("input", input, cells(columns), 64)?,
            output: place("output", output, cells(factors), 64)?,
            status: place("status", status, Some(rows), 1)?,
        };
        let parts = [
            ("header", at..at + 4 * WORDS),
            ("input", header.input.clone()),
            ("output", header.output.clone()),
            ("status", header.status.clone()),
        ];
        for (index, (name, part)) in parts.iter().enumerate() {
            for (other, with) in &parts[..index] {
                if part.start < with.end && with.start < part.end {
                    return Err(format!("its {name} overlaps its {other}"));
                }
            }
        }
        Ok(header)
    }

    /// Checks that a call has left the arena where it was.
    ///
    /// # Errors
    /// Where it has moved.
    pub(crate) fn still(&self, memory: &[u8]) -> Result<(), String> {
        match memory.get(self.at..self.at + FIXED) {
            Some(words) if *words == self.fixed => Ok(()),
            _ => Err("it has moved without being asked to".into()),
        }
    }

    /// Gives what the first faulty row of the last call said.
    ///
    /// # Errors
    /// Where that lies outside the memory.
    pub(crate) fn message<'a>(&self, memory: &'a [u8]) -> Result<&'a [u8], String> {
        let [.., start, len] = words(memory, self.at).unwrap_or_default().map(|word| word as usize);
        if len == 0 {
            return Ok(&[]);
        }
        let end = start.checked_add(len);
        end.and_then(|end| memory.get(start..end))
            .ok_or_else(|| format!("its message of {len} bytes at {start} lies outside the memory"))
    }
}

fn words(memory: &[u8], at: usize) -> Option<[u32; WORDS]> {
    let bytes = memory.get(at..at.checked_add(4 * WORDS)?)?;
    let mut words = [0; WORDS];
    for (word, bytes) in words.iter_mut().zip(bytes.chunks_exact(4)) {
        *word = u32::from_le_bytes(bytes.try_into().ok()?);
    }
    Some(words)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use meed_core::{Description, Factor, Field};

    fn layout() -> Layout {
        let description = Description::transition("p", "0.1.0")
            .observation([Field::new("x", 2, "m", -1.0, 1.0)])
            .factors([Factor::new("f", -10.0, 10.0, 1.0, "")]);
        Layout::of(&description).unwrap()
    }

    /// Reads a header at 16 in a memory of 4,096 bytes.
    fn read(words: [u32; 8]) -> Result<Header, String> {
        let mut memory = vec![0; 4096];
        for (index, word) in words.into_iter().enumerate() {
            memory[16 + 4 * index..][..4].copy_from_slice(&word.to_le_bytes());
        }
        Header::read(&memory, 16, 64, &layout())
    }

    const GOOD: [u32; 8] = [64, 2, 1, 64, 1024, 2048, 0, 0];

    fn with(index: usize, word: u32) -> String {
        let mut words = GOOD;
        words[index] = word;
        read(words).unwrap_err()
    }

    #[test]
    fn a_sound_header_is_taken() {
        let header = read(GOOD).unwrap();
        assert_eq!((header.input, header.output, header.status), (64..576, 1024..1280, 2048..2112));
        // Right up to the end of the memory.
        assert!(read([64, 2, 1, 64, 4096 - 256, 2048, 0, 0]).is_ok());
    }

    #[test]
    fn every_word_is_checked() {
        assert_eq!(with(0, 0), "it has room for 0 rows, where 64 were asked for, in tiles of 64");
        assert_eq!(with(0, 65), "it has room for 65 rows, where 64 were asked for, in tiles of 64");
        assert_eq!(with(0, 1 << 31), "its input at 64 lies outside the memory");
        assert_eq!(with(1, 3), "it has 3 columns and 1 factors, the description 2 and 1");
        assert_eq!(with(2, 2), "it has 2 columns and 2 factors, the description 2 and 1");
        assert_eq!(with(3, 68), "its input lies at 68, which is no multiple of 64");
        assert_eq!(with(3, 4096), "its input at 4096 lies outside the memory");
        assert_eq!(with(3, u32::MAX - 63), "its input at 4294967232 lies outside the memory");
        assert_eq!(with(4, 1028), "its output lies at 1028, which is no multiple of 64");
        assert_eq!(with(4, 4096 - 192), "its output at 3904 lies outside the memory");
        assert_eq!(with(5, 4096 - 63), "its status at 4033 lies outside the memory");
    }

    #[test]
    fn nothing_overlaps() {
        assert_eq!(with(3, 0), "its input overlaps its header");
        assert_eq!(with(4, 512), "its output overlaps its input");
        assert_eq!(with(5, 575), "its status overlaps its input");
        assert_eq!(with(5, 1279), "its status overlaps its output");
        assert_eq!(with(5, 47), "its status overlaps its header");
    }

    #[test]
    fn a_header_lies_where_it_can() {
        let memory = [0; 64];
        let read = |at| Header::read(&memory, at, 1, &layout()).unwrap_err();
        assert_eq!(read(0), "it makes no room for 1 rows");
        assert_eq!(read(18), "its header lies at 18, which is no multiple of 4");
        assert_eq!(read(36), "its header at 36 lies outside the memory");
        assert_eq!(read(u32::MAX - 3), "its header at 4294967292 lies outside the memory");
    }
}
