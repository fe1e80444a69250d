//! Who meets the experiments.

use std::fmt::Write as _;

use variate::Context;
use variate_stats::random::Random;

/// Where simulated units come from.
pub(crate) struct Units {
    pub(crate) seed: u64,
    /// The keys that tell units apart.
    pub(crate) keys: Vec<String>,
    /// Seen contexts, if any are given.
    pub(crate) contexts: Vec<Context<'static>>,
}

/// Makes one context after the other, without an allocation for each.
pub(crate) struct Maker<'u> {
    units: &'u Units,
    run: u64,
    random: Random,
    name: String,
    /// How much of the name all units of the run have.
    shared: usize,
}

impl Units {
    /// Those of a run: no two runs have the same. Run 0 has the contexts as they are.
    pub(crate) fn of_run(&self, run: u64) -> Maker<'_> {
        let mut name = String::with_capacity(72);
        // Writing into a `String` cannot fail.
        let _ = write!(name, "simulated-{}-{run}-", self.seed);
        Maker {
            units: self,
            run,
            random: Random::of(self.seed, "contexts", run),
            shared: name.len(),
            name,
        }
    }
}

impl Maker<'_> {
    /// Calls `ask` with the context of a unit.
    pub(crate) fn with<R>(&mut self, number: u64, ask: impl FnOnce(&Context<'_>) -> R) -> R {
        let Units { keys, contexts, .. } = self.units;
        if self.run == 0
            && let Some(context) = usize::try_from(number).ok().and_then(|at| contexts.get(at))
        {
            return ask(context);
        }
        self.name.truncate(self.shared);
        let _ = write!(self.name, "{number}");
        let seen = self.random.below(contexts.len() as u64);
        let seen = usize::try_from(seen).ok().and_then(|at| contexts.get(at));
        // In a context that was seen, whom it is about is somebody else; what else is said stays.
        let mut context: Context<'_> = seen.cloned().unwrap_or_default();
        for key in keys {
            context.insert(key.as_str(), self.name.as_str());
        }
        ask(&context)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a failure in a test is a panic")]
mod tests {
    use super::*;

    fn units(contexts: Vec<Context<'static>>) -> Units {
        Units {
            seed: 3,
            keys: vec!["user_id".to_owned()],
            contexts,
        }
    }

    fn text(maker: &mut Maker<'_>, number: u64, key: &str) -> String {
        let entry = |context: &Context<'_>| Some(context.get(key)?.as_str()?.to_owned());
        maker.with(number, entry).unwrap_or_default()
    }

    #[test]
    fn no_two_runs_have_the_same_units() {
        let units = units(Vec::new());
        assert_eq!(text(&mut units.of_run(0), 7, "user_id"), "simulated-3-0-7");
        assert_eq!(text(&mut units.of_run(2), 7, "user_id"), "simulated-3-2-7");
    }

    #[test]
    fn contexts_are_taken_as_they_are_and_in_runs_with_other_names() {
        let seen =
            ["DE", "FR"].map(|country| Context::from([("user_id", "42"), ("country", country)]));
        let units = units(seen.to_vec());
        assert_eq!(text(&mut units.of_run(0), 1, "user_id"), "42");
        assert_eq!(text(&mut units.of_run(0), 1, "country"), "FR");
        let mut run = units.of_run(1);
        assert_eq!(text(&mut run, 0, "user_id"), "simulated-3-1-0");
        let countries: Vec<String> = (0..50).map(|at| text(&mut run, at, "country")).collect();
        assert!(
            ["DE", "FR"]
                .iter()
                .all(|of| countries.iter().any(|is| is == of))
        );
        assert!(run.with(0, |context| context.get("user_id").is_some()
            && context.len() == 2));
    }
}
