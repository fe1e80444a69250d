//! `variate sample-size`: how many units an experiment needs.

use clap::Args;
use serde_json::{Value, json};
use variate_stats::ep_stats::{Settings, sample_size_json};

use crate::evaluate::{EvaluateError, count, percent, today};
use crate::report::Report;

pub(crate) const EXAMPLES: &str = "Examples:
  variate sample-size --mean 0.1 --minimum-effect 0.05
  variate sample-size --mean 12.5 --std 30 --minimum-effect 0.02 --variants 3 --json

Without --std the mean is a rate. The effect is relative: 0.05 of a rate of 0.1 is a rate of 0.105, and -0.05 one of 0.095. `variate simulate` tries an
experiment of a catalogue: how often it finds such an effect, and when.

The exit code is 0, or 2 where the numbers make no sense.";

/// Of a variant, as many as `variate power` plans with.
const MOST_UNITS: f64 = 1e15;

#[derive(Debug, Args)]
pub(crate) struct SampleSizeArguments {
    /// The mean of control, or the rate
    #[arg(long, allow_negative_numbers = true)]
    mean: f64,
    /// The standard deviation between units
    #[arg(long, allow_negative_numbers = true)]
    std: Option<f64>,
    /// The smallest relative effect that is to be found; below 0 a fall
    #[arg(long, value_name = "EFFECT", allow_negative_numbers = true)]
    minimum_effect: f64,
    /// How many variants, control among them
    #[arg(
        long,
        value_name = "COUNT",
        default_value_t = 2,
        allow_negative_numbers = true
    )]
    variants: i64,
    /// The level of the test
    #[arg(
        long,
        value_name = "LEVEL",
        default_value_t = 0.95,
        allow_negative_numbers = true
    )]
    confidence_level: f64,
    /// How probable it shall be to find it
    #[arg(long, default_value_t = 0.8, allow_negative_numbers = true)]
    power: f64,
    /// Answer as Ep-Stats does
    #[arg(long)]
    compat: bool,
    /// Print what POST /sample-size-calculation answers, to "mode": "corrected" without --compat
    #[arg(long)]
    json: bool,
}

impl SampleSizeArguments {
    pub(crate) fn report(&self) -> Result<Report, EvaluateError> {
        let mode = if self.compat && self.json {
            "compat"
        } else {
            "corrected"
        };
        let request = json!({
            "n_variants": self.variants, "minimum_effect": self.minimum_effect, "mean": self.mean, "std": self.std,
            "confidence_level": self.confidence_level, "power": self.power, "mode": mode,
        });
        let answer = sample_size_json(request.to_string().as_bytes(), &Settings::new(today()));
        let body: Value = serde_json::from_str(&answer.body).unwrap_or_default();
        let reason = body.get("reason").and_then(Value::as_str);
        let size = body.get("sample_size_per_variant").and_then(Value::as_f64);
        if self.json {
            // Without a size there is a reason, but in compat mode.
            let is_good = answer.status == 200 && reason.is_none();
            let text = answer.body + "\n";
            return Ok(Report { text, is_good });
        }
        if answer.status != 200 {
            return Err(EvaluateError::Refused(answer.message));
        }
        let refused = |why: &str| Err(EvaluateError::Refused(why.to_owned()));
        let text = match (size, reason) {
            (Some(size), _) if size > MOST_UNITS => {
                return refused("minimum effect is too small: 1e15 units do not show it");
            }
            (Some(size), _) => format!(
                "{} units in each of {} variants find a relative effect of {} with a probability of {}, at a level of {}.\n",
                count(Some(size)),
                self.variants,
                percent(self.minimum_effect),
                percent(self.power),
                percent(self.confidence_level)
            ),
            (None, Some("no_difference")) => {
                return refused("no number of units is enough: there is no difference to find");
            }
            (None, Some("no_such_rate")) => {
                return refused(
                    "there is no such rate: with the effect it is not between 0 and 1; with --std the mean is no rate",
                );
            }
            _ => return refused("these numbers give none"),
        };
        Ok(Report {
            text,
            is_good: true,
        })
    }
}
