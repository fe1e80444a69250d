use super::experiment::{one_of, refuse};
use super::field::{Fields, as_text};
use crate::ep_stats::experiment::{Filter, FilterScope};

pub(super) fn filter(fields: &mut Fields<'_, '_>) -> Option<Filter> {
    let before = fields.faults().len();
    let dimension = fields.optional_string("dimension");
    let value: Vec<String> = match fields.optional("value") {
        Some(json) => fields.list("value", json).iter().map(as_text).collect(),
        None => Vec::new(),
    };
    let scope = fields.required("scope").and_then(|json| match json.text() {
        Some("exposure") => Some(FilterScope::Exposure),
        Some("goal") => Some(FilterScope::Goal),
        Some("trigger") => Some(FilterScope::Trigger),
        _ => {
            let fault = one_of("'exposure', 'goal' or 'trigger'", fields.at("scope"), json);
            fields.fault(fault);
            None
        }
    });
    let goal = fields.optional_string("goal");
    if fields.faults().len() > before {
        return None;
    }
    let scope = scope?;
    match scope {
        FilterScope::Trigger if goal.as_deref().is_none_or(str::is_empty) => {
            refuse(fields, "Goal is required for scope 'trigger'")
        }
        FilterScope::Exposure | FilterScope::Goal
            if value.is_empty() || dimension.as_deref().is_none_or(str::is_empty) =>
        {
            refuse(fields, "Dimension and value are required for this scope")
        }
        _ => Some(Filter {
            scope,
            dimension,
            value,
            goal,
        }),
    }
}
