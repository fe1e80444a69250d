//! What a page may know of the assignments made for it.

mod html;
mod scope;

use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

pub use self::html::JAVASCRIPT;
pub use self::scope::{Publishing, publish, publish_async};
pub(crate) use self::scope::{collect, is_open, revoke};
use crate::{Assignment, Experiment, Key, Reason, Variant};

/// The assignments made in a request, in the order of first use, for the scripts of its page.
///
/// Filled by [`publish`] with what was exposed in a scope, or by [`add`](Self::add). Serialises as a map from
/// each experiment's full name to `{"variant", "key", "experiment", "excluded"}`, and `"migration_keys"` where
/// there are some: the shape of GitLab's `window.gl.experiments`. [`JAVASCRIPT`](crate::JAVASCRIPT) reads it.
///
/// ```
/// use variate::{Config, always_candidate, context, publish};
///
/// let config = Config::builder().resolver(always_candidate()).build()?;
/// let (body, published) = publish(|| {
///     let exp = config.experiment("pill_color", context! { user_id: 42 });
///     exp.use_(|| "<p>grey</p>").try_(|| "<p>red</p>").run()
/// });
/// let page = format!("{body}{}", published.to_script());
/// assert!(page.starts_with(r#"<p>red</p><script type="application/json" id="variate-experiments">{"pill_color":{"#));
/// # Ok::<(), variate::ConfigError>(())
/// ```
///
/// # What is published
///
/// | the unit | published |
/// |---|---|
/// | takes part | variant and key |
/// | is excluded | control and key, `"excluded": true`: the page runs the control and tracks nothing |
/// | is forced, or its handle does not track | the variant without a key: the page runs it and tracks nothing |
/// | meets an experiment that does not run (switched off, over, not declared, ..) | nothing: the page runs the control |
///
/// # A page is public
///
/// Whoever sees the page sees the experiments' names, the variants and the keys, and so does every script on it.
/// Keep back what is nobody's business with [`retain`](Self::retain). A key of [`Canonical`](crate::Canonical) or of
/// a GitLab scheme without a secret can be reversed where ids can be counted through: who knows that the context is
/// `user_id` finds the user by trying all numbers. Publish keys of [`Keyed`](crate::Keyed), or none at all:
/// [`without_keys`](Self::without_keys).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Published {
    assignments: Vec<PublishedAssignment>,
}

/// One of the [`Published`] assignments.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct PublishedAssignment {
    /// The variant.
    pub variant: Variant,
    /// The experience key; without it, the page tracks nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key: Option<Key>,
    /// The experiment's full name.
    pub experiment: String,
    /// Whether the unit is excluded: [`Assignment::is_excluded`].
    pub excluded: bool,
    /// The keys that the unit had before.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub migration_keys: Vec<Key>,
}

impl Published {
    /// Nothing yet.
    pub const fn new() -> Self {
        Self {
            assignments: Vec::new(),
        }
    }

    /// Adds an experiment's assignment. Tracks nothing: where only the page's script branches on the variant,
    /// call [`Experiment::expose`] too.
    ///
    /// A second assignment of the same experiment replaces the first one in its place.
    pub fn add(&mut self, experiment: &Experiment<'_>) {
        if experiment.is_reliable() {
            self.insert(PublishedAssignment::of(experiment, experiment.assignment()));
        }
    }

    /// The same without keys: the page runs the variants, and tracks nothing.
    #[must_use]
    pub fn without_keys(mut self) -> Self {
        for assignment in &mut self.assignments {
            assignment.key = None;
            assignment.migration_keys.clear();
        }
        self
    }

    /// Keeps only what may be seen on the page.
    ///
    /// ```
    /// # let mut published = variate::Published::new();
    /// published.retain(|assignment| ["pill_color", "search"].contains(&&*assignment.experiment));
    /// ```
    pub fn retain(&mut self, keep: impl FnMut(&PublishedAssignment) -> bool) {
        self.assignments.retain(keep);
    }

    /// The assignment of the experiment with this full name.
    pub fn get(&self, experiment: &str) -> Option<&PublishedAssignment> {
        self.iter().find(|known| known.experiment == experiment)
    }

    /// All of them, in the order of first use.
    pub fn iter(&self) -> std::slice::Iter<'_, PublishedAssignment> {
        self.assignments.iter()
    }

    /// Whether there is none.
    pub const fn is_empty(&self) -> bool {
        self.assignments.is_empty()
    }

    fn insert(&mut self, assignment: Option<PublishedAssignment>) {
        let Some(assignment) = assignment else { return };
        let name = &assignment.experiment;
        let known = self.assignments.iter_mut();
        match known.into_iter().find(|known| known.experiment == *name) {
            Some(known) => *known = assignment,
            None => self.assignments.push(assignment),
        }
    }
}

impl<'p> IntoIterator for &'p Published {
    type Item = &'p PublishedAssignment;
    type IntoIter = std::slice::Iter<'p, PublishedAssignment>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl Serialize for Published {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.assignments.len()))?;
        for assignment in self {
            map.serialize_entry(&assignment.experiment, assignment)?;
        }
        map.end()
    }
}

impl PublishedAssignment {
    fn of(experiment: &Experiment<'_>, assignment: &Assignment) -> Option<Self> {
        let forced = *assignment.reason() == Reason::Forced;
        if !(assignment.is_tracked() || assignment.is_excluded() || forced) {
            return None;
        }
        let mut published = Self {
            variant: assignment.variant().clone(),
            key: None,
            experiment: experiment.name().to_owned(),
            excluded: assignment.is_excluded(),
            migration_keys: Vec::new(),
        };
        // The page tracks by the key: without it there is nobody to track.
        if experiment.has_tracking() && !forced {
            published.key = Some(experiment.key().clone());
            published.migration_keys = experiment.migration_keys().to_vec();
        }
        Some(published)
    }
}
