use std::collections::{BTreeSet, HashMap};

use super::expression::{Aggregation, Expression, Goal};
use super::fold_hash::Folding;
use super::goal_row::{GoalRow, Sums};
use super::row::Row as _;

type Key<'a> = (&'a str, Aggregation, &'a str, Vec<&'a str>);

/// The sums of every goal that an expression names, in each variant.
pub(crate) struct SumsTable<'a> {
    dimensions: Vec<&'a str>,
    /// Every goal once.
    goals: Vec<&'a Goal>,
    /// Where the goals of each expression stand among these: those of expression `i` from `starts[i]` to `starts[i + 1]`.
    places: Vec<usize>,
    starts: Vec<usize>,
    /// By goal and variant.
    sums: Vec<Sums>,
    pub(crate) variants: usize,
}

impl<'a> SumsTable<'a> {
    pub(crate) fn new(
        expressions: &'a [Expression],
        rows: &[GoalRow],
        variants: &[String],
    ) -> Self {
        let goals = || expressions.iter().flat_map(|expression| expression.goals());
        let dimensions: BTreeSet<&str> = goals()
            .flat_map(|goal| &goal.dimensions)
            .map(|(name, _)| name.as_str())
            .collect();
        let mut table = Self {
            dimensions: dimensions.into_iter().collect(),
            goals: Vec::with_capacity(expressions.len()),
            places: Vec::with_capacity(expressions.len()),
            starts: Vec::with_capacity(expressions.len() + 1),
            sums: Vec::new(),
            variants: variants.len(),
        };
        let mut found: HashMap<Key<'_>, usize, Folding> =
            HashMap::with_capacity_and_hasher(expressions.len(), Folding::default());
        for expression in expressions {
            table.starts.push(table.places.len());
            for goal in expression.goals() {
                let next = table.goals.len();
                let place = *found.entry(table.key(goal)).or_insert(next);
                if place == next {
                    table.goals.push(goal);
                }
                table.places.push(place);
            }
        }
        table.starts.push(table.places.len());
        table.sums = vec![Sums::default(); table.goals.len() * variants.len()];
        table.add(rows, variants, &found);
        table
    }

    /// Adds the rows up. Rows of a variant, and goals in the order of the expressions, often follow each other: then there is
    /// nothing to look up.
    fn add(
        &mut self,
        rows: &[GoalRow],
        variants: &[String],
        found: &HashMap<Key<'_>, usize, Folding>,
    ) {
        let mut last: Option<(&str, usize)> = None;
        let mut before = 0;
        for row in rows {
            let variant = match last {
                Some((name, at)) if name == row.exp_variant_id => at,
                _ => match variants.binary_search(&row.exp_variant_id) {
                    Ok(at) => at,
                    Err(_) => continue,
                },
            };
            last = Some((&row.exp_variant_id, variant));
            let goal = if self.is_of(row, before + 1) {
                before + 1
            } else if self.is_of(row, before) {
                before
            } else {
                let dimensions = self
                    .dimensions
                    .iter()
                    .map(|name| row.dimension_value(name))
                    .collect();
                let key = (
                    row.unit_type.as_str(),
                    row.agg_type,
                    row.goal.as_str(),
                    dimensions,
                );
                match found.get(&key) {
                    Some(goal) => *goal,
                    None => continue,
                }
            };
            before = goal;
            if let Some(sums) = self.sums.get_mut(goal * variants.len() + variant) {
                sums.add(row);
            }
        }
    }

    fn is_of(&self, row: &GoalRow, at: usize) -> bool {
        self.goals.get(at).is_some_and(|goal| {
            row.goal == goal.name
                && row.agg_type == goal.aggregation
                && row.unit_type == goal.unit_type
                && self
                    .dimensions
                    .iter()
                    .all(|name| row.dimension_value(name) == goal.dimension(name))
        })
    }

    fn key<'g>(&self, goal: &'g Goal) -> Key<'g> {
        let dimensions = self
            .dimensions
            .iter()
            .map(|name| goal.dimension(name))
            .collect();
        (&goal.unit_type, goal.aggregation, &goal.name, dimensions)
    }

    /// Where the goals of an expression stand.
    pub(crate) fn find(&self, expression: usize) -> &[usize] {
        let start = self.starts.get(expression).copied().unwrap_or(0);
        let end = self.starts.get(expression + 1).copied().unwrap_or(0);
        self.places.get(start..end).unwrap_or_default()
    }

    pub(crate) fn sums(&self, goals: &[usize], at: usize, variant: usize) -> Option<&Sums> {
        let place = goals.get(at)? * self.variants;
        self.sums.get(place + variant)
    }

    pub(crate) fn goal(
        &self,
        expression: &Expression,
        goals: &[usize],
        at: usize,
        variant: usize,
    ) -> f64 {
        match (expression.goals().get(at), self.sums(goals, at, variant)) {
            (Some(goal), Some(sums)) => sums.value(goal.function),
            _ => f64::NAN,
        }
    }

    pub(crate) fn value(&self, expression: &Expression, goals: &[usize], variant: usize) -> f64 {
        expression.value(|at| self.goal(expression, goals, at, variant))
    }

    /// The sum of squares.
    pub(crate) fn square(&self, expression: &Expression, goals: &[usize], variant: usize) -> f64 {
        expression.square(
            |at| match (expression.goals().get(at), self.sums(goals, at, variant)) {
                (Some(goal), Some(sums)) => sums.square(goal.function),
                _ => f64::NAN,
            },
        )
    }
}
