//! Turns the numbers of any format into the types of a table.

/// What stands in a file, and what should.
pub(crate) struct Unfit {
    pub(crate) observed: String,
    pub(crate) expected: &'static str,
}

/// The type that a column has in memory.
pub(crate) trait Cell: Sized {
    /// Names the values that a column of this type takes.
    const EXPECTED: &'static str;

    /// Converts a number; `whole` says that the file holds integers.
    fn from_number(value: f64, whole: bool) -> Result<Self, Unfit>;
}

impl Cell for f32 {
    const EXPECTED: &'static str = "a number";

    fn from_number(value: f64, whole: bool) -> Result<f32, Unfit> {
        let narrow = value as f32;
        if whole && f64::from(narrow) != value {
            let expected = "an integer that float32 holds exactly, such as one up to 16777216";
            return Err(Unfit { observed: value.to_string(), expected });
        }
        if value.is_finite() && !narrow.is_finite() {
            return Err(Unfit { observed: format!("{value:e}"), expected: "a number within the range of float32" });
        }
        Ok(narrow)
    }
}

impl Cell for u32 {
    const EXPECTED: &'static str = "an integer from 0 to 4294967295";

    fn from_number(value: f64, _whole: bool) -> Result<u32, Unfit> {
        if value >= 0.0 && value <= f64::from(u32::MAX) && value.fract() == 0.0 {
            Ok(value as u32)
        } else {
            Err(Unfit { observed: value.to_string(), expected: Self::EXPECTED })
        }
    }
}

impl Cell for bool {
    const EXPECTED: &'static str = "true or false";

    fn from_number(value: f64, _whole: bool) -> Result<bool, Unfit> {
        if value == 0.0 || value == 1.0 {
            Ok(value == 1.0)
        } else {
            Err(Unfit { observed: value.to_string(), expected: Self::EXPECTED })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_taken_only_where_it_means_the_same() {
        assert_eq!(f32::from_number(0.1, false).ok(), Some(0.1));
        assert_eq!(f32::from_number(16_777_217.0, false).ok(), Some(16_777_216.0));
        assert_eq!(f32::from_number(16_777_217.0, true).ok(), None);
        assert_eq!(f32::from_number(1e300, false).ok(), None);
        assert_eq!(u32::from_number(-1.0, true).ok(), None);
        assert_eq!(u32::from_number(4_294_967_295.0, true).ok(), Some(u32::MAX));
        assert_eq!(bool::from_number(2.0, true).ok(), None);
        assert_eq!(bool::from_number(1.0, false).ok(), Some(true));
    }
}
