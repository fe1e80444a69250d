//! What a metric or a check adds up: goals, whole numbers and operators.

mod goal;
mod parser;

pub use goal::{Aggregation, Function, Goal};
pub use parser::{ExpressionError, Fault};

use super::Mode;

/// An operator between two operands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Operator {
    Tilde,
    Plus,
    Minus,
    Over,
    Times,
}

/// One step of the postfix form. A tree would be as deep as its text is long; a list of steps is evaluated without recursion.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Step {
    Number(f64),
    Goal(usize),
    Operator(Operator),
}

/// A parsed goal expression, such as `value(user.unit.purchase) - value(user.unit.refund)`.
///
/// `*` binds tighter than `/`, that tighter than `-`, that tighter than `+`, and `~` is the loosest: `a/b*c` is `a/(b*c)`
/// and `a+b-c` is `a+(b-c)`.
///
/// ```
/// use variate_stats::ep_stats::{Expression, Mode};
///
/// let expression = Expression::parse("value(user.unit.purchase(plan=pro)) / 1000", Mode::Compat)?;
/// assert_eq!(expression.goals()[0].to_string(), "user.unit.purchase[plan=pro]");
///
/// // What the original drops without a word is refused, unless it is asked for.
/// assert!(Expression::parse("count(user.unit.click) clicks", Mode::Compat).is_ok());
/// let error = Expression::parse("count(user.unit.click) clicks", Mode::Corrected).unwrap_err();
/// assert_eq!(error.offset, 23);
/// # Ok::<(), variate_stats::ep_stats::ExpressionError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Expression {
    /// None where the expression is its only goal.
    steps: Vec<Step>,
    goals: Vec<Goal>,
    /// The same by the precedence that everyone expects, where that is another expression.
    conventional: Option<Vec<Step>>,
    decimal: bool,
}

impl Expression {
    /// Parses the text. [`Mode::Compat`] takes the longest beginning that is an expression, as the original does, and whole
    /// numbers only; [`Mode::Corrected`] wants the whole text and accepts decimal numbers.
    ///
    /// # Errors
    ///
    /// The text does not begin with an expression or, if corrected, is not one to its end.
    pub fn parse(text: &str, mode: Mode) -> Result<Self, ExpressionError> {
        parser::parse(text, mode)
    }

    /// The goals, in the order of the text; one that stands there twice is here twice.
    pub fn goals(&self) -> &[Goal] {
        &self.goals
    }

    /// Whether the usual precedence of operators would read another expression from the same text.
    pub fn is_surprising(&self) -> bool {
        self.conventional.is_some()
    }

    /// Whether it holds a decimal number, which the original cuts.
    pub(crate) fn has_decimal(&self) -> bool {
        self.decimal
    }

    /// Whether `~` says that goals exclude each other.
    pub(crate) fn has_tilde(&self) -> bool {
        self.steps.contains(&Step::Operator(Operator::Tilde))
    }

    /// Whether it divides.
    pub(crate) fn divides(&self) -> bool {
        self.steps.contains(&Step::Operator(Operator::Over))
    }

    /// The only goal of an expression that is nothing else.
    pub(crate) fn single(&self) -> Option<&Goal> {
        match (self.steps.as_slice(), self.goals.as_slice()) {
            ([] | [Step::Goal(_)], [goal]) => Some(goal),
            _ => None,
        }
    }

    /// The value when each goal has the value that `of` gives.
    pub(crate) fn value(&self, of: impl Fn(usize) -> f64) -> f64 {
        run(&self.steps, of, |number| number, Operator::of_values)
    }

    /// The value under the usual precedence.
    pub(crate) fn conventional_value(&self, of: impl Fn(usize) -> f64) -> Option<f64> {
        self.conventional
            .as_deref()
            .map(|steps| run(steps, of, |number| number, Operator::of_values))
    }

