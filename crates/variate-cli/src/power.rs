//! `variate power`: what an experiment can show, and how long it takes.

use std::fmt::Write as _;

use clap::Args;
use serde::Serialize;
use variate_stats::power::{
    Design, Effect, Outcome, Traffic, group_sequential_inflation, group_sequential_power,
};
use variate_stats::sequential::WangTsiatis;
use variate_stats::{ArgumentError, Side};

use crate::evaluate::{EvaluateError, count, percent};
use crate::report::{Report, json};

pub(crate) const EXAMPLES: &str = "Examples:
  variate power --mean 0.1 --minimum-effect 0.05
  variate power --mean 0.1 --minimum-effect 0.05 --units-a-day 8000 --looks 5
  variate power --mean 12.5 --std 30 --units 20000
  variate power --mean 12.5 --std 30 --minimum-effect 0.02 --units 20000 --json

Without --units it tells how many are needed for the effect; with them, the least effect that they show, and how probable it
is that they show the one of --minimum-effect. Without --std the mean is a rate. Unlike `variate sample-size`, which has
Ep-Stats' formula, means are planned for a t test, and looks before the end are counted in.

The exit code is 0, or 2 where the numbers make no sense.";

#[derive(Debug, Args)]
pub(crate) struct PowerArguments {
    /// The mean of control, or the rate
    #[arg(long, allow_negative_numbers = true)]
    mean: f64,
    /// The standard deviation between units
    #[arg(long, allow_negative_numbers = true)]
    std: Option<f64>,
    /// The smallest effect that is to be found, relative to the mean
    #[arg(
        long,
        value_name = "EFFECT",
        allow_negative_numbers = true,
        required_unless_present = "units"
    )]
    minimum_effect: Option<f64>,
    /// The effect is a difference, and not relative
    #[arg(long)]
    absolute: bool,
    /// So many units of control there are
    #[arg(long, value_name = "COUNT", allow_negative_numbers = true)]
    units: Option<f64>,
    /// How many variants, control among them; each treatment is tested at the level by their number
    #[arg(long, value_name = "COUNT", default_value_t = 2, value_parser = clap::value_parser!(u32).range(2..))]
    variants: u32,
    /// The level of the test
    #[arg(
        long,
        value_name = "LEVEL",
        default_value_t = 0.95,
        allow_negative_numbers = true
    )]
    confidence_level: f64,
    /// How probable it shall be to find the effect
    #[arg(long, default_value_t = 0.8, allow_negative_numbers = true)]
    power: f64,
    /// How often the experiment is looked at, at even distances, with O'Brien's and Fleming's boundaries
    #[arg(long, value_name = "COUNT", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=100))]
    looks: u32,
    /// How many units come a day, all variants together
    #[arg(long, value_name = "COUNT", allow_negative_numbers = true)]
    units_a_day: Option<f64>,
    /// One JSON object instead of a text for people
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Plan {
    /// Of each variant; what is needed, or what there is.
    units_per_variant: f64,
    total: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    power: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    minimum_effect: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    minimum_relative_effect: Option<f64>,
    /// How many times the units of an experiment without looks.
    inflation: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    days: Option<u64>,
}

impl PowerArguments {
    pub(crate) fn report(&self) -> Result<Report, EvaluateError> {
        let plan = self.plan();
        let plan = plan.map_err(|error| EvaluateError::Refused(error.to_string()))?;
        let text = if self.json {
            json(&plan)
        } else {
            self.text(&plan)
        };
        Ok(Report {
            text,
            is_good: true,
        })
    }

