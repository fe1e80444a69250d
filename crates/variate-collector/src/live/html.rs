//! A report as one page that needs nothing else.

use std::fmt::Write as _;

use variate_stats::evaluation::{Comparison, Decision, MetricEvaluation, Reading, Role, Verdict};

use super::words::{Escaped, change, changes, count, digits, percent, probability};
use super::{Forecast, LiveEvaluation, LiveMetric, plot};
use crate::Day;

/// The style sheet of the page that a report is, for others that are to look like it.
pub const STYLE: &str = include_str!("report.css");

impl LiveEvaluation {
    /// A page with all of it: no scripts, nothing from elsewhere, light or dark as its reader has it.
    pub fn to_html(&self) -> String {
        let mut page = String::with_capacity(16 << 10);
        let name = Escaped(&self.experiment.name);
        let _ = write!(
            page,
            "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"><meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\"><title>{name}</title><style>{STYLE}</style></head><body><main><h1>{name}</h1>"
        );
        self.head(&mut page);
        self.split(&mut page);
        let all = self.evaluation.metrics.iter().zip(&self.metrics);
        for (metric, live) in all {
            self.metric(&mut page, metric, live);
        }
        self.days(&mut page);
        page.push_str("</main></body></html>\n");
        page
    }

    fn head(&self, page: &mut String) {
        let description = self
            .declared
            .as_ref()
            .and_then(|of| of.description.as_ref());
        if let Some(text) = description {
            let _ = write!(page, "<p>{}</p>", Escaped(text));
        }
        let _ = write!(
            page,
            "<p class=\"about\"><strong>{}</strong> · {}</p>",
            self.state.name(),
            Escaped(&self.about())
        );
        let conclusion = &self.evaluation.conclusion;
        let class = match conclusion.decision {
            Decision::Ship => "good",
            Decision::Invalid | Decision::Conflict | Decision::KeepControl => "bad",
            _ => "open",
        };
        let text = Escaped(&conclusion.text);
        let _ = write!(page, "<p class=\"conclusion {class}\">{text}</p>");
        let warnings = self.evaluation.warnings.iter().map(ToString::to_string);
        let problems = self.data_problems.iter().map(ToString::to_string);
        let told: Vec<String> = warnings.chain(problems).collect();
        if !told.is_empty() {
            page.push_str("<ul class=\"warnings\" aria-label=\"What to know before\">");
            for text in told {
                let _ = write!(page, "<li>{}</li>", Escaped(&text));
            }
            page.push_str("</ul>");
        }
    }

    /// When, where, whose, and how far.
    pub(crate) fn about(&self) -> String {
        let mut parts = vec![format!("Namespace {}", self.experiment.namespace)];
        if let Some(owner) = self.declared.as_ref().and_then(|of| of.owner.as_ref()) {
            parts.push(format!("owned by {owner}"));
        }
        parts.extend(self.so_far());
        parts.push(format!("as of {}", Day::of_millis(self.at)));
        parts.join(" · ")
    }

    fn split(&self, page: &mut String) {
        page.push_str("<h2>Units</h2><div class=\"scroll\" tabindex=\"0\"><table><thead><tr><th scope=\"col\">variant</th><th scope=\"col\">units</th><th scope=\"col\">share</th><th scope=\"col\">planned</th></tr></thead><tbody>");
        for of in &self.evaluation.variants {
            let _ = write!(
                page,
                "<tr><th scope=\"row\">{}</th><td>{}</td><td>{}</td><td>{}</td></tr>",
                Escaped(&of.name),
                count(of.units),
                of.share.map_or_else(none, percent),
                percent(of.planned_share)
            );
        }
        page.push_str("</tbody></table></div>");
        if let Some(ratio) = &self.evaluation.sample_ratio {
            let verdict = if ratio.is_mismatch {
                "The units are not split as planned"
            } else {
                "The split is as planned, as far as one can tell"
            };
            let _ = write!(
                page,
                "<p class=\"small\">{verdict}: p = {} for one look, {} at any time.</p>",
                probability(ratio.p_value),
                probability(ratio.always_valid_p_value)
            );
        } else {
            page.push_str("<p class=\"small\">It is not known how units were to be split.</p>");
        }
    }

