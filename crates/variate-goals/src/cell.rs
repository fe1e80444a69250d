/// What stands in a column of a row.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Cell<'a> {
    #[cfg_attr(
        not(feature = "sqlite"),
        allow(dead_code, reason = "texts are all that others give")
    )]
    Integer(i64),
    #[cfg_attr(
        not(feature = "sqlite"),
        allow(dead_code, reason = "texts are all that others give")
    )]
    Real(f64),
    Text(&'a str),
    /// Nothing.
    #[cfg_attr(
        not(any(feature = "postgres", feature = "sqlite")),
        allow(dead_code, reason = "empty texts are all that CSV has")
    )]
    Null,
}

impl Cell<'_> {
    /// Nothing is 0; `None` for what is no number.
    pub(crate) fn number(self) -> Option<f64> {
        match self {
            #[allow(clippy::cast_precision_loss, reason = "sums are floats")]
            Cell::Integer(number) => Some(number as f64),
            Cell::Real(number) => Some(number),
            Cell::Text(text) if text.trim().is_empty() => Some(0.0),
            Cell::Text(text) => text.trim().parse().ok(),
            Cell::Null => Some(0.0),
        }
    }

    /// Whether nothing stands there.
    pub(crate) fn is_empty(self) -> bool {
        match self {
            Cell::Integer(_) | Cell::Real(_) => false,
            Cell::Text(text) => text.trim().is_empty(),
            Cell::Null => true,
        }
    }

    /// Nothing is an empty text.
    pub(crate) fn text(self) -> String {
        match self {
            Cell::Integer(number) => number.to_string(),
            Cell::Real(number) => number.to_string(),
            Cell::Text(text) => text.to_owned(),
            Cell::Null => String::new(),
        }
    }
}
