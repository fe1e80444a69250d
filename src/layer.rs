use std::ops::Range;

/// Keeps experiments from meeting in one unit: all units in one line, of which each experiment takes a range.
///
/// `Config::build` sees to it that no ranges overlap. A unit has the same place in every experiment of the
/// layer, as long as their contexts name it by the same entry ([`unit`](Self::unit)). Its places in different
/// layers are independent.
///
/// A stored assignment counts before the layer: where ranges move, units that are stored stay in the experiment
/// that they were in, and can get into another one as well. [`Config::purge`](crate::Config::purge) ends that.
///
/// ```
/// use variate::{Config, Declaration, Layer, context};
///
/// let config = Config::builder()
///     .layer(Layer::new("checkout").unit("user_id"))
///     .declare(Declaration::new("one_page").layer("checkout", 0..30))
///     .declare(Declaration::new("express").layer("checkout", 30..80))
///     .build()?;
/// let visitor = context! { user_id: 42 };
/// let one_page = config.experiment("one_page", &visitor);
/// let express = config.experiment("express", &visitor);
/// assert!(!(one_page.assignment().is_tracked() && express.assignment().is_tracked()));
/// # Ok::<(), variate::ConfigError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Layer {
    pub(crate) name: String,
    pub(crate) unit: Option<String>,
    pub(crate) within: Option<Slice>,
}

/// A range, in percent, of the layer of this name.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Slice {
    pub(crate) layer: String,
    pub(crate) percent: Range<f64>,
}

impl Slice {
    pub(crate) fn new<P: Into<f64>>(layer: impl Into<String>, percent: Range<P>) -> Self {
        Self {
            layer: layer.into(),
            percent: percent.start.into()..percent.end.into(),
        }
    }
}

impl Layer {
    /// A layer of this name, which places a unit by its whole context.
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            unit: None,
            within: None,
        }
    }

    /// The key of the context that tells units apart. Contexts without it, or with null in its place, are
    /// outside every range.
    ///
    /// Needed as soon as the experiments' contexts differ in anything else.
    #[must_use]
    pub fn unit(mut self, key: impl Into<String>) -> Self {
        self.unit = Some(key.into());
        self
    }

    /// Puts the whole layer into a range, in percent, of another one: its experiments keep clear
    /// of those that take the rest of that.
    #[must_use]
    pub fn within<P: Into<f64>>(mut self, layer: impl Into<String>, percent: Range<P>) -> Self {
        self.within = Some(Slice::new(layer, percent));
        self
    }
}
