/// Why a component cannot be built.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BuildError {
    /// The experiment's name is empty, too long, has blanks at its ends, or control characters.
    #[error(
        "the experiment's name {0:?} must have 1 to 255 bytes, no blanks at its ends, and no control characters"
    )]
    InvalidName(String),
    /// An arm's name is empty, too long, has blanks at its ends or control characters, or is that of the DSL's control without being the control.
    #[error(
        "the arm's name {0:?} must have 1 to 255 bytes, no blanks at its ends and no control characters, and only the control may be called \"control\""
    )]
    InvalidArm(String),
    /// Two arms have one name.
    #[error("two arms are called {0:?}: give each a name of its own")]
    DuplicateArm(String),
    /// There are more arms than can be told apart.
    #[error("there are {0} arms: 65,535 is the most")]
    TooManyArms(usize),
    /// Each arm needs a weight.
    #[error("there are {weights} weights for {arms} arms: give one for each, the control's first")]
    WrongWeights {
        /// How many weights there are.
        weights: usize,
        /// How many arms there are.
        arms: usize,
    },
    /// An arm would never be selected.
    #[error("the arm {0:?} has no weight: leave the arm out, or give it one above 0")]
    ZeroWeight(String),
    /// Weights that nobody looks at.
    #[error(
        "there are weights, and the selector does not go by them: leave `.weights(..)` out, or select by `Random` or `Sticky`"
    )]
    UnusedWeights,
    /// A circuit breaker would never open, or never close.
    #[error("the breaker's `{setting}` is {value}: give {expected}")]
    InvalidBreaker {
        /// What was set.
        setting: &'static str,
        /// To what.
        value: String,
        /// What is possible.
        expected: &'static str,
    },
    /// A recorder would never get a record.
    #[error(
        "there is a recorder, and nothing that makes records: add a collector such as `.collect(WallTime::new())`, or mark a \
         method with `#[measure(..)]`; `Latency` makes none, it counts into its `Summary`"
    )]
    NothingToRecord,
    /// Each call would count twice.
    #[error(
        "`{0}` is counted twice for each call: leave one of the collectors out; a `Summary` that a `Latency` counts into needs \
         no other collector of time as its recorder's"
    )]
    MeasuredTwice(&'static str),
    /// Each record would count twice.
    #[error("a recorder is given twice and would take each record twice: leave one out")]
    RecorderTwice,
    /// A selector names an arm that there is not.
    #[error("there is no arm {0:?}")]
    UnknownArm(String),
    /// The control cannot be switched off.
    #[error(
        "the control {0:?} cannot be off, since calls fall back to it: `force` another arm to send all calls there, or switch \
         the whole experiment off with `set_enabled(false)`"
    )]
    ControlIsNeverOff(String),
    /// The selector needs to know who a call is for.
    #[error(
        "the selector needs a key and the method `{0}` has none: mark a parameter with `#[key]` \
         or the method with `#[component(skip)]`, or build with `.per_object()` and use `bind`"
    )]
    NoKey(&'static str),
}
