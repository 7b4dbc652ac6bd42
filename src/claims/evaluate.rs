//! One expression, evaluated for one member.

use cel::{Context, ExecutionError, Value};

use super::expression::Expression;
use super::json::to_json;
use super::meter::Meter;

/// Why there is no value. The details may quote the member's data: for the author of a test-render only.
pub(super) enum Failure {
    Evaluation(ExecutionError),
    NotJson(&'static str),
    TooCostly,
}

/// The value of `expression`, or `None` when it is null and the claim is to be left out.
pub(super) fn evaluate(
    expression: &Expression,
    context: &Context<'_, '_>,
    meter: &Meter,
) -> Result<Option<serde_json::Value>, Failure> {
    let result = Value::resolve(&expression.tree, context);
    if meter.is_exhausted() {
        return Err(Failure::TooCostly);
    }
    match to_json(&result.map_err(Failure::Evaluation)?) {
        Ok(serde_json::Value::Null) => Ok(None),
        Ok(value) => Ok(Some(value)),
        Err(what) => Err(Failure::NotJson(what)),
    }
}
