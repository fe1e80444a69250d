//! The report as one page that needs nothing else.

use std::fmt::Write as _;

use variate::MetricRole;
use variate_collector::live::STYLE;
use variate_stats::words::{Escaped, count, digits, probability, rounded_percent as percent};

use crate::answer::{
    Comparison, End, ExperimentReport, Pairs, Relation, Report, Runs, Share, Split,
};
use crate::plot;

impl Report {
    /// A page with all of it: no scripts, nothing from elsewhere, light or dark as its reader has it.
    pub fn to_html(&self) -> String {
        let mut page = String::with_capacity(16 << 10);
        let _ = write!(
            page,
            "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"><meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\"><title>Simulation</title><style>{STYLE}{}</style></head><body><main><h1>Simulation</h1><p class=\"about\">{} units met every experiment · seed {}</p>",
            plot::STYLE,
            count(self.units),
            self.seed
        );
        self.problems(&mut page);
        for of in &self.experiments {
            experiment(&mut page, of);
        }
        pairs(&mut page, &self.pairs);
        if !self.assumptions.is_empty() {
            page.push_str("<h2>Assumed</h2><ul>");
            for of in &self.assumptions {
                let _ = write!(page, "<li>{}</li>", Escaped(&of.to_string()));
            }
            page.push_str("</ul>");
        }
        page.push_str("</main></body></html>\n");
        page
    }

    fn problems(&self, page: &mut String) {
        if self.problems.is_empty() {
            page.push_str("<p class=\"conclusion good\">Nothing is wrong, as far as a simulation can tell.</p>");
            return;
        }
        page.push_str("<ul class=\"warnings\" aria-label=\"What is wrong\">");
        for of in &self.problems {
            let _ = write!(page, "<li>{}</li>", Escaped(&of.to_string()));
        }
        page.push_str("</ul>");
    }
}

fn table(page: &mut String, head: &[&str], rows: impl Iterator<Item = Vec<String>>) {
    table_as(page, "<table>", head, rows);
}

fn table_as(page: &mut String, tag: &str, head: &[&str], rows: impl Iterator<Item = Vec<String>>) {
    let _ = write!(
        page,
        "<div class=\"scroll\" tabindex=\"0\">{tag}<thead><tr>"
    );
    for of in head {
        let _ = write!(page, "<th scope=\"col\">{of}</th>");
    }
    page.push_str("</tr></thead><tbody>");
    for row in rows {
        page.push_str("<tr>");
        for (at, cell) in row.iter().enumerate() {
            let cell = Escaped(cell);
            let _ = match at {
                0 => write!(page, "<th scope=\"row\">{cell}</th>"),
                _ => write!(page, "<td>{cell}</td>"),
            };
        }
        page.push_str("</tr>");
    }
    page.push_str("</tbody></table></div>");
}

fn experiment(page: &mut String, of: &ExperimentReport) {
    let _ = write!(page, "<h2>{}</h2>", Escaped(&of.name));
    split(page, &of.split);
    match (&of.runs, &of.reason) {
        (Some(runs), _) => {
            // Wider than a phone.
            let _ = write!(
                page,
                "<div class=\"scroll drawing\" tabindex=\"0\" role=\"region\" aria-label=\"Runs of {} by day\">{}</div>",
                Escaped(&of.name),
                plot::panel(&of.name, runs)
            );
            alike(page, runs);
            better(page, runs);
        }
        (None, Some(reason)) => {
            let _ = write!(page, "<p>Not simulated: {}.</p>", Escaped(reason));
        }
        (None, None) => {}
    }
}

fn split(page: &mut String, split: &Split) {
    let _ = write!(
        page,
        "<p>{} of {} units take part ({}).",
        count(split.taking_part),
        count(split.units),
        percent(split.share())
    );
    for of in &split.left_out {
        let _ = write!(page, " {}: {}.", Escaped(&of.reason), count(of.units));
    }
    page.push_str("</p>");
    let rows = split.variants.iter().map(|of| {
        vec![
            of.name.clone(),
            count(of.units),
            of.share.map_or_else(none, percent),
            of.planned_share.map_or_else(none, percent),
        ]
    });
    table(page, &["variant", "units", "share", "planned"], rows);
    let verdict = match split.p_value {
        None => "No shares are planned.".to_owned(),
        Some(p_value) if split.is_mismatch => {
            format!(
                "The units are not split as planned: p = {}.",
                probability(p_value)
            )
        }
        Some(p_value) => format!("The split is as planned: p = {}.", probability(p_value)),
    };
    let _ = write!(page, "<p class=\"small\">{verdict}</p>");
}

