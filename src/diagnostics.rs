use std::sync::atomic::{AtomicU64, Ordering};

use crate::Config;

/// How often something went wrong on a request path and was survived.
///
/// Each is also told as a `tracing` event under the target `variate`, at level WARN unless it says
/// otherwise. What a [`Background`](crate::Background) tracker drops is counted in its own
/// [`BackgroundStats`](crate::BackgroundStats).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Diagnostics {
    /// Experiments whose name is empty or longer than 255 bytes: control ran, untracked.
    pub invalid_names: u64,
    /// Inline variants with a name that is empty or longer than 255 bytes: never chosen.
    pub invalid_variants: u64,
    /// Inline variants that came twice: the last behaviour won.
    pub duplicate_variants: u64,
    /// Resolvers that returned an error: control ran.
    pub resolver_failures: u64,
    /// Resolvers that panicked: control ran.
    pub resolver_panics: u64,
    /// Variants that were named and are not there: control ran.
    pub unknown_variants: u64,
    /// Runs without a behaviour for the assigned variant: control ran, and the handle stopped tracking.
    pub missing_behaviours: u64,
    /// Handles that tracked or were asked before the variants were known: control and candidate
    /// were assumed. Told at level DEBUG, since two-way experiments need no declaration.
    pub assumed_variants: u64,
    /// Trials with a behaviour for a variant that the declaration does not have: it never runs.
    pub undeclared_variants: u64,
    /// Key schemes that panicked, or asked for keys without end: the canonical key was used.
    pub key_scheme_panics: u64,
    /// Trackers that panicked, or used experiments that they track without end: that event is lost to them.
    pub tracker_panics: u64,
    /// Actions with a name that is empty or longer than 255 bytes: not tracked.
    pub invalid_actions: u64,
    /// Values that were infinite or not a number: the event was tracked without.
    pub invalid_values: u64,
    /// Rules that panicked: an exclusion left the unit out, a segment did not hold.
    pub rule_failures: u64,
    /// Stores that failed or panicked: the unit got what the rollout says.
    pub store_failures: u64,
    /// Stored variants that the experiment does not have any more: decided anew.
    pub stale_assignments: u64,
    /// Experiments without a declaration under `strict`: control ran, untracked.
    pub undeclared_experiments: u64,
    /// Tokens of forced assignments that are forged, expired or malformed: ignored.
    pub refused_tokens: u64,
    /// Hooks that panicked: the run went on.
    pub hook_failures: u64,
    /// Runs inside another experiment's behaviour, where the nesting policy tells of them.
    pub nested_runs: u64,
    /// Closures of a shadow run (comparison, rule, hook, spawner, ...) that panicked: the control's value was returned.
    pub shadow_failures: u64,
    /// Shadow runs whose candidates found no room elsewhere: only the control ran. Told at the
    /// 1st, 2nd, 4th, 8th ... time.
    pub shadow_drops: u64,
    /// Catalogue files that could not be read again: the declarations stay as they were.
    pub catalogue_failures: u64,
}

#[derive(Debug, Default)]
pub(crate) struct Counters {
    pub(crate) invalid_names: AtomicU64,
    pub(crate) invalid_variants: AtomicU64,
    pub(crate) duplicate_variants: AtomicU64,
    pub(crate) resolver_failures: AtomicU64,
    pub(crate) resolver_panics: AtomicU64,
    pub(crate) unknown_variants: AtomicU64,
    pub(crate) missing_behaviours: AtomicU64,
    pub(crate) assumed_variants: AtomicU64,
    pub(crate) undeclared_variants: AtomicU64,
    pub(crate) key_scheme_panics: AtomicU64,
    pub(crate) tracker_panics: AtomicU64,
    pub(crate) invalid_actions: AtomicU64,
    pub(crate) invalid_values: AtomicU64,
    pub(crate) rule_failures: AtomicU64,
    pub(crate) store_failures: AtomicU64,
    pub(crate) stale_assignments: AtomicU64,
    pub(crate) undeclared_experiments: AtomicU64,
    pub(crate) refused_tokens: AtomicU64,
    pub(crate) hook_failures: AtomicU64,
    pub(crate) nested_runs: AtomicU64,
    pub(crate) shadow_failures: AtomicU64,
    pub(crate) shadow_drops: AtomicU64,
    #[cfg(feature = "catalogue")]
    pub(crate) catalogue_failures: AtomicU64,
}

impl Counters {
    pub(crate) fn read(&self) -> Diagnostics {
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        Diagnostics {
            invalid_names: read(&self.invalid_names),
            invalid_variants: read(&self.invalid_variants),
            duplicate_variants: read(&self.duplicate_variants),
            resolver_failures: read(&self.resolver_failures),
            resolver_panics: read(&self.resolver_panics),
            unknown_variants: read(&self.unknown_variants),
            missing_behaviours: read(&self.missing_behaviours),
            assumed_variants: read(&self.assumed_variants),
            undeclared_variants: read(&self.undeclared_variants),
            key_scheme_panics: read(&self.key_scheme_panics),
            tracker_panics: read(&self.tracker_panics),
            invalid_actions: read(&self.invalid_actions),
            invalid_values: read(&self.invalid_values),
            rule_failures: read(&self.rule_failures),
            store_failures: read(&self.store_failures),
            stale_assignments: read(&self.stale_assignments),
            undeclared_experiments: read(&self.undeclared_experiments),
            refused_tokens: read(&self.refused_tokens),
            hook_failures: read(&self.hook_failures),
            nested_runs: read(&self.nested_runs),
            shadow_failures: read(&self.shadow_failures),
            shadow_drops: read(&self.shadow_drops),
            #[cfg(feature = "catalogue")]
            catalogue_failures: read(&self.catalogue_failures),
            #[cfg(not(feature = "catalogue"))]
            catalogue_failures: 0,
        }
    }
}

/// Who tells: a configuration, and the experiment it is about if there is one.
#[derive(Clone, Copy)]
pub(crate) struct Teller<'t> {
    pub(crate) config: &'t Config,
    pub(crate) experiment: Option<&'t str>,
}

/// Counts a survived failure, tells `tracing`, and raises it to the hooks.
macro_rules! tell {
    ($teller:expr, $operation:ident, $counter:ident, $($field:ident = $value:expr,)* $message:literal $(,)?) => {{
        let teller = $teller;
        teller
            .config
            .counters()
            .$counter
            .fetch_add(1, ::std::sync::atomic::Ordering::Relaxed);
        $crate::contain::contain(|| {
            ::tracing::warn!(
                target: "variate",
                experiment = teller.experiment,
                $($field = $value,)*
                $message
            );
        });
        if teller.config.has_hooks() {
            teller.config.raise(&$crate::Raised::new(
                $crate::Operation::$operation,
                teller.experiment,
                $message,
                &[$((stringify!($field), &$value)),*],
            ));
        }
    }};
}
pub(crate) use tell;
