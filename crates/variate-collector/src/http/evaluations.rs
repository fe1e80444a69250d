use std::fmt::{self, Write};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use variate_stats::ep_stats::Answer;

/// What evaluations came to, by the names that Ep-Stats has for it.
#[derive(Debug, Default)]
pub(super) struct Evaluations {
    requests: AtomicU64,
    successes: AtomicU64,
    errors: AtomicU64,
    check_errors: AtomicU64,
    /// Of requests that say that they only measure, and of others.
    measuring: Durations,
    others: Durations,
}

#[derive(Debug, Default)]
struct Durations {
    whole: Summary,
    query: Summary,
    computation: Summary,
}

#[derive(Debug, Default)]
struct Summary {
    count: AtomicU64,
    micros: AtomicU64,
}

impl Summary {
    fn see(&self, took: Duration) {
        let micros = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        self.count.fetch_add(1, Ordering::Relaxed);
        self.micros.fetch_add(micros, Ordering::Relaxed);
    }
}

type Of = fn(&Durations) -> &Summary;

impl Evaluations {
    /// An evaluation was answered; `queried` is how long its goals took.
    pub(super) fn answered(&self, answer: &Answer, took: Duration, queried: Duration) {
        self.requests.fetch_add(1, Ordering::Relaxed);
        let result = if answer.status == 200 {
            &self.successes
        } else {
            &self.errors
        };
        result.fetch_add(1, Ordering::Relaxed);
        let failed = u64::try_from(answer.failed_checks).unwrap_or(u64::MAX);
        self.check_errors.fetch_add(failed, Ordering::Relaxed);
        let durations = if answer.is_performance_test {
            &self.measuring
        } else {
            &self.others
        };
        durations.whole.see(took);
        durations.query.see(queried);
        durations.computation.see(took.saturating_sub(queried));
    }

    /// One was not answered.
    pub(super) fn failed(&self) {
        self.requests.fetch_add(1, Ordering::Relaxed);
        self.errors.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn write(&self, out: &mut String) -> fmt::Result {
        for (name, help, counter) in [
            (
                "evaluation_requests",
                "Evaluations asked for.",
                &self.requests,
            ),
            (
                "evaluation_successes",
                "Evaluations that were answered with 200.",
                &self.successes,
            ),
            (
                "evaluation_errors",
                "Evaluations that were not.",
                &self.errors,
            ),
            (
                "check_evaluation_errors",
                "Checks that could not be done.",
                &self.check_errors,
            ),
        ] {
            let count = counter.load(Ordering::Relaxed);
            let name = format!("ep_stats_{name}_total");
            writeln!(
                out,
                "# HELP {name} {help}\n# TYPE {name} counter\n{name} {count}"
            )?;
        }
        let summaries: [(&str, &str, Of); 3] = [
            ("evaluation", "Time of evaluations.", |of| &of.whole),
            ("query", "Time for their goals.", |of| &of.query),
            ("stats_computation", "Time for the rest of them.", |of| {
                &of.computation
            }),
        ];
        for (name, help, of) in summaries {
            let name = format!("ep_stats_{name}_duration_seconds");
            writeln!(out, "# HELP {name} {help}\n# TYPE {name} summary")?;
            for (label, durations) in [("False", &self.others), ("True", &self.measuring)] {
                let summary = of(durations);
                let label = format!("{{is_performance_test=\"{label}\"}}");
                let micros = summary.micros.load(Ordering::Relaxed);
                let (seconds, rest) = (micros / 1_000_000, micros % 1_000_000);
                let count = summary.count.load(Ordering::Relaxed);
                writeln!(
                    out,
                    "{name}_sum{label} {seconds}.{rest:06}\n{name}_count{label} {count}"
                )?;
            }
        }
        Ok(())
    }
}
