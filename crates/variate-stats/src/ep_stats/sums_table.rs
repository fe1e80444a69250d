use std::collections::{BTreeSet, HashMap};

use super::expression::{Aggregation, Expression, Goal};
use super::goal_row::{GoalRow, Sums};
use super::row::Row as _;

type Key<'a> = (&'a str, Aggregation, &'a str, Vec<&'a str>);

/// The sums of every goal that an expression names, in each variant.
pub(crate) struct SumsTable<'a> {
    dimensions: Vec<&'a str>,
    goals: HashMap<Key<'a>, usize>,
    sums: Vec<Sums>,
    pub(crate) variants: usize,
}

impl<'a> SumsTable<'a> {
    pub(crate) fn new(
        expressions: &[&'a Expression],
        rows: &'a [GoalRow],
        variants: &[String],
    ) -> Self {
        let goals = || expressions.iter().flat_map(|expression| expression.goals());
        let dimensions: BTreeSet<&str> = goals()
            .flat_map(|goal| &goal.dimensions)
            .map(|(name, _)| name.as_str())
            .collect();
        let mut table = Self {
            dimensions: dimensions.into_iter().collect(),
            goals: HashMap::new(),
            sums: Vec::new(),
            variants: variants.len(),
        };
        for goal in goals() {
            let next = table.goals.len();
            let key = table.key(goal);
            table.goals.entry(key).or_insert(next);
        }
        table.sums = vec![Sums::default(); table.goals.len() * variants.len()];
        let mut last: Option<(&str, usize)> = None;
        for row in rows {
            let variant = match last {
                Some((name, at)) if name == row.exp_variant_id => at,
                _ => match variants.binary_search(&row.exp_variant_id) {
                    Ok(at) => at,
                    Err(_) => continue,
                },
            };
            last = Some((&row.exp_variant_id, variant));
            let dimensions = table
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
            let Some(goal) = table.goals.get(&key) else {
                continue;
            };
            if let Some(sums) = table.sums.get_mut(goal * variants.len() + variant) {
                sums.add(row);
            }
        }
        table
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
    pub(crate) fn find(&self, expression: &Expression) -> Vec<usize> {
        expression
            .goals()
            .iter()
            .map(|goal| {
                self.goals
                    .get(&self.key(goal))
                    .copied()
                    .unwrap_or(usize::MAX)
            })
            .collect()
    }

    pub(crate) fn sums(&self, goals: &[usize], at: usize, variant: usize) -> Sums {
        let place = goals
            .get(at)
            .and_then(|goal| goal.checked_mul(self.variants));
        place
            .and_then(|place| self.sums.get(place + variant))
            .copied()
            .unwrap_or_default()
    }

    pub(crate) fn goal(
        &self,
        expression: &Expression,
        goals: &[usize],
        at: usize,
        variant: usize,
    ) -> f64 {
        match expression.goals().get(at) {
            Some(goal) => self.sums(goals, at, variant).value(goal.function),
            None => f64::NAN,
        }
    }

    pub(crate) fn value(&self, expression: &Expression, goals: &[usize], variant: usize) -> f64 {
        expression.value(|at| self.goal(expression, goals, at, variant))
    }
}