    fn metric(&self, page: &mut String, metric: &MetricEvaluation, live: &LiveMetric) {
        self.metric_now(page, metric, live);
        if metric.role == Role::Primary {
            for series in &live.effects {
                if let Some(svg) = plot::over_days(series) {
                    let name = Escaped(&series.variant);
                    let _ = write!(
                        page,
                        "<h3>{name} up to each day, with its confidence sequence</h3><div class=\"scroll drawing\" tabindex=\"0\" role=\"region\" aria-label=\"{name} up to each day\">{svg}</div>"
                    );
                }
            }
        }
        let methods = methods(metric);
        let _ = write!(page, "<p class=\"small\">{}</p>", Escaped(&methods));
    }

    /// Without what it was on the days before.
    pub(crate) fn metric_now(
        &self,
        page: &mut String,
        metric: &MetricEvaluation,
        live: &LiveMetric,
    ) {
        let role = metric.role.in_words();
        let mut about = format!("{role}; {}", live.counts);
        if let Some(least) = metric.minimum_effect {
            let _ = write!(about, "; from {} on it matters", percent(least));
        }
        if metric.better == variate_stats::bayesian::Better::Less {
            about.push_str("; less is better");
        }
        let _ = write!(
            page,
            "<h2>{}</h2><p class=\"small\">{}</p>",
            Escaped(&metric.name),
            Escaped(&about)
        );
        if let Some(svg) = plot::intervals(metric) {
            page.push_str(&svg);
            let level = percent(1.0 - self.evaluation.alpha);
            let marks = match metric.minimum_effect {
                Some(_) => "; dashed: the least effect that matters",
                None => "",
            };
            let _ = write!(
                page,
                "<p class=\"small\">Thick: {level} interval for one look; thin: for looking at any time{marks}.</p>"
            );
        }
        let is_share = plot::is_relative(metric);
        page.push_str("<div class=\"scroll\" tabindex=\"0\"><table><thead><tr><th scope=\"col\">variant</th><th scope=\"col\">units</th><th scope=\"col\">value</th><th scope=\"col\">effect</th><th scope=\"col\">one look</th><th scope=\"col\">p</th><th scope=\"col\">at any time</th><th scope=\"col\">p</th><th scope=\"col\">verdict</th></tr></thead><tbody>");
        for of in &metric.variants {
            let comparison = metric.comparisons.iter().find(|c| c.variant == of.variant);
            let is_rate = matches!(live.metric.kind, variate::MetricKind::Conversion { .. });
            let value = |value| {
                if is_rate {
                    percent(value)
                } else {
                    digits(value)
                }
            };
            let _ = write!(
                page,
                "<tr><th scope=\"row\">{}</th><td>{}</td><td>{}</td>",
                Escaped(&of.variant),
                count(of.units),
                of.value.map_or_else(none, value)
            );
            match comparison {
                Some(comparison) => self.comparison(page, comparison, is_share),
                None => page
                    .push_str("<td>control</td><td></td><td></td><td></td><td></td><td></td></tr>"),
            }
        }
        page.push_str("</tbody></table></div>");
        for comparison in &metric.comparisons {
            if let Some(reason) = &comparison.reason {
                let text = format!("{}: {reason}", comparison.variant);
                let _ = write!(page, "<p class=\"small\">{}</p>", Escaped(&text));
            }
        }
        for (forecast, of) in live.forecasts.iter().zip(&metric.comparisons) {
            if let Some(text) = self.in_words(forecast, of) {
                let _ = write!(page, "<p class=\"small\">{}</p>", Escaped(&text));
            }
        }
    }