    /// The sum of squares: each operator applied to the squares, which is right for what excludes each other (`~`, `+`) and
    /// for a part taken from its whole (`-`).
    pub(crate) fn square(&self, of: impl Fn(usize) -> f64) -> f64 {
        run(
            &self.steps,
            of,
            |number| number * number,
            Operator::of_squares,
        )
    }

    /// As a sum of goals with a weight each, those that are there twice together; none where goals are multiplied, divided by, or added
    /// to numbers.
    pub(crate) fn weights(&self) -> Option<Vec<(usize, f64)>> {
        enum Part {
            Number(f64),
            Goals(Vec<(usize, f64)>),
        }
        let scaled = |goals: Vec<(usize, f64)>, by: f64| {
            Part::Goals(goals.into_iter().map(|(at, of)| (at, of * by)).collect())
        };
        if self.steps.is_empty() {
            return Some(vec![(0, 1.0)]);
        }
        let mut stack: Vec<Part> = Vec::new();
        for step in &self.steps {
            let part = match step {
                Step::Number(number) => Part::Number(*number),
                Step::Goal(at) => Part::Goals(vec![(*at, 1.0)]),
                Step::Operator(operator) => {
                    let (right, left) = (stack.pop()?, stack.pop()?);
                    match (operator, left, right) {
                        (_, Part::Number(left), Part::Number(right)) => {
                            Part::Number(operator.of_values(left, right))
                        }
                        (Operator::Times, Part::Goals(goals), Part::Number(by))
                        | (Operator::Times, Part::Number(by), Part::Goals(goals)) => {
                            scaled(goals, by)
                        }
                        (Operator::Over, Part::Goals(goals), Part::Number(by)) => {
                            scaled(goals, by.recip())
                        }
                        (Operator::Plus, Part::Goals(mut left), Part::Goals(right)) => {
                            left.extend(right);
                            Part::Goals(left)
                        }
                        (
                            Operator::Minus | Operator::Tilde,
                            Part::Goals(mut left),
                            Part::Goals(right),
                        ) => {
                            left.extend(right.into_iter().map(|(at, of)| (at, -of)));
                            Part::Goals(left)
                        }
                        _ => return None,
                    }
                }
            };
            stack.push(part);
        }
        let Some(Part::Goals(all)) = stack.pop() else {
            return None;
        };
        let mut weights: Vec<(usize, f64)> = Vec::with_capacity(all.len());
        for (at, of) in all {
            let goal = self.goals.get(at);
            match weights
                .iter_mut()
                .find(|(known, _)| self.goals.get(*known) == goal)
            {
                Some((_, weight)) => *weight += of,
                None => weights.push((at, of)),
            }
        }
        weights.retain(|(_, weight)| *weight != 0.0);
        Some(weights)
    }
}

impl Operator {
    fn of_values(self, left: f64, right: f64) -> f64 {
        match self {
            Self::Plus => left + right,
            Self::Minus | Self::Tilde => left - right,
            Self::Over => left / right,
            Self::Times => left * right,
        }
    }

    fn of_squares(self, left: f64, right: f64) -> f64 {
        match self {
            Self::Tilde => left + right,
            other => other.of_values(left, right),
        }
    }
}

fn run(
    steps: &[Step],
    of: impl Fn(usize) -> f64,
    number: impl Fn(f64) -> f64,
    apply: impl Fn(Operator, f64, f64) -> f64,
) -> f64 {
    if steps.is_empty() {
        return of(0);
    }
    if let [step] = steps {
        return match step {
            Step::Number(value) => number(*value),
            Step::Goal(at) => of(*at),
            Step::Operator(_) => f64::NAN,
        };
    }
    let mut stack: Vec<f64> = Vec::with_capacity(8);
    for step in steps {
        let value = match step {
            Step::Number(value) => number(*value),
            Step::Goal(at) => of(*at),
            Step::Operator(operator) => {
                let (Some(right), Some(left)) = (stack.pop(), stack.pop()) else {
                    return f64::NAN;
                };
                apply(*operator, left, right)
            }
        };
        stack.push(value);
    }
    stack.pop().unwrap_or(f64::NAN)
}
