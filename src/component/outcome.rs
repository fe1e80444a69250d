use std::fmt;

/// How a call ended.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub enum Outcome<'o> {
    /// It returned, and what it returned is no `Err`.
    Ok,
    /// It returned an `Err`.
    Error(Failure<'o>),
    /// It panicked. The panic goes on to the caller.
    Panicked,
    /// Its future was dropped before it was done.
    Cancelled,
    /// It ran in a shadow, and the control was done first: nobody waited for it.
    CutShort,
    /// Its time was up before it was done.
    TimedOut,
    /// It failed, and the control's value was returned in its place.
    FellBack(Cause),
}

/// Why a call fell back to the control.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Cause {
    /// It returned an `Err`.
    Error,
    /// It panicked.
    Panicked,
    /// Its time was up.
    TimedOut,
}

/// The `Err` of a call: what can be said of it without knowing its type.
#[derive(Clone, Copy)]
pub struct Failure<'o> {
    pub(super) type_name: &'static str,
    /// Whether it is no error but a result that the host's own rule refuses.
    pub(super) is_refused: bool,
    pub(super) debug: Option<&'o dyn fmt::Debug>,
    pub(super) display: Option<&'o dyn fmt::Display>,
}

impl Outcome<'_> {
    /// One lower-case word for each kind: what records carry.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Error(_) => "error",
            Self::Panicked => "panicked",
            Self::Cancelled => "cancelled",
            Self::CutShort => "cut_short",
            Self::TimedOut => "timed_out",
            Self::FellBack(_) => "fell_back",
        }
    }

    /// Whether the arm did what it should: it returned, and no `Err`.
    pub const fn is_ok(&self) -> bool {
        matches!(self, Self::Ok)
    }

    /// Whether the arm failed by itself: not where its caller gave up, or did not wait for it.
    pub const fn is_failure(&self) -> bool {
        !matches!(self, Self::Ok | Self::Cancelled | Self::CutShort)
    }
}

impl From<Cause> for Outcome<'_> {
    /// How the call of the arm itself ended. Of an `Err` nothing else is known.
    fn from(cause: Cause) -> Self {
        match cause {
            Cause::Error => Self::Error(Failure {
                type_name: "",
                is_refused: false,
                debug: None,
                display: None,
            }),
            Cause::Panicked => Self::Panicked,
            Cause::TimedOut => Self::TimedOut,
        }
    }
}

impl Failure<'_> {
    /// What an error is called: the name of its variant or type, without anything it carries.
    ///
    /// It is what the error's `Debug` begins with where that looks like a derived one, and else its type's name. A result that is no `Err` and that
    /// a method's `ok` rule refuses is called `refused_by_ok`.
    pub fn label(&self) -> String {
        if self.is_refused {
            return "refused_by_ok".to_owned();
        }
        let mut debugged = DebuggedName::default();
        if let Some(debug) = self.debug {
            // It stops the formatting behind the name.
            let _ = fmt::write(&mut debugged, format_args!("{debug:?}"));
        }
        if !debugged.is_name() {
            let path = self.type_name.split('<').next().unwrap_or_default();
            return path.rsplit("::").next().unwrap_or_default().to_owned();
        }
        debugged.name
    }

    /// The full name of its type.
    pub const fn type_name(&self) -> &'static str {
        self.type_name
    }

    /// The error itself, where it can be shown. Mind that messages may contain what calls were given.
    pub const fn message(&self) -> Option<&dyn fmt::Display> {
        self.display
    }
}

impl fmt::Debug for Failure<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_tuple("Failure").field(&self.label()).finish()
    }
}

/// Takes a name as derived `Debug`s begin with it, and what tells it from other words: `(`, ` {` or nothing behind it.
#[derive(Default)]
struct DebuggedName {
    name: String,
    behind: String,
}

impl DebuggedName {
    /// Whether it can be a variant's or a type's name: a message, a number or a text is none.
    fn is_name(&self) -> bool {
        self.name.starts_with(char::is_uppercase) && matches!(self.behind.as_str(), "" | "(" | " {")
    }
}

impl fmt::Write for DebuggedName {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for letter in text.chars() {
            if self.behind.is_empty()
                && (letter.is_alphanumeric() || letter == '_')
                && self.name.len() < 64
            {
                self.name.push(letter);
            } else {
                self.behind.push(letter);
                if self.behind != " " {
                    return Err(fmt::Error);
                }
            }
        }
        Ok(())
    }
}
