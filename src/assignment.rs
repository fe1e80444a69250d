use std::borrow::Cow;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::Variant;
use crate::declared::Declared;

/// Which variant a unit gets, and why. Made once per experiment handle that knows its variants, and
/// never changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assignment {
    pub(crate) variant: Variant,
    pub(crate) reason: Reason,
    /// Among how many variants it was chosen; 0 where nothing was asked.
    pub(crate) among: usize,
}

impl Assignment {
    #[inline]
    pub(crate) const fn new(variant: Variant, reason: Reason, among: usize) -> Self {
        Self {
            variant,
            reason,
            among,
        }
    }

    #[cold]
    pub(crate) const fn fallback(reason: Reason, among: usize) -> Self {
        Self::new(Variant::control(), reason, among)
    }

    /// The same with the control as it is declared, where it was fallen back to.
    #[inline]
    pub(crate) fn among_declared(mut self, declared: Option<&Declared>) -> Self {
        if let Some(declared) = declared
            && self.reason.is_fallback()
            && let Some(control) = declared.variants.first()
        {
            self.variant = (*control).clone();
        }
        self
    }

    /// The variant.
    #[inline]
    pub const fn variant(&self) -> &Variant {
        &self.variant
    }

    /// Why it is this one.
    #[inline]
    pub const fn reason(&self) -> &Reason {
        &self.reason
    }

    /// Whether the unit takes part, so that its actions are tracked.
    #[inline]
    pub const fn is_tracked(&self) -> bool {
        self.reason.is_tracked()
    }

    /// Whether the experiment runs, and this unit is kept out of it: by a rule, a holdout, a layer, the
    /// traffic share, or because it was not assigned before.
    #[inline]
    pub const fn is_excluded(&self) -> bool {
        matches!(
            self.reason,
            Reason::Excluded
                | Reason::HeldOut
                | Reason::OutsideLayer
                | Reason::OutsideTraffic
                | Reason::NotAssigned
        )
    }
}

/// Why a unit has its variant.
///
/// [`code`](Self::code) is the short form that events carry; `Display` says it in words.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Reason {
    /// The resolver or rollout chose it.
    Resolved,
    /// The resolver or rollout chose it, for a handle that does not know its variants: control and
    /// candidate were assumed. If the experiment has others, they must be declared.
    Assumed,
    /// The code pinned it with `with_variant`.
    Pinned,
    /// A token of the request, or the program, forced it: untracked.
    Forced,
    /// The store of assignments had it.
    Stored,
    /// The unit is in a segment of the declaration.
    Segment,
    /// It was restored from a [`Signature`].
    Restored,
    /// A test stubbed it: see [`testing`](crate::testing).
    #[cfg(feature = "testing")]
    Stubbed,
    /// The experiment is switched off: control, untracked.
    Disabled,
    /// The experiment has not begun: control, untracked.
    NotStarted,
    /// The experiment is over: control, untracked.
    Ended,
    /// The configuration is strict, and the experiment is not declared: control, untracked.
    NotDeclared,
    /// It was asked inside another experiment's behaviour, which the configuration denies: control, untracked.
    NestingDenied,
    /// A rule or the code excludes the unit: control, untracked.
    Excluded,
    /// The unit is in a holdout: control, untracked.
    HeldOut,
    /// The unit is outside the experiment's range of its layer: control, untracked.
    OutsideLayer,
    /// The unit is outside the traffic share: control, untracked.
    OutsideTraffic,
    /// Only units with a stored assignment take part, and this one has none: control, untracked.
    NotAssigned,
    /// The experiment's name is empty or longer than 255 bytes: control, untracked.
    InvalidName,
    /// The experiment has no variant besides the control: control, untracked.
    OnlyControl,
    /// The resolver left the unit out: control.
    Abstained,
    /// The resolver or the code named a variant that the experiment does not have: control.
    UnknownVariant(Box<str>),
    /// The resolver returned an error: control.
    ResolverFailed(Box<str>),
    /// The resolver returned an error for a handle that does not know its variants: control,
    /// untracked, since it might have chosen one that is not known.
    Undeclared(Box<str>),
    /// The resolver panicked: control.
    ResolverPanicked,
    /// Nobody was assigned: a shadow run compared the candidates with the control, whose value counts.
    Shadow,
}

impl Reason {
    /// Whether nothing chose the variant, so that it is the control.
    #[inline]
    const fn is_fallback(&self) -> bool {
        match self {
            Self::Resolved
            | Self::Assumed
            | Self::Pinned
            | Self::Forced
            | Self::Stored
            | Self::Segment
            | Self::Restored => false,
            #[cfg(feature = "testing")]
            Self::Stubbed => false,
            _ => true,
        }
    }

    /// Whether a unit with this reason takes part: what happens to it is tracked.
    #[inline]
    pub(crate) const fn is_tracked(&self) -> bool {
        #[cfg(feature = "testing")]
        if matches!(self, Self::Stubbed) {
            return true;
        }
        matches!(
            self,
            Self::Resolved
                | Self::Assumed
                | Self::Pinned
                | Self::Stored
                | Self::Segment
                | Self::Restored
                | Self::Abstained
                | Self::UnknownVariant(_)
                | Self::ResolverFailed(_)
                | Self::ResolverPanicked
                | Self::Shadow
        )
    }

