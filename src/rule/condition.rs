use std::fmt;
use std::ops::{BitAnd, BitOr, Not};

use super::operand::{Operand, Operands};
use super::order::Bound;
use super::share::Share;
#[cfg(feature = "catalogue")]
use super::{pattern::Pattern, version::Versions};
use crate::context::{Repr, TextBuffer};
use crate::{PercentError, Rule, Unit, Value};

/// A [`Rule`] as data: what one entry of the context must be, or several such together.
///
/// A catalogue's exclusions and segments are these; code has them, too:
///
/// ```
/// use variate::{Condition, Config, Declaration, context};
///
/// let config = Config::builder()
///     .declare(
///         Declaration::new("pill_color")
///             .variants(["red", "blue"])
///             .exclude(Condition::equals("plan", "staff"))
///             .segment(
///                 "red",
///                 Condition::at_least("age", 18) & !Condition::is_in("country", ["DE", "AT"]),
///             ),
///     )
///     .build()?;
/// let visitor = context! { user_id: 42, age: 30, country: "FR" };
/// assert_eq!(config.experiment("pill_color", visitor).variant(), "red");
/// # Ok::<(), variate::ConfigError>(())
/// ```
///
/// | condition | holds where the entry |
/// |---|---|
/// | [`equals`](Self::equals), [`is_in`](Self::is_in) | has the text of the value, or of one of them |
/// | [`not_equals`](Self::not_equals), [`not_in`](Self::not_in) | is there and has not |
/// | [`greater`](Self::greater), [`at_least`](Self::at_least), [`less`](Self::less), [`at_most`](Self::at_most) | lies there: as a number if both are, as text if neither is |
/// | [`prefix`](Self::prefix), [`suffix`](Self::suffix), [`contains`](Self::contains) | has a text that begins, ends, or goes on so somewhere |
/// | [`present`](Self::present), [`absent`](Self::absent) | is there and not null, or is not |
/// | `matches` | has a text in which the regular expression is found (feature `catalogue`) |
/// | `version` | is a version that the requirement takes (feature `catalogue`) |
/// | [`percent_of`](Self::percent_of) | is among a share of all its values |
///
/// - Values compare by the text that keys are made of: `1` equals `"1"` and `1.0`, `true` equals `"true"`.
/// - Numbers compare exactly, whatever their type, and a text that is a number counts as one. A number and a
///   text that is none have no order: the condition does not hold.
/// - An entry that is absent or null meets no condition but `absent`. So `not_in` and the negation
///   of `is_in` differ: where the country is not known, `not_in("country", ["DE"])` does not hold and
///   `!is_in("country", ["DE"])` does.
/// - A list meets a condition if one of its items does, and `not_equals` or `not_in` if all do. A map meets
///   none of those that ask for a text or number, and neither does a list in a list.
#[derive(Clone)]
pub struct Condition(Test);

#[derive(Clone)]
enum Test {
    Entry { key: Box<str>, ask: Ask },
    All(Box<[Condition]>),
    Any(Box<[Condition]>),
    Not(Box<Condition>),
}

#[derive(Clone)]
enum Ask {
    Is(Operand),
    IsNot(Operand),
    In(Operands),
    NotIn(Operands),
    Bound(Bound),
    Prefix(Box<str>),
    Suffix(Box<str>),
    Contains(Box<str>),
    Present,
    Absent,
    Share(Share),
    #[cfg(feature = "catalogue")]
    Pattern(Pattern),
    #[cfg(feature = "catalogue")]
    Version(Versions),
}

impl Condition {
    /// The entry is `value`.
    pub fn equals(key: impl Into<String>, value: impl Into<Value<'static>>) -> Self {
        Self::entry(key, Ask::Is(Operand::new(&value.into())))
    }

    /// The entry is there and is not `value`.
    pub fn not_equals(key: impl Into<String>, value: impl Into<Value<'static>>) -> Self {
        Self::entry(key, Ask::IsNot(Operand::new(&value.into())))
    }

