use std::sync::OnceLock;
use std::sync::atomic::AtomicBool;

use super::Experiment;
use crate::{Context, ContextRef, Forced, Value, Variant};

/// What most experiments do not set.
#[derive(Clone, Default)]
pub(super) struct Settings<'a> {
    pub(super) pinned: Option<Variant>,
    pub(super) variants: Vec<Variant>,
    pub(super) sticky_to: Value<'a>,
    pub(super) migrations: Vec<Migration<'a>>,
    pub(super) forced: Option<Variant>,
    pub(super) disabled: bool,
    pub(super) excluded: bool,
    pub(super) only_assigned: bool,
}

#[derive(Clone)]
pub(super) enum Migration<'a> {
    From(Context<'a>),
    With(Context<'a>),
}

/// The builder steps.
impl<'a> Experiment<'a> {
    /// Adds entries to the context; a later value replaces an earlier one in its place.
    #[must_use]
    pub fn context(mut self, more: impl Into<ContextRef<'a>>) -> Self {
        let merged = self.context.merged(&more.into());
        self.context = merged.into();
        self.unsettled()
    }

    /// A whole context that the unit had before: its key becomes a migration key.
    #[must_use]
    pub fn migrated_from(self, former: impl Into<ContextRef<'a>>) -> Self {
        let former = Migration::From(former.into().into_context());
        self.with_settings(|settings| settings.migrations.push(former))
    }

    /// Entries that were different before: the key of the context overlaid with them becomes a migration key.
    ///
    /// Keys keep the order of the calls. (A Ruby application always lists those of `migrated_from` first.)
    #[must_use]
    pub fn migrated_with(self, overlay: impl Into<ContextRef<'a>>) -> Self {
        let overlay = Migration::With(overlay.into().into_context());
        self.with_settings(|settings| settings.migrations.push(overlay))
    }

    /// Makes the key of `value` instead of the context: units with the same value get the same experience.
    ///
    /// Null leaves the context in charge.
    #[must_use]
    pub fn sticky_to(self, value: impl Into<Value<'a>>) -> Self {
        self.with_settings(|settings| settings.sticky_to = value.into())
    }

    /// Pins the variant in code, past exclusions, segments and the resolver. The unit takes part: it is tracked, and
    /// stored in place of what was stored before. A variant that there is not gives the control.
    #[must_use]
    pub fn with_variant(self, variant: impl Into<Variant>) -> Self {
        self.with_settings(|settings| settings.pinned = Some(variant.into()))
    }

    /// Names the variants besides the control, for a handle that asks or tracks without a
    /// [`Trial`](crate::Trial) that names them. A [`Declaration`](crate::Declaration) does this for all handles.
    ///
    /// ```
    /// use variate::{context, experiment};
    ///
    /// let exp = experiment("pill_color", context! { user_id: 42 }).with_variants(["red", "blue"]);
    /// let dose = match exp.expose().as_str() {
    ///     "red" => 1,
    ///     "blue" => 2,
    ///     _ => 0,
    /// };
    /// # assert!(dose < 3);
    /// ```
    #[must_use]
    pub fn with_variants<V: Into<Variant>>(self, variants: impl IntoIterator<Item = V>) -> Self {
        let named: Vec<_> = std::iter::once(Variant::control())
            .chain(
                variants
                    .into_iter()
                    .map(Into::into)
                    .filter(|name| !name.is_control()),
            )
            .collect();
        self.with_settings(|settings| settings.variants = named)
    }

    /// Whether anything is tracked for this unit; yes unless set. Off for those who asked not to
    /// be tracked: they get their variant all the same, and no store keeps it.
    #[must_use]
    pub fn tracking(mut self, on: bool) -> Self {
        self.tracking = on;
        self.unsettled()
    }

    /// Whether the experiment runs; yes unless set. Off, everybody gets the control, untracked: the
    /// cheapest way out, before anything is asked.
    #[must_use]
    pub fn enabled(self, on: bool) -> Self {
        if on && self.settings.is_none() {
            return self;
        }
        self.with_settings(|settings| settings.disabled = !on)
    }

    /// Whether the unit is left out; no unless set. It gets the control, untracked, unless a forced, pinned
    /// or stored assignment says otherwise.
    #[must_use]
    pub fn excluded(self, yes: bool) -> Self {
        if !yes && self.settings.is_none() {
            return self;
        }
        self.with_settings(|settings| settings.excluded = yes)
    }

    /// Takes the unit in only if it has a stored assignment already, under its key or a migration
    /// key; else it gets the control, untracked.
    #[must_use]
    pub fn only_assigned(self) -> Self {
        self.with_settings(|settings| settings.only_assigned = true)
    }

    /// Gives the variant that the request forces for this experiment, if it does. See [`Forcing`](crate::Forcing).
    #[must_use]
    pub fn forced_by(self, forced: &Forced) -> Self {
        match forced.variant(&self.name).cloned() {
            Some(variant) => self.with_settings(|settings| settings.forced = Some(variant)),
            None => self,
        }
    }

    fn with_settings(mut self, set: impl FnOnce(&mut Settings<'a>)) -> Self {
        set(self.settings.get_or_insert_default());
        self.unsettled()
    }

    /// A builder step on a handle that was used already begins anew.
    fn unsettled(mut self) -> Self {
        self.early = OnceLock::new();
        self.migration_keys = OnceLock::new();
        self.decision = OnceLock::new();
        self.resolver_panicked = AtomicBool::new(false);
        self
    }
}

impl Experiment<'_> {
    #[inline]
    pub(crate) fn has_settings(&self) -> bool {
        self.settings.is_some()
    }

    #[inline]
    pub(crate) fn is_enabled(&self) -> bool {
        self.settings
            .as_ref()
            .is_none_or(|settings| !settings.disabled)
    }

    pub(crate) fn sticky_value(&self) -> &Value<'_> {
        static NONE: Value<'static> = Value::null();
        self.settings
            .as_ref()
            .map_or(&NONE, |settings| &settings.sticky_to)
    }

    pub(crate) fn is_excluded(&self) -> bool {
        self.settings
            .as_ref()
            .is_some_and(|settings| settings.excluded)
    }

    pub(crate) fn is_only_assigned(&self) -> bool {
        self.settings
            .as_ref()
            .is_some_and(|settings| settings.only_assigned)
    }

    pub(crate) fn forced(&self) -> Option<&Variant> {
        self.settings.as_ref()?.forced.as_ref()
    }

    pub(crate) fn pinned(&self) -> Option<&Variant> {
        self.settings.as_ref()?.pinned.as_ref()
    }

    pub(crate) fn named_variants(&self) -> &[Variant] {
        self.settings
            .as_ref()
            .map_or(&[], |settings| &settings.variants)
    }
}

impl Settings<'_> {
    pub(super) fn into_owned(self) -> Settings<'static> {
        Settings {
            forced: self.forced,
            disabled: self.disabled,
            excluded: self.excluded,
            only_assigned: self.only_assigned,
            pinned: self.pinned,
            variants: self.variants,
            sticky_to: self.sticky_to.into_owned(),
            migrations: self
                .migrations
                .into_iter()
                .map(|migration| match migration {
                    Migration::From(former) => Migration::From(former.into_owned()),
                    Migration::With(overlay) => Migration::With(overlay.into_owned()),
                })
                .collect(),
        }
    }
}
