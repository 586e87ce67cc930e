//! The two ways in which plugins are run.

/// How much a host distrusts its plugins, and how fast it has to be.
///
/// Both give the same bits for the same rows; verification asserts it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Profile {
    /// For judging a plugin: instructions are counted (fuel), every call gets a fresh instance, and a NaN has one bit pattern,
    /// so that a verdict is the same on every run. Takes two to three times as long as training's.
    ///
    /// A stateful source alone keeps its instance from call to call, for as long as it must keep its state.
    Verify,
    /// For training: an instance is reused from call to call, and a clock with ticks of one millisecond ends a call that does
    /// not return.
    Train,
}

impl Profile {
    /// Names the profile.
    pub fn name(self) -> &'static str {
        match self {
            Profile::Verify => "verify",
            Profile::Train => "train",
        }
    }

    pub(crate) fn counts_fuel(self) -> bool {
        self == Profile::Verify
    }

    pub(crate) fn reuses_instances(self) -> bool {
        self == Profile::Train
    }
}
