//! An evaluation context as a context.

use open_feature::{
    EvaluationContext, EvaluationContextFieldValue as Field, StructValue, Value as FlagValue,
};
use variate::{Context, Value};

/// The targeting key under the name `unit`, and the custom fields.
pub(crate) fn of(evaluation: &EvaluationContext, unit: &str, key: &str) -> Context<'static> {
    // By name: a key scheme of the host's may go by the order.
    let mut fields: Vec<_> = evaluation.custom_fields.iter().collect();
    fields.sort_unstable_by_key(|(name, _)| *name);
    let mut context = Context::new().with(unit.to_owned(), key.to_owned());
    for (name, field) in fields {
        if name != unit
            && let Some(value) = of_field(field)
        {
            context.insert(name.clone(), value);
        }
    }
    context
}

fn of_field(field: &Field) -> Option<Value<'static>> {
    Some(match field {
        Field::Bool(value) => (*value).into(),
        Field::Int(value) => (*value).into(),
        Field::Float(value) => (*value).into(),
        Field::String(text) => text.clone().into(),
        Field::DateTime(at) => at.unix_timestamp().into(),
        Field::Struct(value) => of_struct(value.downcast_ref::<StructValue>()?),
    })
}

fn of_struct(value: &StructValue) -> Value<'static> {
    let mut fields: Vec<_> = value.fields.iter().collect();
    fields.sort_unstable_by_key(|(name, _)| *name);
    Value::map(
        fields
            .into_iter()
            .map(|(name, value)| (name.clone(), of_value(value))),
    )
}

fn of_value(value: &FlagValue) -> Value<'static> {
    match value {
        FlagValue::Bool(value) => (*value).into(),
        FlagValue::Int(value) => (*value).into(),
        FlagValue::Float(value) => (*value).into(),
        FlagValue::String(text) => text.clone().into(),
        FlagValue::Array(items) => Value::list(items.iter().map(of_value)),
        FlagValue::Struct(value) => of_struct(value),
    }
}