    /// The short form: one lower-case word for each kind.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Resolved => "resolved",
            Self::Assumed => "assumed",
            Self::Pinned => "pinned",
            Self::Forced => "forced",
            Self::Stored => "stored",
            Self::Segment => "segment",
            Self::Restored => "restored",
            #[cfg(feature = "testing")]
            Self::Stubbed => "stubbed",
            Self::Disabled => "disabled",
            Self::NotStarted => "not_started",
            Self::Ended => "ended",
            Self::NotDeclared => "not_declared",
            Self::NestingDenied => "nesting_denied",
            Self::Excluded => "excluded",
            Self::HeldOut => "held_out",
            Self::OutsideLayer => "outside_layer",
            Self::OutsideTraffic => "outside_traffic",
            Self::NotAssigned => "not_assigned",
            Self::InvalidName => "invalid_name",
            Self::OnlyControl => "only_control",
            Self::Abstained => "abstained",
            Self::UnknownVariant(_) => "unknown_variant",
            Self::ResolverFailed(_) => "resolver_failed",
            Self::Undeclared(_) => "undeclared",
            Self::ResolverPanicked => "resolver_panicked",
            Self::Shadow => "shadow",
        }
    }
}

impl Reason {
    /// The reason in the words that OpenFeature and OpenTelemetry's semantic conventions have for feature flags:
    /// `split`, `targeting_match`, `static`, `disabled`, `default` or `error`.
    ///
    /// ```
    /// use variate::Reason;
    ///
    /// assert_eq!(Reason::Resolved.flag_reason(), "split");
    /// assert_eq!(Reason::HeldOut.flag_reason(), "default");
    /// ```
    pub const fn flag_reason(&self) -> &'static str {
        match self {
            // What a store has was dealt once; it is no cache of an answer.
            Self::Resolved | Self::Assumed | Self::Stored | Self::Restored => "split",
            Self::Segment | Self::Forced => "targeting_match",
            #[cfg(feature = "testing")]
            Self::Stubbed => "static",
            Self::Pinned | Self::OnlyControl => "static",
            Self::Disabled | Self::NotStarted | Self::Ended | Self::NestingDenied => "disabled",
            Self::Excluded
            | Self::HeldOut
            | Self::OutsideLayer
            | Self::OutsideTraffic
            | Self::NotAssigned
            | Self::Abstained
            | Self::Shadow => "default",
            Self::NotDeclared
            | Self::InvalidName
            | Self::UnknownVariant(_)
            | Self::ResolverFailed(_)
            | Self::Undeclared(_)
            | Self::ResolverPanicked => "error",
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Resolved => out.write_str("chosen by the resolver"),
            Self::Assumed => out.write_str(
                "chosen by the resolver among control and candidate, which were assumed",
            ),
            Self::Pinned => out.write_str("pinned in code"),
            Self::Forced => out.write_str("forced"),
            Self::Stored => out.write_str("stored before"),
            Self::Segment => out.write_str("given by a segment"),
            Self::Restored => out.write_str("restored from a signature"),
            #[cfg(feature = "testing")]
            Self::Stubbed => out.write_str("stubbed by a test"),
            Self::Disabled => out.write_str("the experiment is switched off"),
            Self::NotStarted => out.write_str("the experiment has not begun"),
            Self::Ended => out.write_str("the experiment is over"),
            Self::NotDeclared => out.write_str("the experiment is not declared"),
            Self::NestingDenied => {
                out.write_str("it was asked inside another experiment's behaviour")
            }
            Self::Excluded => out.write_str("the unit is excluded"),
            Self::HeldOut => out.write_str("the unit is in a holdout"),
            Self::OutsideLayer => out.write_str("the unit is outside the range of the layer"),
            Self::OutsideTraffic => out.write_str("the unit is outside the traffic share"),
            Self::NotAssigned => out.write_str("the unit was not assigned before"),
            Self::InvalidName => {
                out.write_str("the experiment's name is empty or longer than 255 bytes")
            }
            Self::OnlyControl => out.write_str("there is no variant besides the control"),
            Self::Abstained => out.write_str("the resolver left this unit out"),
            Self::UnknownVariant(name) => {
                write!(out, "`{name}` is not a variant of this experiment")
            }
            Self::ResolverFailed(error) => write!(out, "the resolver failed: {error}"),
            Self::Undeclared(error) => write!(
                out,
                "the variants are not known here, and without them the resolver failed: {error}"
            ),
            Self::ResolverPanicked => out.write_str("the resolver panicked"),
            Self::Shadow => out.write_str("a shadow run, in which every behaviour runs"),
        }
    }
}

/// What identifies an experience to other systems: experiment, variant and keys.
///
/// ```
/// use variate::{Config, always_candidate, context};
///
/// let config = Config::builder().resolver(always_candidate()).build()?;
/// let exp = config
///     .experiment("pill", context! { version: 2 })
///     .migrated_from(context! { version: 1 });
/// let json = serde_json::to_value(exp.signature())?;
/// assert_eq!(json["variant"], "candidate");
/// assert_eq!(json["migration_keys"].as_array().map(Vec::len), Some(1));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Signature {
    /// The experiment's full name.
    pub experiment: Cow<'static, str>,
    /// The assigned variant.
    pub variant: Variant,
    /// The experience key.
    pub key: crate::Key,
    /// The keys that the unit had before, in the order in which they were given.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub migration_keys: Vec<crate::Key>,
}
