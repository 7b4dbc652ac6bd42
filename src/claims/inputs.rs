//! The facts about one member that a template renders, and their form as CEL variables.

use std::collections::HashMap;
use std::sync::Arc;

use cel::{Context, Value};
use serde_json::Map;

use super::expression::ENVIRONMENT;
use super::json::from_json;
use super::meter::{EACH, LoopTerms, Meter};

/// What an expression sees of the tenant.
#[derive(Clone, Copy)]
pub struct TenantFacts<'a> {
    /// `tenant.id`
    pub id: &'a str,
    /// `tenant.name`
    pub name: &'a str,
}

/// Everything that can influence what a template renders for one member.
///
/// Without `Debug` on purpose: it is user data.
#[derive(Clone, Copy)]
pub struct Inputs<'a> {
    /// The tenant.
    pub tenant: TenantFacts<'a>,
    /// `user.id`: the directory's own id of the user.
    pub user: &'a str,
    /// `membership.roles`: names, in any order, repeats allowed.
    pub roles: &'a [Arc<str>],
    /// `membership.permissions`: those of all roles together, in any order, repeats allowed.
    pub permissions: &'a [Arc<str>],
    /// `membership.attributes`.
    pub attributes: &'a Map<String, serde_json::Value>,
    /// `client.id`; null in expressions when the request named no client.
    pub client: Option<&'a str>,
}

/// The inputs as variables, with `meter` paying for the loops.
pub(super) fn bind(inputs: &Inputs<'_>, meter: &Arc<Meter>) -> Context<'static, 'static> {
    let attributes = inputs.attributes.iter().map(|(key, value)| (key.as_str(), from_json(value)));
    let membership = record(
        [("roles", sorted(inputs.roles)), ("permissions", sorted(inputs.permissions))]
            .into_iter()
            .chain([("attributes", record(attributes))]),
    );

    let mut context = Context::with_env(Arc::clone(&ENVIRONMENT));
    let tenant = [("id", Value::from(inputs.tenant.id)), ("name", Value::from(inputs.tenant.name))];
    context.add_variable_from_value("tenant", record(tenant));
    context.add_variable_from_value("user", record([("id", Value::from(inputs.user))]));
    context.add_variable_from_value("membership", membership);
    context.add_variable_from_value("client", record([("id", inputs.client.map_or(Value::Null, Value::from))]));

    let payer = Arc::clone(meter);
    let each = move |range: Value, steps: u64, element_factor: u64, scanned: Value, copied: Value| {
        payer.each(range, &LoopTerms { steps, element_factor, scanned, copied })
    };
    let added = context.add_function(EACH, each);
    debug_assert!(added.is_ok(), "no other function has that name");
    context
}

fn record<'a>(fields: impl IntoIterator<Item = (&'a str, Value)>) -> Value {
    let map: HashMap<String, Value> = fields.into_iter().map(|(key, value)| (key.to_owned(), value)).collect();
    Value::Map(map.into())
}

fn sorted(names: &[Arc<str>]) -> Value {
    let mut unique: Vec<&str> = names.iter().map(AsRef::as_ref).collect();
    unique.sort_unstable();
    unique.dedup();
    let items: Vec<Value> = unique.into_iter().map(Value::from).collect();
    Value::List(Arc::new(items))
}
