use super::Experiment;
use super::settings::Migration;
use super::settle::Early;
use crate::contain::{Nested, contain};
use crate::declared::Declared;
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
        match self.migration_keys.get() {
            Some(keys) => keys,
            None => self
                .config()
                .with_declared(self.name(), |declared| self.migration_keys_of(declared)),
        }
    }

    pub(crate) fn migration_keys_of(&self, declared: Option<&Declared>) -> &[Key] {
        let migrations = self
            .settings
            .as_ref()
            .map_or(&[][..], |settings| &settings.migrations);
        let former_schemes = declared.map_or(&[][..], |declared| &declared.former_key_schemes);
        if migrations.is_empty() && former_schemes.is_empty() {
            return &[];
        }
        self.migration_keys.get_or_init(|| {
            let scheme = self.config().key_scheme_of(declared);
            let of_former_contexts = migrations.iter().map(|migration| match migration {
                Migration::From(former) => self.former_key(scheme, former),
                Migration::With(overlay) => self.former_key(scheme, &self.context.merged(overlay)),
            });
            let of_former_schemes = former_schemes
                .iter()
                .map(|former| self.scheme_key(&**former, &self.key_source()));
            of_former_contexts.chain(of_former_schemes).collect()
        })
    }

    /// What can be said before the decision.
    pub(super) fn early(&self) -> &Early {
        self.early.get_or_init(|| {
            let key = contain(|| {
                self.config().with_declared(self.name(), |declared| {
                    // Of one moment with the key: the declaration may change before the decision.
                    if declared.is_some() {
                        self.migration_keys_of(declared);
                    }
                    self.make_key(declared)
                })
            });
            Early::new(key.unwrap_or_else(|| self.canonical_key()))
        })
    }

    /// The key by the configuration's scheme, which may panic.
    #[inline]
    pub(super) fn make_key(&self, declared: Option<&Declared>) -> Key {
        match Nested::enter() {
            Some(_nested) => self
                .config()
                .key_scheme_of(declared)
                .key(&self.key_source()),
            None => self.canonical_key(),
        }
    }

    /// The key where the scheme panicked.
    #[cold]
    pub(super) fn canonical_key(&self) -> Key {
        self.tell_scheme_panicked();
        Canonical.key(&self.key_source())
    }

    fn former_key(&self, scheme: &dyn KeyScheme, former: &Context<'_>) -> Key {
        self.scheme_key(scheme, &KeySource::new(&self.name, former))
    }

    fn scheme_key(&self, scheme: &dyn KeyScheme, source: &KeySource<'_>) -> Key {
        contain(|| scheme.key(source)).unwrap_or_else(|| {
            self.tell_scheme_panicked();
            Canonical.key(source)
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
            self.teller(),
            Key,
            key_scheme_panics,
            "the key scheme panicked: the canonical key is used",
        );
    }
}
