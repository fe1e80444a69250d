use crate::signed_text::Unreadable;

/// Why a host cannot be allowed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{host}` is not a host to allow: write `shop.example`, `shop.example:8443` or, for all hosts below it, \
     `*.shop.example`"
)]
pub struct HostError {
    pub(super) host: Box<str>,
}

/// Why a link cannot be made or followed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LinkError {
    /// It is not of the form that [`Links::link`](crate::Links::link) writes.
    #[error("the link is malformed: make one with `Links::link`")]
    Malformed,
    /// Its signature is not that of this secret.
    #[error("the link is not signed with this secret")]
    Forged,
    /// Its time is over.
    #[error("the link to `{target}` has expired")]
    Expired {
        /// Where it would have led.
        target: Box<str>,
    },
    /// It leads to where no link may lead.
    #[error("no link may lead to `{target}`: {problem}")]
    Refused {
        /// Where it would have led.
        target: Box<str>,
        /// What is wrong with that.
        problem: TargetProblem,
    },
    /// The action is empty, longer than 255 bytes, or `assignment`, which is no click.
    #[error("`{action}` is no action of a link: it has 1 to 255 bytes and is not `assignment`")]
    Action {
        /// The action.
        action: Box<str>,
    },
    /// The link would be longer than [`Links::LONGEST`](crate::Links::LONGEST).
    #[error("the link to `{target}` would have {length} bytes: use a shorter target")]
    TooLong {
        /// Where it would have led.
        target: Box<str>,
        /// How long the link would be.
        length: usize,
    },
}

/// What is wrong with a link's target.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum TargetProblem {
    /// It has a backslash, a space or a control character, which browsers read in ways of their own.
    #[error("it has a backslash, a space or a control character: percent-encode it")]
    Character,
    /// It is neither a URL nor a path that begins with a single slash.
    #[error("it is neither a URL such as `https://shop.example/` nor a path such as `/pricing`")]
    NotAUrl,
    /// Its scheme is not `https`, nor a `http` that was allowed.
    #[error("its scheme is not allowed: only `https` is, and `http` after `allow_http`")]
    Scheme,
    /// It has a user or a password.
    #[error("it has a user or a password, which makes another host look like an allowed one")]
    User,
    /// Host and port are not written the plain way.
    #[error(
        "its host is not written plainly: in ASCII (`xn--..` for other letters), then at most a port"
    )]
    Spelling,
    /// Its host is not on the list.
    #[error("its host and port are not allowed: see `Links::allow_host`")]
    Host,
    /// It is a path, and paths are not allowed.
    #[error("paths of the own site are not allowed: see `Links::allow_own_paths`")]
    OwnPath,
}

impl From<Unreadable> for LinkError {
    fn from(unreadable: Unreadable) -> Self {
        match unreadable {
            Unreadable::Malformed => Self::Malformed,
            Unreadable::Forged => Self::Forged,
        }
    }
}
