use super::arm::WRITTEN;
use super::expression::{Aggregation, Expression, Function, Goal};
use super::goal_row::ROUNDED;
use super::plan::Read;
use super::reason::Reason;
use super::row::EXPOSURE;
use super::sums_table::SumsTable;

/// A nominator or denominator as a total of units: goals with a weight each, and a constant factor before all of them.
pub(crate) struct Total<'p> {
    expression: &'p Expression,
    /// Where the sums of its goals stand.
    goals: &'p [usize],
    parts: Parts,
    /// What is taken out: of a single goal all of it, of several the weight of the first.
    pub(crate) factor: f64,
}

enum Parts {
    One([(usize, f64); 1]),
    Several(Vec<(usize, f64)>),
    /// Goals are multiplied, divided by, or added to numbers.
    Unknown,
}

/// What a denominator counts.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Base {
    /// Units that are independent.
    Units,
    /// Something of which units have several.
    Several,
    /// Something whose variance no sums tell.
    Unknown,
}

/// A sum of squares or products: what it is, or the worst that it may be.
#[derive(Clone, Copy)]
pub(crate) struct Bound {
    pub(crate) value: f64,
    pub(crate) is_exact: bool,
}

/// Two goals, by their places and what counts of them.
type Goals = [(usize, Function); 2];

/// Two goals of which no sums tell the product.
struct UnknownPair {
    goals: Goals,
    /// How often it is in the product of two totals.
    weight: f64,
    /// The largest that it can be.
    most: f64,
    is_counted: bool,
}

/// Two goals, and the sum over units of their product.
#[derive(Clone, Copy)]
pub(crate) struct KnownPair {
    goals: Goals,
    sum: f64,
}

impl<'p> Total<'p> {
    pub(crate) fn of(read: &Read<'p>, table: &'p SumsTable<'_>) -> Self {
        let expression = read.expression();
        let (parts, factor) = match expression.single() {
            Some(_) => (Parts::One([(0, 1.0)]), 1.0),
            None => parts(expression),
        };
        Self {
            expression,
            goals: table.find(read.at),
            parts,
            factor,
        }
    }

    fn weights(&self) -> &[(usize, f64)] {
        match &self.parts {
            Parts::One(one) => one,
            Parts::Several(weights) => weights,
            Parts::Unknown => &[],
        }
    }

    /// Whether sums tell the variance: none where goals are multiplied, divided by, or added to numbers.
    pub(crate) fn is_sum(&self) -> bool {
        !matches!(self.parts, Parts::Unknown)
    }

    /// The goal, if there is only one.
    fn one(&self) -> Option<(usize, &Goal)> {
        match self.parts {
            Parts::One([(at, _)]) => Some((at, self.expression.goals().get(at)?)),
            _ => None,
        }
    }

    fn terms(&self) -> impl Iterator<Item = (usize, f64, &Goal)> {
        let goals = self.expression.goals();
        let weights = self.weights().iter();
        weights.filter_map(move |(at, weight)| Some((*at, *weight, goals.get(*at)?)))
    }

    /// Whether no unit can have less than nothing of it.
    pub(crate) fn is_counted(&self) -> bool {
        self.terms()
            .all(|(_, weight, goal)| weight > 0.0 && goal.function != Function::Value)
    }

    /// What it counts as a denominator, for units of this type.
    pub(crate) fn base(&self, table: &SumsTable<'_>, unit_type: &str) -> Base {
        let is_global = |goal: &Goal| goal.aggregation == Aggregation::Global;
        match (&self.parts, self.one()) {
            (Parts::Unknown, _) => Base::Unknown,
            (_, Some((_, goal))) if is_global(goal) => Base::Units,
            (_, Some((at, goal))) if !self.varies(at, goal, table) => Base::Units,
            (_, Some(_)) => Base::Several,
            // Of each part of them, as of one: so many units.
            _ if self
                .terms()
                .all(|(_, of, goal)| of == 1.0 && is_global(goal)) =>
            {
                Base::Units
            }
            _ if self
                .terms()
                .all(|(_, _, goal)| !is_global(goal) || is_exposure(goal, unit_type)) =>
            {
                Base::Several
            }
            _ => Base::Unknown,
        }
    }

    /// Whether a unit has another number of it than one.
    fn varies(&self, at: usize, goal: &Goal, table: &SumsTable<'_>) -> bool {
        (0..table.variants).any(|variant| {
            table.sums(self.goals, at, variant).is_some_and(|sums| {
                let (sum, square) = (sums.value(goal.function), sums.square(goal.function));
                square != 0.0 && (square - sum).abs() > 1e-9 * square.abs()
            })
        })
    }