    /// The entry is one of `values`.
    pub fn is_in<V: Into<Value<'static>>>(
        key: impl Into<String>,
        values: impl IntoIterator<Item = V>,
    ) -> Self {
        Self::entry(key, Ask::In(Operands::new(values)))
    }

    /// The entry is there and is none of `values`.
    pub fn not_in<V: Into<Value<'static>>>(
        key: impl Into<String>,
        values: impl IntoIterator<Item = V>,
    ) -> Self {
        Self::entry(key, Ask::NotIn(Operands::new(values)))
    }

    /// The entry is greater than `bound`.
    pub fn greater(key: impl Into<String>, bound: impl Into<Value<'static>>) -> Self {
        Self::entry(key, Ask::Bound(Bound::greater(&bound.into())))
    }

    /// The entry is `bound` or greater.
    pub fn at_least(key: impl Into<String>, bound: impl Into<Value<'static>>) -> Self {
        Self::entry(key, Ask::Bound(Bound::at_least(&bound.into())))
    }

    /// The entry is less than `bound`.
    pub fn less(key: impl Into<String>, bound: impl Into<Value<'static>>) -> Self {
        Self::entry(key, Ask::Bound(Bound::less(&bound.into())))
    }

    /// The entry is `bound` or less.
    pub fn at_most(key: impl Into<String>, bound: impl Into<Value<'static>>) -> Self {
        Self::entry(key, Ask::Bound(Bound::at_most(&bound.into())))
    }

    /// The entry's text begins with `text`.
    pub fn prefix(key: impl Into<String>, text: impl Into<String>) -> Self {
        Self::entry(key, Ask::Prefix(text.into().into()))
    }

    /// The entry's text ends with `text`.
    pub fn suffix(key: impl Into<String>, text: impl Into<String>) -> Self {
        Self::entry(key, Ask::Suffix(text.into().into()))
    }

    /// `text` stands somewhere in the entry's text. (That a list has an item is [`equals`](Self::equals).)
    pub fn contains(key: impl Into<String>, text: impl Into<String>) -> Self {
        Self::entry(key, Ask::Contains(text.into().into()))
    }

    /// The entry is there and not null.
    pub fn present(key: impl Into<String>) -> Self {
        Self::entry(key, Ask::Present)
    }

    /// The entry is not there, or null.
    pub fn absent(key: impl Into<String>) -> Self {
        Self::entry(key, Ask::Absent)
    }

    /// A share, in percent, of all values of the entry: always the same ones, and more of them as it grows.
    ///
    /// Each experiment draws for itself. Two of an experiment's conditions on one entry draw alike.
    ///
    /// ```
    /// use variate::{Condition, Declaration};
    ///
    /// Declaration::new("search").exclude(Condition::percent_of("company_id", 10)?);
    /// # Ok::<(), variate::PercentError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// When `percent` is not a number from 0 to 100, or finer than a hundredth.
    pub fn percent_of(
        key: impl Into<String>,
        percent: impl Into<f64>,
    ) -> Result<Self, PercentError> {
        let share = Share::of_experiment(percent.into())?;
        Ok(Self::entry(key, Ask::Share(share)))
    }

    /// As [`percent_of`](Self::percent_of), drawn by `seed`: conditions with one seed take the same
    /// units, in all experiments, and those with different seeds are independent.
    ///
    /// # Errors
    ///
    /// As [`percent_of`](Self::percent_of).
    pub fn seeded_percent_of(
        key: impl Into<String>,
        percent: impl Into<f64>,
        seed: &str,
    ) -> Result<Self, PercentError> {
        let share = Share::of_seed(percent.into(), seed)?;
        Ok(Self::entry(key, Ask::Share(share)))
    }

    /// The regular expression is found in the entry's text; `^` and `$` make it the whole text.
    ///
    /// It has the syntax of the `regex` crate, without look-around and back-references: the time it takes
    /// is linear in the text, whatever the expression.
    ///
    /// ```
    /// use variate::Condition;
    ///
    /// Condition::matches("email", r"@example\.(com|org)$")?;
    /// # Ok::<(), variate::ConditionError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// When it is no regular expression, or one that would need more than a megabyte.
    #[cfg(feature = "catalogue")]
    pub fn matches(key: impl Into<String>, pattern: &str) -> Result<Self, super::ConditionError> {
        Ok(Self::entry(key, Ask::Pattern(Pattern::new(pattern)?)))
    }

    /// The entry is a version that `requirement` takes: `>=2.3, <3`, `2.3` (which is `^2.3`), `~2.3.1`, `2.*`, `=2.3.1`.
    ///
    /// Requirements are those of Cargo: one without a pre-release takes no pre-release. The entry may have a `v` in
    /// front, and parts that it lacks are zero. Write it as a text: the number 2.10 is 2.1.
    ///
    /// ```
    /// use variate::Condition;
    ///
    /// Condition::version("app_version", ">=2.3, <3")?;
    /// # Ok::<(), variate::ConditionError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// When it is no requirement.
    #[cfg(feature = "catalogue")]
    pub fn version(
        key: impl Into<String>,
        requirement: &str,
    ) -> Result<Self, super::ConditionError> {
        Ok(Self::entry(key, Ask::Version(Versions::new(requirement)?)))
    }

    /// All of them hold; so it is where there are none.
    pub fn all(conditions: impl IntoIterator<Item = Self>) -> Self {
        Self(Test::All(conditions.into_iter().collect()))
    }

    /// At least one of them holds; never where there are none.
    pub fn any(conditions: impl IntoIterator<Item = Self>) -> Self {
        Self(Test::Any(conditions.into_iter().collect()))
    }

    fn entry(key: impl Into<String>, ask: Ask) -> Self {
        Self(Test::Entry {
            key: key.into().into(),
            ask,
        })
    }

    /// Names the keys that it asks for.
    #[cfg(feature = "catalogue")]
    pub(crate) fn each_key<'c>(&'c self, name: &mut dyn FnMut(&'c str)) {
        match &self.0 {
            Test::Entry { key, .. } => name(key),
            Test::All(conditions) | Test::Any(conditions) => {
                for condition in conditions {
                    condition.each_key(name);
                }
            }
            Test::Not(condition) => condition.each_key(name),
        }
    }

    /// Whether it holds for every unit, as far as that can be seen without one.
    #[cfg(feature = "catalogue")]
    pub(crate) fn always_holds(&self) -> bool {
        match &self.0 {
            Test::Entry { .. } => false,
            Test::All(conditions) => conditions.iter().all(Self::always_holds),
            Test::Any(conditions) => conditions.iter().any(Self::always_holds),
            Test::Not(condition) => condition.never_holds(),
        }
    }

    /// Whether it holds for no unit, as far as that can be seen without one.
    #[cfg(feature = "catalogue")]
    pub(crate) fn never_holds(&self) -> bool {
        match &self.0 {
            Test::Entry { ask, .. } => match ask {
                Ask::In(operands) => operands.is_empty(),
                Ask::Share(share) => share.is_nobody(),
                _ => false,
            },
            Test::All(conditions) => conditions.iter().any(Self::never_holds),
            Test::Any(conditions) => conditions.iter().all(Self::never_holds),
            Test::Not(condition) => condition.always_holds(),
        }
    }
}