/// 4.1 % (3 % to 5.5 %).
fn share(of: Share) -> String {
    format!(
        "{} ({} to {})",
        percent(of.share),
        percent(of.lower),
        percent(of.upper)
    )
}

fn alike(page: &mut String, runs: &Runs) {
    let end = match runs.end {
        End::Units { units } => format!("read at {} units", count(units)),
        End::Days { days } => format!("read after {days} days"),
        _ => "read at any time".to_owned(),
    };
    let _ = write!(
        page,
        "<h3>If nothing differed</h3><p class=\"small\">{} runs of {} days with {} units a day, {end}, looked at daily; the level is {}.</p>",
        count(runs.runs),
        digits(runs.days),
        count(runs.daily),
        percent(runs.alpha)
    );
    let alike = &runs.alike;
    let mut rows = vec![
        vec![
            "the plan calls a variant better or worse".to_owned(),
            share(alike.wrong),
        ],
        vec![
            "the test that holds at any time, alone".to_owned(),
            share(alike.always_valid),
        ],
        vec![
            "the fixed test, once, at the end".to_owned(),
            share(alike.fixed_once),
        ],
        vec![
            "the fixed test, looked at daily".to_owned(),
            share(alike.fixed_daily),
        ],
    ];
    if let Some(of) = alike.guardrails {
        rows.push(vec![
            "a guardrail is called better or worse".to_owned(),
            share(of),
        ]);
    }
    rows.push(vec![
        "the split is called wrong".to_owned(),
        share(alike.invalid),
    ]);
    table(
        page,
        &["false alarms", "of the runs (95 %)"],
        rows.into_iter(),
    );
}

fn better(page: &mut String, runs: &Runs) {
    page.push_str("<h3>If one variant had the effect</h3>");
    let head = [
        "metric",
        "variant",
        "baseline",
        "effect",
        "found at the end",
        "found on any day",
        "half by day",
        "theory",
        "units needed",
        "days needed",
    ];
    let rows = runs.better.comparisons.iter().map(|of: &Comparison| {
        let theory = of.theory;
        vec![
            match of.role {
                // Whose harmlessness is found.
                MetricRole::Guardrail => format!("{} (not worse)", of.metric),
                _ => of.metric.clone(),
            },
            of.variant.clone(),
            of.baseline.to_string(),
            change(of.effect),
            share(of.at_end),
            share(of.ever),
            of.median_day.map_or_else(none, |day| day.to_string()),
            theory.map_or_else(none, |of| percent(of.power)),
            theory.map_or_else(none, |of| count(of.units_needed)),
            theory
                .and_then(|of| of.days_needed)
                .map_or_else(none, count),
        ]
    });
    // Ten columns, which fit where intervals may stand below their shares.
    table_as(page, "<table class=\"effects\">", &head, rows);
    if let Some(text) = runs.read_once() {
        let _ = write!(page, "<p class=\"small\">{}</p>", Escaped(&text));
    }
    let decided = &runs.better.decided;
    let _ = write!(
        page,
        "<p class=\"small\">Who stops at the first decision ships it in {} of the runs, decides wrongly in {}, and finds nothing in {}; that takes {} days on average.</p>",
        share(decided.shipped),
        share(decided.wrong),
        share(decided.open),
        digits(decided.mean_days)
    );
}

fn change(effect: f64) -> String {
    let sign = if effect > 0.0 { "+" } else { "" };
    format!("{sign}{}", percent(effect))
}

fn pairs(page: &mut String, pairs: &Pairs) {
    if pairs.all == 0 {
        return;
    }
    let _ = write!(
        page,
        "<h2>Between experiments</h2><p class=\"small\">{} {}, {} units: {} tested, {} that never meet.</p>",
        count(pairs.all),
        if pairs.all == 1 { "pair" } else { "pairs" },
        count(pairs.units),
        count(pairs.tested),
        count(pairs.exclusive)
    );
    let rows = pairs.pairs.iter().map(|of| {
        let relation = match &of.relation {
            Relation::Exclusive { layer: Some(layer) } => format!("never meet: layer {layer}"),
            Relation::Exclusive { layer: None } => "never meet: layers".to_owned(),
            Relation::TooFew => "too few units in both".to_owned(),
            Relation::Independent => "independent".to_owned(),
            Relation::Dependent => "DEPENDENT".to_owned(),
        };
        vec![
            format!("{} and {}", of.first, of.second),
            count(of.both),
            of.cramers_v.map_or_else(none, digits),
            of.adjusted_p_value.map_or_else(none, probability),
            relation,
        ]
    });
    let head = [
        "experiments",
        "units in both",
        "Cramér's V",
        "p, adjusted",
        "",
    ];
    table(page, &head, rows);
}

fn none() -> String {
    "–".to_owned()
}