    fn plan(&self) -> Result<Plan, ArgumentError> {
        let outcome = match self.std {
            Some(std) => Outcome::mean(self.mean, std)?,
            None => Outcome::rate(self.mean)?,
        };
        let effect = self.minimum_effect.map(|effect| {
            if self.absolute {
                Effect::Absolute(effect)
            } else {
                Effect::Relative(effect)
            }
        });
        let design = self.design(Side::Both)?;
        if self.power <= 1.0 - self.confidence_level {
            return Err(ArgumentError::Range {
                name: "power",
                value: self.power,
                expected: "a number above the level of error and below 1, such as 0.8",
            });
        }
        let once = design;
        let inflation = self.inflation(design.level())?;
        let design = design.with_inflation(inflation)?;
        let variants = f64::from(self.variants);
        let plan = match (self.units, effect) {
            (Some(units), effect) => {
                // Of a rate a fall takes other units than a rise. The other tail of two sides is nothing.
                let design = if self.minimum_effect.is_some_and(|effect| effect < 0.0) {
                    self.design(Side::Less)?.with_inflation(inflation)?
                } else {
                    design
                };
                let least = design.minimum_effect(&outcome, units)?;
                let relative = least / self.mean.abs();
                Plan {
                    units_per_variant: units,
                    total: units * variants,
                    power: effect
                        .map(|effect| self.over_looks(&once, once.power(&outcome, effect, units)?))
                        .transpose()?,
                    minimum_effect: Some(least),
                    minimum_relative_effect: Some(relative).filter(|effect| effect.is_finite()),
                    inflation,
                    days: None,
                }
            }
            (None, effect) => {
                let effect = effect.unwrap_or(Effect::Relative(0.0));
                let size = design.sample_size(&outcome, effect)?;
                let days = self
                    .units_a_day
                    .map(|units| Traffic::new(units)?.days(size.total));
                #[allow(clippy::cast_precision_loss, reason = "counts become floats")]
                Plan {
                    units_per_variant: size.control as f64,
                    total: size.total as f64,
                    power: None,
                    minimum_effect: None,
                    minimum_relative_effect: None,
                    inflation,
                    days: days.transpose()?,
                }
            }
        };
        Ok(plan)
    }

    /// Of a test on two sides, or of the one side of it.
    fn design(&self, side: Side) -> Result<Design, ArgumentError> {
        let level = 1.0 - self.confidence_level;
        let level = if side == Side::Both {
            level
        } else {
            level / 2.0
        };
        Design::new(level, side)?
            .with_power(self.power)?
            .with_treatments(self.variants - 1)
    }

    /// What looks before the end cost.
    fn inflation(&self, level: f64) -> Result<f64, ArgumentError> {
        if self.looks < 2 {
            return Ok(1.0);
        }
        let times = self.times();
        let plan = WangTsiatis::obrien_fleming(level, times.len())?;
        group_sequential_inflation(&times, plan.boundaries(), level, self.power)
    }

    /// The power of all looks, from that of the last one alone.
    fn over_looks(&self, design: &Design, once: f64) -> Result<f64, ArgumentError> {
        if self.looks < 2 {
            return Ok(once);
        }
        let (times, level) = (self.times(), design.level());
        let plan = WangTsiatis::obrien_fleming(level, times.len())?;
        group_sequential_power(&times, plan.boundaries(), level, once.max(level))
    }

    fn times(&self) -> Vec<f64> {
        (1..=self.looks)
            .map(|look| f64::from(look) / f64::from(self.looks))
            .collect()
    }

    fn text(&self, plan: &Plan) -> String {
        let mut text = format!(
            "{} units in each of {} variants, {} in all",
            count(Some(plan.units_per_variant)),
            self.variants,
            count(Some(plan.total))
        );
        if let Some(days) = plan.days {
            let _ = write!(text, ": {} days", count(Some(days_as_float(days))));
        }
        let level = percent(self.confidence_level);
        let power = percent(self.power);
        match (plan.minimum_effect, self.minimum_effect) {
            (None, effect) => {
                let effect = effect.map(|effect| self.effect(effect)).unwrap_or_default();
                let _ = writeln!(
                    text,
                    ",\nfind an effect of {effect} with a probability of {power}, at a level of {level}."
                );
            }
            (Some(least), effect) => {
                let relative = plan.minimum_relative_effect.map(percent);
                let relative = relative.map_or_else(String::new, |text| format!(" ({text})"));
                let _ = writeln!(
                    text,
                    ",\nfind a difference of {least:.6}{relative} or more with a probability of {power}, at a level of {level}."
                );
                if let Some((effect, power)) = effect.zip(plan.power) {
                    let _ = writeln!(
                        text,
                        "An effect of {} they find with a probability of {}.",
                        self.effect(effect),
                        percent(power)
                    );
                }
            }
        }
        if self.looks > 1 {
            let _ = writeln!(
                text,
                "With {} looks that takes {:.4} times the units of one.",
                self.looks, plan.inflation
            );
        }
        text
    }

    fn effect(&self, effect: f64) -> String {
        if self.absolute {
            effect.to_string()
        } else {
            percent(effect)
        }
    }
}

#[allow(clippy::cast_precision_loss, reason = "for showing")]
fn days_as_float(days: u64) -> f64 {
    days as f64
}