impl Rule for Condition {
    fn matches(&self, unit: &Unit<'_>) -> bool {
        match &self.0 {
            Test::Entry { key, ask } => match unit.context().get(key) {
                Some(value) if !value.is_null() => ask.holds(value, unit),
                _ => matches!(ask, Ask::Absent),
            },
            Test::All(conditions) => conditions.iter().all(|one| Rule::matches(one, unit)),
            Test::Any(conditions) => conditions.iter().any(|one| Rule::matches(one, unit)),
            Test::Not(condition) => !Rule::matches(&**condition, unit),
        }
    }

    fn describe(&self) -> String {
        self.to_string()
    }
}

impl Ask {
    /// Whether it holds for a value that is not null.
    fn holds(&self, value: &Value<'_>, unit: &Unit<'_>) -> bool {
        match self {
            Self::Present => true,
            Self::Absent => false,
            Self::Share(share) => share.takes(value, unit),
            Self::IsNot(operand) => !any(value, |item| operand.is(item)),
            Self::NotIn(operands) => !any(value, |item| operands.have(item)),
            _ => any(value, |item| self.holds_for_scalar(item)),
        }
    }

    fn holds_for_scalar(&self, value: &Value<'_>) -> bool {
        let text = |ask: &dyn Fn(&[u8]) -> bool| {
            let mut buffer = TextBuffer::new();
            value.scalar_text(&mut buffer).is_some_and(ask)
        };
        match self {
            Self::Is(operand) => operand.is(value),
            Self::In(operands) => operands.have(value),
            Self::Bound(bound) => bound.takes(value),
            Self::Prefix(prefix) => text(&|text| text.starts_with(prefix.as_bytes())),
            Self::Suffix(suffix) => text(&|text| text.ends_with(suffix.as_bytes())),
            Self::Contains(part) => {
                text(&|text| std::str::from_utf8(text).is_ok_and(|text| text.contains(&**part)))
            }
            #[cfg(feature = "catalogue")]
            Self::Pattern(pattern) => {
                text(&|text| std::str::from_utf8(text).is_ok_and(|text| pattern.is_found_in(text)))
            }
            #[cfg(feature = "catalogue")]
            Self::Version(versions) => {
                text(&|text| std::str::from_utf8(text).is_ok_and(|text| versions.take(text)))
            }
            Self::IsNot(_) | Self::NotIn(_) | Self::Present | Self::Absent | Self::Share(_) => {
                false
            }
        }
    }
}

