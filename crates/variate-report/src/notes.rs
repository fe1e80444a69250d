//! What to know of a report's numbers.

use crate::evaluate::Describing;
use crate::words;

impl Describing<'_> {
    pub(crate) fn notes(&self) -> Vec<String> {
        let mut notes = Vec::new();
        let dropped = self.builder.dropped;
        if dropped > 0 {
            notes.push(format!(
                "{} measurements were dropped and are in no number here, most likely of calls that came many at a time: give the recorder a longer queue, or count into a `Summary`",
                words::count(dropped)
            ));
        }
        if !self.is_clustered {
            notes.push(
                "each call counts by itself, since not all calls have a key: where calls of one user are alike, intervals are too narrow; `#[key]` on a parameter says who a call is for"
                    .to_owned(),
            );
        } else if self.is_counted() {
            notes.push(
                "keys are counted in up to 1,024 clusters; quantiles are taken to be as uncertain as the mean, and whether keys are split as planned, or met several arms, is not seen"
                    .to_owned(),
            );
        }
        if self.is_clustered && self.crossovers > 0 {
            notes.push(self.crossed());
        }
        if self.is_shadow() {
            notes.push(self.shadowed());
        }
        if !self.is_shadow() {
            notes.extend(self.chosen());
        }
        for arm in &self.method.arms {
            let cut_short = arm.cut_short();
            if cut_short > 0 {
                notes.push(format!(
                    "the control was done before {} in {} calls, which were cut short: these have no values, the others are its faster ones, and so it is not compared with the control; with `timeout` on the method callers wait for it that long",
                    arm.name,
                    words::count(cut_short)
                ));
            }
            let diverted = words::diverted(&arm.diverted());
            if arm.is_control && !diverted.is_empty() {
                notes.push(format!(
                    "the control also took calls that no selector can split ({diverted}): they count for no arm"
                ));
            } else if !diverted.is_empty() {
                notes.push(format!(
                    "the control took calls in place of {} ({diverted}), which count for neither arm: {} is judged by the calls that it took itself, and its users did not get it in the others",
                    arm.name, arm.name
                ));
            }
        }
        for metric in self.method.arms.iter().flat_map(|arm| &arm.metrics) {
            let note = format!("{} cannot be measured here", metric.name);
            let has_none =
                metric.rows.distribution().count() == 0 && metric.outcomes.cut_short == 0;
            if has_none && !notes.contains(&note) {
                notes.push(note);
            }
        }
        notes
    }

    /// Which calls are described, and not compared.
    fn chosen(&self) -> Option<String> {
        let chosen = self.method.arms.iter().map(|arm| (arm, arm.chosen()));
        let chosen: Vec<_> = chosen
            .filter(|(_, calls)| *calls > 0)
            .map(|(arm, calls)| format!("{} of {}", words::count(calls), arm.name))
            .collect();
        (!chosen.is_empty()).then(|| {
            format!(
                "of some calls a rule or a switch chose the arm, or no selector had an answer ({}): they are in what is said of each arm, and not in the comparison, since who is chosen differs from others; compared is what a selector split",
                chosen.join(", ")
            )
        })
    }

    /// What became of keys that met several arms.
    fn crossed(&self) -> String {
        let (some, all) = (self.crossovers, self.method.split_units());
        if self.leaves_out {
            format!(
                "{} of {} keys met several arms and are left out of the comparison: give a call the same key wherever it is for the same user, and weights that stay",
                words::count(some as u64),
                words::count(all as u64)
            )
        } else {
            "most keys met several arms, which are selected by call: intervals are rather too wide"
                .to_owned()
        }
    }

    /// How arms of a shadow are compared.
    fn shadowed(&self) -> String {
        let names: Vec<&str> = self.method.shadows.iter().map(String::as_str).collect();
        let names = names.join(", ");
        if self.is_clustered {
            format!(
                "in this shadow the control runs beside {names} and callers get its results: means and error rates are compared within the calls of each key, quantiles as if they were of different calls"
            )
        } else {
            format!(
                "in this shadow the control runs beside {names} and callers get its results: without keys they are compared as if they were of different calls, so that intervals of differences are rather too wide"
            )
        }
    }
}
