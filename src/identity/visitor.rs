use std::borrow::Cow;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};

use uuid::Uuid;

use super::{CookieState, Identity, Privacy};
use crate::contain::contain;
use crate::event::random_id;
use crate::randomness::{Randomness, ThreadRandomness};
use crate::{Context, Experiment};

/// Who makes a request, as [`Identity`] sees it.
#[derive(Debug)]
pub struct Visitor<'i> {
    identity: Cow<'i, Identity>,
    cookie: CookieState,
    privacy: Privacy,
    new_id: OnceLock<Uuid>,
    signed_in: AtomicBool,
}

/// What the host is to do with the identity cookie.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CookieInstruction<'v> {
    /// Nothing.
    Keep,
    /// Set it, signed, for long.
    Set {
        /// The cookie's name.
        name: &'v str,
        /// Its value: a uuid.
        value: String,
    },
    /// Delete it.
    Delete {
        /// The cookie's name.
        name: &'v str,
    },
}

impl<'i> Visitor<'i> {
    pub(super) const fn new(identity: &'i Identity, cookie: CookieState, privacy: Privacy) -> Self {
        Self {
            identity: Cow::Borrowed(identity),
            cookie,
            privacy,
            new_id: OnceLock::new(),
            signed_in: AtomicBool::new(false),
        }
    }

    /// The experiment as this visitor meets it: with an id where there is no user, with a
    /// migration where there is one now, or untracked.
    pub fn identify<'a>(&self, experiment: Experiment<'a>) -> Experiment<'a> {
        if self.privacy == Privacy::DoNotTrack {
            return experiment.tracking(false);
        }
        let key = &self.identity.key;
        let Some(user) = experiment.context_ref().get(key) else {
            return experiment;
        };
        let is_nobody = user.is_null() || user.as_str() == Some("");
        match self.cookie {
            CookieState::Valid(id) if is_nobody => experiment.context(one(key, id)),
            CookieState::Absent | CookieState::Invalid if is_nobody => {
                let id = self.new_id(experiment.config().randomness());
                experiment.context(one(key, id))
            }
            CookieState::Valid(id) if user.to_string() == id.to_string() => {
                self.signed_in.store(true, Ordering::Relaxed);
                experiment
            }
            CookieState::Valid(id) => {
                self.signed_in.store(true, Ordering::Relaxed);
                experiment.migrated_with(one(key, id))
            }
            CookieState::Absent | CookieState::Invalid => {
                self.signed_in.store(true, Ordering::Relaxed);
                experiment
            }
        }
    }

    /// The same visitor, with an identity of its own: to keep for a request's whole life.
    pub fn into_owned(self) -> Visitor<'static> {
        Visitor {
            identity: Cow::Owned(self.identity.into_owned()),
            cookie: self.cookie,
            privacy: self.privacy,
            new_id: self.new_id,
            signed_in: self.signed_in,
        }
    }

    /// Whether the request asks not to be tracked.
    pub const fn privacy(&self) -> Privacy {
        self.privacy
    }

    /// What is to be done with the cookie, after the last experiment of the request.
    pub fn instruction(&self) -> CookieInstruction<'_> {
        let name = &*self.identity.cookie_name;
        let unwanted =
            self.privacy == Privacy::DoNotTrack || self.signed_in.load(Ordering::Relaxed);
        match (unwanted, self.cookie, self.new_id.get()) {
            (true, CookieState::Absent, _) | (false, _, None) => CookieInstruction::Keep,
            (true, _, _) => CookieInstruction::Delete { name },
            (false, _, Some(id)) => CookieInstruction::Set {
                name,
                value: id.to_string(),
            },
        }
    }

    fn new_id(&self, randomness: &dyn Randomness) -> Uuid {
        *self.new_id.get_or_init(|| {
            contain(|| random_id(randomness)).unwrap_or_else(|| random_id(&ThreadRandomness))
        })
    }
}

fn one(key: &str, id: Uuid) -> Context<'static> {
    Context::new().with(key.to_owned(), id)
}
