/// How close to the call a [`Collector`](super::Collector) stands, whatever the order in which collectors were given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Phase {
    /// Outside of all that measures: the place of one's own collectors.
    Around,
    /// Around memory, CPU time and other resources: their own work counts for nobody but [`Around`](Self::Around).
    Resources,
    /// Innermost: nothing but the call itself is between its hooks.
    Time,
}

impl Phase {
    /// From the outermost to the innermost.
    pub(crate) const ALL: [Self; 3] = [Self::Around, Self::Resources, Self::Time];
}
