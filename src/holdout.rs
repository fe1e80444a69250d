/// A share of all units that is kept out of several experiments, to compare with later: what did all of
/// them do together?
///
/// Units that are held out get the control, untracked. A stored assignment counts before that, so declare a holdout before the
/// experiments begin.
///
/// ```
/// use variate::{Config, Declaration, Holdout, context};
///
/// let config = Config::builder()
///     .holdout(Holdout::new("q4", 5).unit("user_id"))
///     .declare(Declaration::new("pill_color").holdout("q4"))
///     .build()?;
/// let held = (0..1_000)
///     .filter(|id| {
///         let exp = config.experiment("pill_color", context! { user_id: id });
///         exp.assignment().reason().code() == "held_out"
///     })
///     .count();
/// assert!((20..90).contains(&held));
/// # Ok::<(), variate::ConfigError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Holdout {
    pub(crate) name: String,
    pub(crate) percent: f64,
    pub(crate) unit: Option<String>,
    pub(crate) all: bool,
}

impl Holdout {
    /// A holdout of `percent` of the units, told apart by their whole context.
    pub fn new(name: impl Into<String>, percent: impl Into<f64>) -> Self {
        Self {
            name: name.into(),
            percent: percent.into(),
            unit: None,
            all: false,
        }
    }

    /// The key of the context that tells units apart. Contexts without it, or with null in its
    /// place, are held out: nobody could say whether they are.
    #[must_use]
    pub fn unit(mut self, key: impl Into<String>) -> Self {
        self.unit = Some(key.into());
        self
    }

    /// Holds out of every declared experiment, and not only of those that name it. Experiments that
    /// are not declared know of no holdout.
    #[must_use]
    pub fn all(mut self) -> Self {
        self.all = true;
        self
    }
}
