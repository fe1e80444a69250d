//! From single measurements, or a summary, to what was measured of each method.

use std::collections::{BTreeMap, HashMap};

use variate::Key;
use variate::component::{Measurement, OutcomeCounts, SummaryOf, WallTime};

use crate::rows::{ArmRows, MethodRows, MetricRows, Row, Rows};

/// From measurements in any order.
pub(crate) fn measurements<'m>(
    measurements: impl IntoIterator<Item = &'m Measurement>,
) -> Vec<MethodRows> {
    let mut methods: Vec<MethodRows> = Vec::new();
    let mut units: HashMap<(usize, &Key), usize> = HashMap::new();
    // Which arm was last selected for each unit.
    let mut seen: Vec<Vec<Option<usize>>> = Vec::new();
    for of in measurements {
        let at = method(&mut methods, &of.experiment, &of.method);
        if seen.len() < methods.len() {
            seen.push(Vec::new());
        }
        let (Some(method), Some(seen)) = (methods.get_mut(at), seen.get_mut(at)) else {
            continue;
        };
        let unit = of.key.as_ref().map(|key| {
            *units.entry((at, key)).or_insert_with(|| {
                seen.push(None);
                method.arms_of_units.push(0);
                seen.len() - 1
            })
        });
        let ran = arm(&mut method.arms, &of.arm, of.is_control);
        let selected = match &of.selected_arm {
            None => ran,
            Some(selected) => arm(&mut method.arms, selected, false),
        };
        // As `Selection::of` says. An arm that was chosen is not the unit's own.
        let is_chosen = matches!(
            &*of.reason,
            "rule" | "forced" | "segment" | "unknown_arm" | "no_answer" | "selector_panicked"
        );
        if let Some(unit) = unit
            && !is_chosen
            && let (Some(seen), Some(arms)) =
                (seen.get_mut(unit), method.arms_of_units.get_mut(unit))
            && *seen != Some(selected)
        {
            // A unit that goes back and forth is in several arms, too.
            *seen = Some(selected);
            *arms += 1;
        }
        let beside = match &of.selected_arm {
            Some(selected) if of.reason == "shadow" => {
                let shadows = &mut method.shadows;
                let at = shadows.iter().position(|arm| arm == selected);
                Some(at.unwrap_or_else(|| {
                    shadows.push(selected.clone());
                    shadows.len() - 1
                }))
            }
            // Nobody's calls are not split, and what another arm did in its place says nothing of either.
            _ if of.selected_arm.is_some() || (of.key.is_none() && of.reason == "no_key") => {
                if let Some(arm) = method.arms.get_mut(selected) {
                    let of = (of.reason.to_string(), of.metric.to_string());
                    *arm.diverted.entry(of).or_default() += 1;
                }
                continue;
            }
            _ => None,
        };
        let Some(arm) = method.arms.get_mut(ran) else {
            continue;
        };
        let at = metric(&mut arm.metrics, &of.metric, &of.unit);
        let Some(metric) = arm.metrics.get_mut(at) else {
            continue;
        };
        metric.outcomes.add(&of.outcome);
        if !is_chosen {
            metric.split.add(&of.outcome);
        }
        if let Rows::Each(rows) = &mut metric.rows {
            rows.push(Row {
                // What was measured until nobody waited any longer is no value of the arm.
                value: of
                    .value
                    .filter(|value| value.is_finite() && of.outcome != "cut_short"),
                is_failure: of.is_failure(),
                unit,
                beside,
                is_chosen,
            });
        }
    }
    for method in &mut methods {
        order(method);
    }
    methods
}

/// From what was counted.
pub(crate) fn summary(all: Vec<SummaryOf>) -> Vec<MethodRows> {
    let mut methods: Vec<MethodRows> = Vec::new();
    for of in all {
        let at = method(&mut methods, &of.experiment, &of.method);
        let Some(method) = methods.get_mut(at) else {
            continue;
        };
        let at = arm(&mut method.arms, &of.arm, of.is_control);
        if of.beside.is_some() && !method.shadows.contains(&of.arm) {
            method.shadows.push(of.arm.clone());
        }
        if let Some(arm) = method.arms.get_mut(at) {
            let diverted = of.diverted;
            for (reason, calls) in [
                ("breaker_open", diverted.breaker_open),
                ("arm_off", diverted.arm_off),
                ("no_key", diverted.no_key),
            ] {
                if calls > 0 {
                    let of = (reason.to_owned(), of.metric.clone());
                    arm.diverted.insert(of, calls);
                }
            }
            if of.outcomes.calls() == 0 {
                continue;
            }
            arm.metrics.push(MetricRows {
                name: of.metric.clone(),
                unit: of.unit.clone(),
                outcomes: of.outcomes,
                split: of
                    .split
                    .as_ref()
                    .map_or(of.outcomes, |split| split.outcomes),
                rows: Rows::Counted(Box::new(of)),
            });
        }
    }
    for method in &mut methods {
        order(method);
    }
    methods
}

fn method(methods: &mut Vec<MethodRows>, experiment: &str, method: &str) -> usize {
    let alike = |of: &MethodRows| of.experiment == experiment && of.method == method;
    methods.iter().position(alike).unwrap_or_else(|| {
        methods.push(MethodRows {
            experiment: experiment.to_owned(),
            method: method.to_owned(),
            arms: Vec::new(),
            arms_of_units: Vec::new(),
            shadows: Vec::new(),
        });
        methods.len() - 1
    })
}

fn arm(arms: &mut Vec<ArmRows>, name: &str, is_control: bool) -> usize {
    let at = arms.iter().position(|of| of.name == name);
    let at = at.unwrap_or_else(|| {
        arms.push(ArmRows {
            name: name.to_owned(),
            is_control: false,
            metrics: Vec::new(),
            diverted: BTreeMap::new(),
        });
        arms.len() - 1
    });
    if let Some(arm) = arms.get_mut(at) {
        arm.is_control |= is_control;
    }
    at
}

fn metric(metrics: &mut Vec<MetricRows>, name: &str, unit: &str) -> usize {
    let at = metrics.iter().position(|of| of.name == name);
    at.unwrap_or_else(|| {
        metrics.push(MetricRows {
            name: name.to_owned(),
            unit: unit.to_owned(),
            outcomes: OutcomeCounts::default(),
            split: OutcomeCounts::default(),
            rows: Rows::Each(Vec::new()),
        });
        metrics.len() - 1
    })
}

/// The control first, and time before other metrics; apart from that, as they came.
fn order(method: &mut MethodRows) {
    method.arms.sort_by_key(|arm| !arm.is_control);
    for arm in &mut method.arms {
        arm.metrics
            .sort_by_key(|metric| metric.name != WallTime::METRIC);
    }
}
