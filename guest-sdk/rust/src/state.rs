//! State that can be written down and read back, bit for bit.

/// What a stateful reward keeps. `observe` and the scoring function are ordinary methods, named in
/// [`stateful!`](crate::stateful); this is the rest.
pub trait State: Sized {
    /// Begins with an empty state; all chance comes from `seed`.
    fn new(seed: u64) -> Self;

    /// Writes everything that later scores depend on, the same bytes for the same state.
    fn save(&self, out: &mut Writer);

    /// Reads what [`save`](Self::save) wrote, in the same order; none where the bytes make no sense.
    fn load(input: &mut Reader<'_>) -> Option<Self>;
}

/// Writes numbers as little-endian bytes.
#[derive(Clone, Debug, Default)]
pub struct Writer {
    bytes: Vec<u8>,
}

impl Writer {
    /// Writes a whole number.
    pub fn u32(&mut self, value: u32) {
        self.bytes.extend_from_slice(&value.to_le_bytes());
    }

    /// Writes a large whole number.
    pub fn u64(&mut self, value: u64) {
        self.bytes.extend_from_slice(&value.to_le_bytes());
    }

    /// Writes a number, every bit of it.
    pub fn f32(&mut self, value: f32) {
        self.u32(value.to_bits());
    }

    /// Writes a list of numbers with its length.
    pub fn f32s(&mut self, values: &[f32]) {
        self.u64(values.len() as u64);
        for value in values {
            self.f32(*value);
        }
    }

    /// Writes a text with its length.
    pub fn text(&mut self, text: &str) {
        self.u64(text.len() as u64);
        self.bytes.extend_from_slice(text.as_bytes());
    }

    /// Gives the bytes.
    pub fn finish(self) -> Vec<u8> {
        self.bytes
    }
}

/// Reads what a [`Writer`] wrote; every method gives none where the bytes have run out.
#[derive(Clone, Debug)]
pub struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    /// Begins at the first byte.
    pub fn new(bytes: &'a [u8]) -> Self {
        Reader { rest: bytes }
    }

    /// Reads a whole number.
    pub fn u32(&mut self) -> Option<u32> {
        self.array().map(u32::from_le_bytes)
    }

    /// Reads a large whole number.
    pub fn u64(&mut self) -> Option<u64> {
        self.array().map(u64::from_le_bytes)
    }

    /// Reads a number.
    pub fn f32(&mut self) -> Option<f32> {
        self.u32().map(f32::from_bits)
    }

    /// Reads a list of numbers.
    pub fn f32s(&mut self) -> Option<Vec<f32>> {
        let len = usize::try_from(self.u64()?).ok()?;
        let bytes = self.take(len.checked_mul(4)?)?;
        let (numbers, _) = bytes.as_chunks::<4>();
        Some(numbers.iter().map(|number| f32::from_le_bytes(*number)).collect())
    }

    /// Reads a text.
    pub fn text(&mut self) -> Option<&'a str> {
        let len = usize::try_from(self.u64()?).ok()?;
        std::str::from_utf8(self.take(len)?).ok()
    }

    /// Tells whether all bytes have been read.
    pub fn is_at_end(&self) -> bool {
        self.rest.is_empty()
    }

    fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (array, rest) = self.rest.split_first_chunk()?;
        self.rest = rest;
        Some(*array)
    }

    fn take(&mut self, len: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.rest.split_at_checked(len)?;
        self.rest = rest;
        Some(taken)
    }
}

/// Writes a snapshot: the plugin's name and version, then its state.
#[doc(hidden)]
pub fn snapshot(plugin: [&str; 2], state: &impl State) -> Vec<u8> {
    let mut out = Writer::default();
    plugin.into_iter().for_each(|part| out.text(part));
    state.save(&mut out);
    out.finish()
}

/// Reads a snapshot of the same plugin and version.
#[doc(hidden)]
pub fn restore<S: State>(plugin: [&str; 2], bytes: &[u8]) -> Result<S, crate::Fault> {
    let mut input = Reader::new(bytes);
    let fault = |message: &str| crate::Fault { message: message.to_owned() };
    if plugin.into_iter().any(|part| input.text() != Some(part)) {
        return Err(fault("this is not a snapshot of this version of the plugin"));
    }
    S::load(&mut input).filter(|_| input.is_at_end()).ok_or_else(|| fault("the snapshot is damaged"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, PartialEq)]
    struct Counts(Vec<f32>, u64);

    impl State for Counts {
        fn new(seed: u64) -> Self {
            Counts(Vec::new(), seed)
        }

        fn save(&self, out: &mut Writer) {
            out.f32s(&self.0);
            out.u64(self.1);
        }

        fn load(input: &mut Reader<'_>) -> Option<Self> {
            Some(Counts(input.f32s()?, input.u64()?))
        }
    }

    #[test]
    fn a_state_comes_back_bit_for_bit() {
        let state = Counts(vec![1.0, -0.0, f32::MIN_POSITIVE], 7);
        let bytes = snapshot(["p", "0.1.0"], &state);
        let back: Counts = restore(["p", "0.1.0"], &bytes).unwrap_or_else(|_| Counts::new(0));
        assert_eq!(back.0.iter().map(|x| x.to_bits()).collect::<Vec<_>>(), [0x3f80_0000, 0x8000_0000, 0x0080_0000]);
        assert_eq!(back.1, 7);
    }

    #[test]
    fn bytes_that_are_no_snapshot_are_refused() {
        let bytes = snapshot(["p", "0.1.0"], &Counts(vec![1.0], 7));
        assert!(restore::<Counts>(["p", "0.2.0"], &bytes).is_err());
        for len in 0..bytes.len() {
            assert!(restore::<Counts>(["p", "0.1.0"], &bytes[..len]).is_err(), "{len} bytes");
        }
        let longer: Vec<u8> = bytes.iter().copied().chain([0]).collect();
        assert!(restore::<Counts>(["p", "0.1.0"], &longer).is_err());
    }
}
