use std::borrow::Cow;
use std::error::Error;

use crate::draw::{self, Draw};
use crate::key::canonical;
use crate::randomness::Randomness;
use crate::{Context, Key, Variant};

/// Chooses a unit's variant: a rollout, a feature-flag client, or any closure.
///
/// A closure gets the [`Unit`] and answers with a variant's name, a [`Resolution`], or an `Option`
/// or `Result` of either. `None` leaves the unit out: it gets the control.
///
/// ```
/// use variate::{Config, Unit, context};
///
/// let config = Config::builder()
///     .resolver(|unit: &Unit<'_>| {
///         let beta = unit.context().get("beta")?.to_string() == "true";
///         beta.then_some("candidate")
///     })
///     .build()?;
/// let label = config
///     .experiment("toggle", context! { beta: true })
///     .use_(|| "switch")
///     .try_(|| "button")
///     .run();
/// assert_eq!(label, "button");
/// # Ok::<(), variate::ConfigError>(())
/// ```
///
/// It is called where the variant is needed, on the caller's thread, and should not block. One that
/// asks another experiment of its own configuration is asked for that one, too: give that one a
/// resolver by [`Declaration`](crate::Declaration); without end, the control runs.
///
/// It must not use the handle that is being decided: that would wait for itself.
///
/// It is asked at most once per experiment handle that knows its variants. If it fails, panics, or names a variant that
/// there is not, the control runs, a `tracing` event and [`Diagnostics`](crate::Diagnostics) tell,
/// and the assignment's [`Reason`](crate::Reason) says why.
pub trait Resolver: Send + Sync {
    /// The choice for `unit`.
    ///
    /// # Errors
    ///
    /// Whatever kept it from choosing: the control runs, and the message is told.
    fn resolve(&self, unit: &Unit<'_>) -> Result<Resolution, ResolverError>;

    /// How the choice for `unit` comes about, in a few words for `explain`. Where a trial named the
    /// variants, the unit knows only their number.
    fn describe(&self, unit: &Unit<'_>) -> Option<String> {
        let _ = unit;
        None
    }

    /// Whether it goes by [`Unit::uniform`] or what follows from it, so that a [seed](crate::Declaration::seed) deals
    /// anew; where it does not, `Config::build` refuses one.
    fn takes_seed(&self) -> bool {
        true
    }

    /// Whether this resolver fits an experiment that declares `variants`, checked by `Config::build`.
    ///
    /// # Errors
    ///
    /// What does not fit, and how to mend it.
    fn check(&self, variants: &[&str]) -> Result<(), ResolverError> {
        let _ = variants;
        Ok(())
    }
}

/// Any error of a resolver.
pub type ResolverError = Box<dyn Error + Send + Sync>;

/// What a [`Resolver`] is asked about: one unit of one experiment.
#[derive(Clone, Copy)]
pub struct Unit<'u> {
    pub(crate) experiment: &'u str,
    pub(crate) key: &'u Key,
    pub(crate) context: &'u Context<'u>,
    pub(crate) variants: &'u [&'u Variant],
    pub(crate) seed: Option<&'u Draw>,
    pub(crate) key_is_uniform: bool,
    pub(crate) randomness: &'u dyn Randomness,
}

impl<'u> Unit<'u> {
    /// The experiment's full name.
    #[inline]
    pub const fn experiment(&self) -> &'u str {
        self.experiment
    }

    /// The experience key.
    #[inline]
    pub const fn key(&self) -> &'u Key {
        self.key
    }

    /// The context.
    #[inline]
    pub const fn context(&self) -> &'u Context<'u> {
        self.context
    }

    /// The variants, the control first, then in the order in which they were named.
    #[inline]
    pub const fn variants(&self) -> &'u [&'u Variant] {
        self.variants
    }

    /// 64 uniform bits that belong to this unit in this experiment: always the same for one unit,
    /// independent between units and between experiments.
    #[inline]
    pub fn uniform(&self) -> u64 {
        if let Some(seed) = self.seed {
            return seed.of_key(self.key);
        }
        let bytes = self.key.as_bytes().first_chunk();
        match bytes {
            Some(bytes) if self.key_is_uniform => u64::from_be_bytes(*bytes),
            _ => self.hashed_uniform(),
        }
    }

    /// The uniform bits as a whole number below `count`; 0 where `count` is 0.
    #[inline]
    pub fn bucket(&self, count: u64) -> u64 {
        draw::place(self.uniform(), count)
    }

    /// Random bits, different each time, from the configuration's [`Randomness`].
    pub fn random(&self) -> u64 {
        self.randomness.next_u64()
    }

    #[cold]
    fn hashed_uniform(&self) -> u64 {
        self.key.with_text(|key| {
            let digest =
                canonical::digest_of_parts(&[b"split", self.experiment.as_bytes(), key.as_bytes()]);
            digest
                .first_chunk()
                .map_or(0, |bytes| u64::from_be_bytes(*bytes))
        })
    }
}

impl std::fmt::Debug for Unit<'_> {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Unit")
            .field("experiment", &self.experiment)
            .field("key", self.key)
            .field("context", self.context)
            .field("variants", &self.variants)
            .finish_non_exhaustive()
    }
}

/// A resolver's choice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resolution(pub(crate) Choice);

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Choice {
    Index(usize),
    Named(Variant),
    Abstain,
}

impl Resolution {
    /// The variant of this name.
    pub fn variant(name: impl Into<Variant>) -> Self {
        Self(Choice::Named(name.into()))
    }

    /// The variant at this place in [`Unit::variants`].
    #[inline]
    pub const fn index(index: usize) -> Self {
        Self(Choice::Index(index))
    }

    /// The control, as a member of the experiment.
    #[inline]
    pub const fn control() -> Self {
        Self(Choice::Index(0))
    }

    /// No choice: the unit gets the control with the reason "abstained".
    #[inline]
    pub const fn abstain() -> Self {
        Self(Choice::Abstain)
    }
}

/// What a resolver closure may answer with.
pub trait IntoResolution {
    /// The choice that `self` stands for.
    ///
    /// # Errors
    ///
    /// The error that `self` is, if it is one.
    fn into_resolution(self) -> Result<Resolution, ResolverError>;
}

impl IntoResolution for Resolution {
    fn into_resolution(self) -> Result<Resolution, ResolverError> {
        Ok(self)
    }
}

macro_rules! names_a_variant {
    ($($name:ty),*) => {$(
        impl IntoResolution for $name {
            fn into_resolution(self) -> Result<Resolution, ResolverError> {
                Ok(Resolution::variant(self))
            }
        }
    )*};
}
names_a_variant!(&'static str, String, Cow<'static, str>, Variant);

impl<T: IntoResolution> IntoResolution for Option<T> {
    fn into_resolution(self) -> Result<Resolution, ResolverError> {
        self.map_or(Ok(Resolution::abstain()), T::into_resolution)
    }
}

impl<T: IntoResolution, E: Into<ResolverError>> IntoResolution for Result<T, E> {
    fn into_resolution(self) -> Result<Resolution, ResolverError> {
        self.map_err(Into::into)?.into_resolution()
    }
}

impl<F, R> Resolver for F
where
    F: Fn(&Unit<'_>) -> R + Send + Sync,
    R: IntoResolution,
{
    fn resolve(&self, unit: &Unit<'_>) -> Result<Resolution, ResolverError> {
        self(unit).into_resolution()
    }
}
