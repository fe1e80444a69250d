use super::Experiment;
use super::settings::Migration;
use super::settle::Early;
use crate::contain::{Nested, contain};
use crate::diagnostics::tell;
use crate::{Canonical, Context, Key, KeyScheme, KeySource};

impl Experiment<'_> {
    /// The experience key.
    #[inline]
    pub fn key(&self) -> &Key {
        match self.decision.get() {
            Some(decision) => &decision.key,
            None => &self.early().key,
        }
    }

    /// The keys that the unit had before: those of `migrated_from` and `migrated_with`, in the
    /// order in which they were given.
    pub fn migration_keys(&self) -> &[Key] {
        let Some(settings) = &self.settings else {
            return &[];
        };
        settings.migration_keys.get_or_init(|| {
            let key = |migration: &Migration<'_>| match migration {
                Migration::From(former) => self.former_key(former),
                Migration::With(overlay) => self.former_key(&self.context.merged(overlay)),
            };
            settings.migrations.iter().map(key).collect()
        })
    }

    /// What can be said before the decision.
    pub(super) fn early(&self) -> &Early {
        self.early.get_or_init(|| {
            let key = contain(|| self.make_key());
            Early::new(key.unwrap_or_else(|| self.canonical_key()))
        })
    }

    /// The key by the configuration's scheme, which may panic.
    #[inline]
    pub(super) fn make_key(&self) -> Key {
        match Nested::enter() {
            Some(_nested) => self.config().key_scheme().key(&self.key_source()),
            None => self.canonical_key(),
        }
    }

    /// The key where the scheme panicked.
    #[cold]
    pub(super) fn canonical_key(&self) -> Key {
        self.tell_scheme_panicked();
        Canonical.key(&self.key_source())
    }

    fn former_key(&self, former: &Context<'_>) -> Key {
        let source = KeySource::new(&self.name, former);
        let scheme = self.config().key_scheme();
        contain(|| scheme.key(&source)).unwrap_or_else(|| {
            self.tell_scheme_panicked();
            Canonical.key(&source)
        })
    }

    /// What the current key is made of: the value the experiment sticks to, or the context.
    #[inline]
    fn key_source(&self) -> KeySource<'_> {
        let source = KeySource::new(&self.name, &self.context);
        match &self.settings {
            None => source,
            Some(settings) => source.sticky_to(&settings.sticky_to),
        }
    }

    fn tell_scheme_panicked(&self) {
        tell!(
            self.config().counters(),
            key_scheme_panics,
            experiment = self.name(),
            "the key scheme panicked: the canonical key is used",
        );
    }
}