    /// Without its factor.
    pub(crate) fn value(&self, table: &SumsTable<'_>, variant: usize) -> f64 {
        let of = |at| table.goal(self.expression, self.goals, at, variant);
        match &self.parts {
            Parts::One([(at, _)]) => of(*at),
            _ => (self.weights().iter())
                .map(|(at, weight)| weight * of(*at))
                .sum(),
        }
    }

    /// Units that have any of it, or a number that is not smaller; NaN if nothing tells.
    fn reached(&self, table: &SumsTable<'_>, variant: usize) -> f64 {
        let of_units = self
            .terms()
            .filter(|(_, _, goal)| goal.aggregation == Aggregation::Unit);
        let of = |(at, ..): (usize, f64, &Goal)| {
            let sums = table.sums(self.goals, at, variant)?;
            let known = [sums.units(), sums.value(Function::Count)];
            known.into_iter().find(|count| *count > 0.0)
        };
        of_units
            .map(|term| of(term).unwrap_or(f64::NAN))
            .filter(|count| !count.is_nan())
            .sum()
    }

    /// Over how many units two totals are, or a number that is not smaller: with that, bounds are bounds.
    pub(crate) fn units(
        &self,
        other: &Self,
        table: &SumsTable<'_>,
        exposed: f64,
        unit_type: &str,
        variant: usize,
    ) -> f64 {
        let is_one_action = self.place().is_some() && self.place() == other.place();
        let both = || self.terms().chain(other.terms());
        let reached = self.reached(table, variant);
        if is_one_action && reached > 0.0 {
            return reached;
        }
        let are_exposed = both().all(|(_, _, goal)| goal.unit_type == unit_type);
        if are_exposed && exposed > 0.0 {
            return exposed;
        }
        reached + other.reached(table, variant)
    }

    /// Where the sums of its only goal stand.
    fn place(&self) -> Option<usize> {
        let (at, goal) = self.one()?;
        let place = self.goals.get(at).copied();
        place.filter(|_| goal.aggregation == Aggregation::Unit)
    }

    /// The sum over units of the product with another total, where the sums of goals tell it.
    pub(crate) fn product(
        &self,
        other: &Self,
        table: &SumsTable<'_>,
        unit_type: &str,
        variant: usize,
    ) -> Option<f64> {
        match self.products(other, table, unit_type, variant)? {
            (product, None) => Some(product),
            (_, Some(_)) => None,
        }
    }

    /// What the product with another total, which is known, tells of two goals of which no sums tell it.
    ///
    /// # Errors
    /// When no two goals have such a product.
    pub(crate) fn pair(
        &self,
        other: &Self,
        product: f64,
        table: &SumsTable<'_>,
        unit_type: &str,
        variant: usize,
    ) -> Result<Option<KnownPair>, Reason> {
        let Some((rest, Some(pair))) = self.products(other, table, unit_type, variant) else {
            return Ok(None);
        };
        let sum = (product - rest) / pair.weight;
        if !sum.is_finite() {
            return Ok(None);
        }
        // Cauchy and Schwarz; and counts are never below 0.
        let rounding = ROUNDED * (pair.most + rest.abs() / pair.weight.abs());
        if sum.abs() > pair.most + rounding || (pair.is_counted && sum < -rounding) {
            return Err(Reason::SumsContradict);
        }
        Ok(Some(KnownPair {
            goals: pair.goals,
            sum,
        }))
    }