/// Whether `ask` holds for the value, or for one of the items that it lists.
#[inline]
fn any(value: &Value<'_>, ask: impl Fn(&Value<'_>) -> bool) -> bool {
    match &value.0 {
        Repr::List(list) => list.items.iter().any(ask),
        _ => ask(value),
    }
}

/// The negation.
impl Not for Condition {
    type Output = Self;

    fn not(self) -> Self {
        Self(Test::Not(Box::new(self)))
    }
}

/// Both hold.
impl BitAnd for Condition {
    type Output = Self;

    fn bitand(self, other: Self) -> Self {
        Self::all([self, other])
    }
}

/// One of the two holds, or both.
impl BitOr for Condition {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        Self::any([self, other])
    }
}

impl fmt::Display for Condition {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Test::Entry { key, ask } => match ask {
                Ask::Share(share) => write!(out, "{share} of {key}"),
                Ask::Is(operand) => write!(out, "{key} is {operand}"),
                Ask::IsNot(operand) => write!(out, "{key} is not {operand}"),
                Ask::In(operands) => write!(out, "{key} is one of {operands}"),
                Ask::NotIn(operands) => write!(out, "{key} is none of {operands}"),
                Ask::Bound(bound) => write!(out, "{key} {bound}"),
                Ask::Prefix(text) => write!(out, "{key} begins with {text:?}"),
                Ask::Suffix(text) => write!(out, "{key} ends with {text:?}"),
                Ask::Contains(text) => write!(out, "{key} contains {text:?}"),
                Ask::Present => write!(out, "{key} is present"),
                Ask::Absent => write!(out, "{key} is absent"),
                #[cfg(feature = "catalogue")]
                Ask::Pattern(pattern) => write!(out, "{key} matches {pattern}"),
                #[cfg(feature = "catalogue")]
                Ask::Version(versions) => write!(out, "{key} is version {versions}"),
            },
            Test::All(conditions) => joined(out, conditions, " and ", "always"),
            Test::Any(conditions) => joined(out, conditions, " or ", "never"),
            Test::Not(condition) => write!(out, "not ({condition})"),
        }
    }
}

fn joined(
    out: &mut fmt::Formatter<'_>,
    conditions: &[Condition],
    between: &str,
    none: &str,
) -> fmt::Result {
    if conditions.is_empty() {
        return out.write_str(none);
    }
    for (place, condition) in conditions.iter().enumerate() {
        if place > 0 {
            out.write_str(between)?;
        }
        match &condition.0 {
            Test::All(_) | Test::Any(_) => write!(out, "({condition})")?,
            _ => write!(out, "{condition}")?,
        }
    }
    Ok(())
}

impl fmt::Debug for Condition {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Condition({self})")
    }
}
