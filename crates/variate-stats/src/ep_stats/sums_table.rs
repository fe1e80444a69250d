use std::collections::BTreeSet;
use std::hash::BuildHasher as _;

use super::Mode;
use super::expression::{Aggregation, Expression, Function, Goal};
use super::fold_hash::Folding;
use super::goal_row::{GoalRow, Sums};
use super::reason::Reason;
use super::row::{EXPOSURE, Row as _};

/// What tells goals apart, but for their dimensions.
type Key<'a> = (&'a str, Aggregation, &'a str);

/// Where goals stand, by their hash: open addressing, at most half full.
struct Index {
    hashing: Folding,
    /// The place and one, or 0.
    slots: Vec<u32>,
}

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
    /// Whether there is a row of the goal.
    seen: Vec<bool>,
    pub(crate) variants: usize,
}

impl<'a> SumsTable<'a> {
    pub(crate) fn new(
        expressions: &'a [Expression],
        rows: &[GoalRow],
        variants: &[String],
        mode: Mode,
    ) -> Self {
        let goals = || expressions.iter().flat_map(Expression::goals);
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
            seen: Vec::new(),
            variants: variants.len(),
        };
        let mut index = Index::of(goals().count());
        for expression in expressions {
            table.starts.push(table.places.len());
            for goal in expression.goals() {
                let next = table.goals.len();
                let key = (&*goal.unit_type, goal.aggregation, &*goal.name);
                let place = index.place(key, |name| goal.dimension(name), &table, Some(next));
                table.goals.extend((place == Some(next)).then_some(goal));
                table.places.extend(place);
            }
        }
        table.starts.push(table.places.len());
        table.sums = vec![Sums::default(); table.goals.len() * variants.len()];
        table.seen = vec![false; table.goals.len()];
        table.add(rows, variants, &mut index, mode);
        table
    }

    /// Adds the rows up. Rows of a variant, and goals in the order of the expressions, often follow each other: then there is
    /// nothing to look up.
    fn add(&mut self, rows: &[GoalRow], variants: &[String], index: &mut Index, mode: Mode) {
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
                let key = (&*row.unit_type, row.agg_type, &*row.goal);
                match index.place(key, |name| row.dimension_value(name), self, None) {
                    Some(goal) => goal,
                    None => continue,
                }
            };
            before = goal;
            if let Some(sums) = self.sums.get_mut(goal * variants.len() + variant) {
                sums.add(row, mode);
            }
            if let Some(seen) = self.seen.get_mut(goal) {
                *seen = true;
            }
        }
    }

    fn is_of(&self, row: &GoalRow, at: usize) -> bool {
        let key = (&*row.unit_type, row.agg_type, &*row.goal);
        self.is(at, key, |name| row.dimension_value(name))
    }

    /// Whether the goal at a place is this one.
    fn is<'k>(
        &self,
        at: usize,
        (unit_type, aggregation, name): Key<'_>,
        dimension: impl Fn(&str) -> &'k str,
    ) -> bool {
        self.goals.get(at).is_some_and(|goal| {
            goal.name == name
                && goal.aggregation == aggregation
                && goal.unit_type == unit_type
                && self
                    .dimensions
                    .iter()
                    .all(|name| dimension(name) == goal.dimension(name))
        })
    }

    /// Where the goals of an expression stand.
    pub(crate) fn find(&self, expression: usize) -> &[usize] {
        let start = self.starts.get(expression).copied().unwrap_or(0);
        let end = self.starts.get(expression + 1).copied().unwrap_or(0);
        self.places.get(start..end).unwrap_or_default()
    }

    /// Whether there is a row of each of these goals, in some variant.
    pub(crate) fn knows(&self, goals: &[usize]) -> bool {
        let seen = |goal: &usize| self.seen.get(*goal).copied().unwrap_or(false);
        goals.iter().all(seen)
    }

    /// What is wrong with the sums of an expression, with its `squares` if those are used.
    pub(crate) fn fault(
        &self,
        expression: &Expression,
        goals: &[usize],
        variant: usize,
        squares: bool,
    ) -> Option<Reason> {
        let mut named = expression.goals().iter().enumerate();
        named.find_map(|(at, goal)| {
            let sums = self.sums(goals, at, variant)?;
            // Each unit is exposed once, whatever the square says.
            let squares = squares && !is_exposure(goal);
            let is_counted = goal.function != Function::Value;
            sums.fault(goal.function, squares).or_else(|| {
                let is_off = squares && is_counted && !sums.is_of_whole(goal.function);
                let is_wrong = is_off && self.are_counts(goals, at, goal.function);
                is_wrong.then_some(Reason::SumsContradict)
            })
        })
    }

    /// Whether the counts of a goal are whole, and no weights as of half an event: all sums are, and those of some variant are of whole numbers.
    fn are_counts(&self, goals: &[usize], at: usize, function: Function) -> bool {
        let mut all = (0..self.variants).filter_map(|variant| self.sums(goals, at, variant));
        all.all(|sums| sums.is_whole(function))
            && self
                .reached(goals, at, function)
                .any(|sums| sums.is_of_whole(function))
    }

    /// The sums of those variants that have some.
    fn reached(
        &self,
        goals: &[usize],
        at: usize,
        function: Function,
    ) -> impl Iterator<Item = &Sums> {
        let all = (0..self.variants).filter_map(move |variant| self.sums(goals, at, variant));
        all.filter(move |sums| sums.value(function) > 0.0)
    }

    /// The counts that are weights if anything, though each of their sums is whole: in no variant have whole numbers such squares.
    pub(crate) fn weights<'e>(
        &self,
        expression: &'e Expression,
        goals: &[usize],
    ) -> impl Iterator<Item = &'e Goal> {
        let named = expression.goals().iter().enumerate();
        named
            .filter(|(at, goal)| {
                let function = goal.function;
                let reached = || self.reached(goals, *at, function);
                function != Function::Value
                    && !is_exposure(goal)
                    && reached().next().is_some()
                    && reached().all(|sums| sums.is_whole(function) && !sums.is_of_whole(function))
            })
            .map(|(_, goal)| goal)
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

/// Whether it is that of being exposed, of whatever type of unit.
fn is_exposure(goal: &Goal) -> bool {
    goal.aggregation == Aggregation::Global && goal.name == EXPOSURE
}

impl Index {
    /// For at most so many goals.
    fn of(goals: usize) -> Self {
        Self {
            hashing: Folding::default(),
            slots: vec![0; (2 * goals + 1).next_power_of_two()],
        }
    }

    /// Where the goal stands; if it does not yet, it does at `next` from now on.
    fn place<'k>(
        &mut self,
        key: Key<'_>,
        dimension: impl Fn(&str) -> &'k str,
        table: &SumsTable<'_>,
        next: Option<usize>,
    ) -> Option<usize> {
        let mask = self.slots.len() - 1;
        let mut hash = self.hashing.hash_one(key);
        for name in &table.dimensions {
            hash = hash.rotate_left(5) ^ self.hashing.hash_one(dimension(name));
        }
        #[expect(clippy::cast_possible_truncation, reason = "its lower bits count")]
        let mut at = hash as usize & mask;
        loop {
            let slot = self.slots.get_mut(at)?;
            match slot.checked_sub(1) {
                Some(place) if table.is(place as usize, key, &dimension) => {
                    return Some(place as usize);
                }
                Some(_) => at = (at + 1) & mask,
                None => {
                    *slot = u32::try_from(next? + 1).ok()?;
                    return next;
                }
            }
        }
    }
}