    /// The part of the product with another total that sums of goals tell, and what is left if that is of one pair of goals.
    fn products(
        &self,
        other: &Self,
        table: &SumsTable<'_>,
        unit_type: &str,
        variant: usize,
    ) -> Option<(f64, Option<UnknownPair>)> {
        let (mut product, mut unknown) = (0.0, None::<UnknownPair>);
        for (one, a, goal) in self.terms() {
            let sums = table.sums(self.goals, one, variant)?;
            for (at, b, with) in other.terms() {
                let of_both = if self.goals.get(one) == other.goals.get(at) {
                    match (goal.function, with.function) {
                        _ if is_exposure(goal, unit_type) => Some(sums.value(goal.function)),
                        (Function::Value, Function::Count) | (Function::Count, Function::Value) => {
                            Some(sums.product())
                        }
                        (one, other) if one == other => Some(sums.square(one)),
                        // Of a unit that is there, one times what it has.
                        (Function::Unique, of) | (of, Function::Unique) => Some(sums.value(of)),
                        _ => None,
                    }
                } else if is_exposure(goal, unit_type) && is_of(with, unit_type) {
                    // Every unit is exposed once.
                    Some(table.goal(other.expression, other.goals, at, variant))
                } else if is_exposure(with, unit_type) && is_of(goal, unit_type) {
                    Some(sums.value(goal.function))
                } else {
                    None
                };
                if let Some(of_both) = of_both.filter(|of| of.is_finite()) {
                    product += a * b * of_both;
                    continue;
                }
                let of_other = table.sums(other.goals, at, variant)?;
                let mut goals = [
                    (*self.goals.get(one)?, goal.function),
                    (*other.goals.get(at)?, with.function),
                ];
                goals.sort_unstable_by_key(|(place, function)| (*place, *function as u8));
                let squares = sums.square(goal.function) * of_other.square(with.function);
                let pair = unknown.get_or_insert(UnknownPair {
                    goals,
                    weight: 0.0,
                    most: squares.max(0.0).sqrt(),
                    is_counted: [goal, with].iter().all(|of| of.function != Function::Value),
                });
                if pair.goals != goals {
                    return None;
                }
                pair.weight += a * b;
            }
        }
        let unknown = unknown.filter(|pair| pair.weight != 0.0);
        product.is_finite().then_some((product, unknown))
    }

    /// The sum over `n` units of squares, without the factor: of several goals the deviations add up at most.
    pub(crate) fn square(
        &self,
        table: &SumsTable<'_>,
        n: f64,
        unit_type: &str,
        variant: usize,
        known: Option<KnownPair>,
    ) -> Result<Bound, Reason> {
        let square = |at, goal: &Goal| {
            let sums = table.sums(self.goals, at, variant);
            sums.map_or(f64::NAN, |sums| sums.square(goal.function))
        };
        if let Some((at, goal)) = self.one() {
            return Ok(exactly(square(at, goal)));
        }
        match (self.products(self, table, unit_type, variant), known) {
            (Some((product, None)), _) => return Ok(exactly(product)),
            (Some((product, Some(pair))), Some(known)) if pair.goals == known.goals => {
                return Ok(exactly(product + pair.weight * known.sum));
            }
            _ => {}
        }
        let (mut sum, mut deviation, mut squares) = (0.0, 0.0, 0.0);
        for (at, weight, goal) in self.terms() {
            let value = table.goal(self.expression, self.goals, at, variant);
            sum += weight * value;
            if is_exposure(goal, unit_type) {
                squares += weight * weight * value;
                continue;
            }
            let square = square(at, goal);
            let around = square - value * value / n;
            // What is only rounded is none.
            if around < -WRITTEN * square.abs() {
                return Err(Reason::SumsContradict);
            }
            deviation += weight.abs() * around.max(0.0).sqrt();
            squares += weight * weight * square;
        }
        let bound = deviation * deviation + sum * sum / n;
        // Of what is never below 0 products are not either: a difference has no more than both squares.
        let is_part = |goal: &Goal| goal.function != Function::Value;
        let is_difference = self.weights().len() == 2
            && self.terms().map(|(_, weight, _)| weight).product::<f64>() < 0.0
            && (self.expression.has_tilde() || self.terms().all(|(_, _, goal)| is_part(goal)));
        Ok(Bound {
            value: if is_difference {
                bound.min(squares)
            } else {
                bound
            },
            is_exact: false,
        })
    }
}

fn exactly(value: f64) -> Bound {
    Bound {
        value,
        is_exact: true,
    }
}

/// The weights, and what stands before all of them.
fn parts(expression: &Expression) -> (Parts, f64) {
    let Some(mut weights) = expression.weights() else {
        return (Parts::Unknown, 1.0);
    };
    match weights.as_mut_slice() {
        [(at, factor)] => (Parts::One([(*at, 1.0)]), *factor),
        [] => (Parts::Several(weights), 1.0),
        [(_, first), ..] => {
            let factor = *first;
            for (_, weight) in &mut weights {
                *weight /= factor;
            }
            (Parts::Several(weights), factor)
        }
    }
}

/// Whether each unit has it once: being exposed.
fn is_exposure(goal: &Goal, unit_type: &str) -> bool {
    goal.aggregation == Aggregation::Global
        && goal.name == EXPOSURE
        && goal.unit_type == unit_type
        && goal.function != Function::Value
        && goal.dimensions.is_empty()
}

/// Whether it is a total of units of this type.
fn is_of(goal: &Goal, unit_type: &str) -> bool {
    goal.aggregation == Aggregation::Unit && goal.unit_type == unit_type
}