    fn comparison(&self, page: &mut String, comparison: &Comparison, is_share: bool) {
        let effect = plot::shown(comparison, is_share);
        let decides = |is_it: bool| if is_it { "<strong>" } else { "" };
        let end = |is_it: bool| if is_it { "</strong>" } else { "" };
        let (fixed, always) = match self.evaluation.reading {
            Reading::Fixed | Reading::GroupSequential => (true, false),
            Reading::AlwaysValid => (false, true),
        };
        let cell = |text: String, is_it: bool| {
            format!(
                "<td>{}{}{}</td>",
                decides(is_it),
                Escaped(&text),
                end(is_it)
            )
        };
        let of = |text: Option<String>| text.unwrap_or_else(none);
        page.push_str(&cell(
            of(effect.map(|of| change(of.fixed.effect, is_share))),
            false,
        ));
        page.push_str(&cell(
            of(effect.map(|of| changes(of.fixed.interval, is_share))),
            fixed,
        ));
        page.push_str(&cell(of(comparison.p_value.map(probability)), fixed));
        page.push_str(&cell(
            of(effect.map(|of| changes(of.always_valid.interval, is_share))),
            always,
        ));
        page.push_str(&cell(
            of(comparison.always_valid_p_value.map(probability)),
            always,
        ));
        let _ = write!(
            page,
            "<td class=\"{}\">{}</td></tr>",
            plot::class(comparison.verdict),
            verdict(comparison.verdict)
        );
    }

    fn days(&self, page: &mut String) {
        const MOST: usize = 60;
        if self.exposures.is_empty() {
            return;
        }
        page.push_str("<h2>New units by day</h2><div class=\"scroll\" tabindex=\"0\"><table><thead><tr><th scope=\"col\">day</th>");
        for of in &self.evaluation.variants {
            let _ = write!(page, "<th scope=\"col\">{}</th>", Escaped(&of.name));
        }
        page.push_str("<th scope=\"col\">crossovers</th></tr></thead><tbody>");
        let skipped = self.exposures.len().saturating_sub(MOST);
        for of in self.exposures.iter().skip(skipped) {
            let is_open = of.day == Day::of_millis(self.at);
            let so_far = if is_open { " (not over)" } else { "" };
            let _ = write!(page, "<tr><th scope=\"row\">{}{so_far}</th>", of.day);
            for units in &of.units {
                let _ = write!(page, "<td>{units}</td>");
            }
            let _ = write!(page, "<td>{}</td></tr>", of.crossovers);
        }
        page.push_str("</tbody></table></div>");
        if skipped > 0 {
            let _ = write!(
                page,
                "<p class=\"small\">The last {MOST} days; {skipped} before them are left out.</p>"
            );
        }
    }
}

/// How a metric was computed.
pub(crate) fn methods(metric: &MetricEvaluation) -> String {
    format!(
        "{}. At any time: {}. p-values are adjusted by {}.",
        metric.methods.fixed, metric.methods.always_valid, metric.methods.adjustment
    )
}

impl LiveEvaluation {
    /// What a comparison can show, in sentences.
    fn in_words(&self, forecast: &Forecast, of: &Comparison) -> Option<String> {
        let mut text = format!("{}:", forecast.variant);
        let before = text.len();
        let once = if self.read_on.is_some() {
            ""
        } else {
            " in a test that is read once"
        };
        if let Some(of) = forecast.power {
            let _ = write!(
                text,
                " with {} units the power is {}{once}.",
                count(forecast.units),
                percent(of)
            );
        }
        if let Some(of) = forecast.detectable_effect {
            let _ = write!(
                text,
                " These units show an effect of {} with a power of {}.",
                percent(of),
                percent(self.plan.power)
            );
        }
        if let Some(needed) = self.needed(forecast, of) {
            let it = if needed.is_at_any_time {
                "Read at any time, it"
            } else {
                "It"
            };
            let days = self.days_of(&needed);
            let colon = if days.is_empty() { "" } else { ": " };
            let units = count(needed.units);
            let _ = write!(text, " {it} takes {units} units of both{colon}{days}.");
            if let Some(once) = needed.once {
                let once = count(once);
                let _ = write!(text, " Read once at a planned end, it takes {once}.");
            }
        }
        (text.len() > before).then_some(text)
    }
}

pub(super) const fn verdict(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Better => "better",
        Verdict::Worse => "worse",
        Verdict::Equivalent => "no difference that matters",
        Verdict::NotWorse => "not worse",
        Verdict::Undecided => "undecided",
        _ => "not measured",
    }
}

fn none() -> String {
    "–".to_owned()
}
