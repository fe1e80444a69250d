//! Units without a user: an anonymous id in a cookie, and what becomes of it at sign-in.

mod privacy;
mod visitor;

use std::borrow::Cow;

use uuid::Uuid;

pub use self::privacy::Privacy;
pub use self::visitor::{CookieInstruction, Visitor};

/// How visitors without a user are known: which key of the context names the user, and which
/// cookie stands in for it.
///
/// It reads one cookie and answers with instructions; setting and deleting is the host's, with
/// any framework. The steps: make a [`Visitor`] where a request begins, pass each experiment
/// through [`Visitor::identify`], and carry out [`Visitor::instruction`] with the response.
///
/// ```
/// use variate::{CookieInstruction, Identity, Privacy, context, experiment};
///
/// let identity = Identity::new("user_id");
/// let no_cookies = |_: &str| None::<String>;
/// let visitor = identity.visitor(&no_cookies, Privacy::from_headers(None, None));
///
/// let user: Option<u64> = None;
/// let exp = visitor.identify(experiment("pill_color", context! { user_id: user }));
/// exp.use_(|| "grey").try_(|| "red").run();
///
/// match visitor.instruction() {
///     CookieInstruction::Set { name, value } => assert_eq!((name, value.len()), ("variate_id", 36)),
///     other => unreachable!("{other:?}"),
/// }
/// ```
///
/// All cases; "user" is the value of the context's identity key (null and `""` are nobody), and an
/// invalid cookie is one that is not a uuid in text:
///
/// | privacy | user | cookie | the experiment | instruction |
/// |---|---|---|---|---|
/// | asked not to be tracked | any | none | as given, untracked | keep |
/// | asked not to be tracked | any | valid or invalid | as given, untracked | delete |
/// | – | key not in the context | any | as given | keep |
/// | – | nobody | none | user = new id | set to the new id |
/// | – | nobody | valid | user = cookie's id | keep |
/// | – | nobody | invalid | user = new id | set to the new id |
/// | – | somebody | none | as given | keep |
/// | – | somebody | valid | migrated with user = cookie's id | delete |
/// | – | somebody | invalid | as given | delete |
///
/// Who asked not to be tracked has no id, so that all of them get one and the same variant.
///
/// All experiments of one visitor share one new id, whatever else their contexts hold; once one
/// of them met somebody, sign-in wins over setting the cookie.
///
/// The host signs the cookie (else a visitor can choose an id, and with it a variant) and hands
/// in only a value whose signature it verified. Recommended attributes: `Path=/; HttpOnly;
/// Secure; SameSite=Lax` and a `Max-Age` longer than the experiment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    key: Cow<'static, str>,
    cookie_name: Cow<'static, str>,
}

impl Identity {
    /// An identity in the context's `key`, with the cookie `variate_id`.
    pub fn new(key: impl Into<Cow<'static, str>>) -> Self {
        Self {
            key: key.into(),
            cookie_name: "variate_id".into(),
        }
    }

    /// The name of the cookie.
    #[must_use]
    pub fn cookie_name(mut self, name: impl Into<Cow<'static, str>>) -> Self {
        self.cookie_name = name.into();
        self
    }

    #[cfg(feature = "axum")]
    pub(crate) fn name_of_cookie(&self) -> &str {
        &self.cookie_name
    }

    /// Who makes this request.
    pub fn visitor(&self, cookies: &(impl Cookies + ?Sized), privacy: Privacy) -> Visitor<'_> {
        let cookie = match cookies.cookie(&self.cookie_name) {
            None => CookieState::Absent,
            Some(value) => {
                Uuid::try_parse_ascii(&value).map_or(CookieState::Invalid, CookieState::Valid)
            }
        };
        Visitor::new(self, cookie, privacy)
    }
}

/// What the identity cookie held.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum CookieState {
    Absent,
    Valid(Uuid),
    Invalid,
}

/// A request's cookies. A closure from a name to a value is one.
pub trait Cookies {
    /// The value of a cookie whose signature the host verified; `None` where there is none or the
    /// signature is wrong. Any bytes are taken.
    fn cookie(&self, name: &str) -> Option<Vec<u8>>;
}

impl<F, V> Cookies for F
where
    F: Fn(&str) -> Option<V>,
    V: Into<Vec<u8>>,
{
    fn cookie(&self, name: &str) -> Option<Vec<u8>> {
        self(name).map(Into::into)
    }
}
