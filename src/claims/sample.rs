//! The test-render: every expression is tried on two invented members before a template is accepted.
//!
//! The bare member finds what most templates forget, that an attribute may be missing. The rich one takes the
//! branches that the bare one leaves out.

use std::sync::Arc;

use cel::ExecutionError;
use serde_json::Map;

use super::evaluate::{Failure, evaluate};
use super::expression::Expression;
use super::inputs::{Inputs, TenantFacts, bind};
use super::meter::Meter;

/// An invented member.
struct Sample {
    label: &'static str,
    names: Vec<Arc<str>>,
    attributes: Map<String, serde_json::Value>,
    client: Option<&'static str>,
}

impl Sample {
    fn bare() -> Self {
        let label = "a member without roles and attributes, and no client";
        Self { label, names: Vec::new(), attributes: Map::new(), client: None }
    }

    fn rich() -> Self {
        Self {
            label: "a member with two roles and an attribute",
            names: vec!["sample:one".into(), "sample:two".into()],
            attributes: Map::from_iter([("sample".to_owned(), "text".into())]),
            client: Some("sample-client"),
        }
    }

    fn inputs(&self) -> Inputs<'_> {
        let tenant = TenantFacts { id: "sample-tenant", name: "Sample Tenant" };
        Inputs {
            tenant,
            user: "sample-user",
            roles: &self.names,
            permissions: &self.names,
            attributes: &self.attributes,
            client: self.client,
        }
    }
}

/// Tries `expression` on both members; the first failure, in words for its author.
pub(super) fn try_out(expression: &Expression) -> Result<(), String> {
    for sample in [Sample::bare(), Sample::rich()] {
        let meter = Meter::shared();
        let context = bind(&sample.inputs(), &meter);
        if let Err(failure) = evaluate(expression, &context, &meter) {
            return Err(format!("fails for {}: {}", sample.label, describe(&failure)));
        }
    }
    Ok(())
}

fn describe(failure: &Failure) -> String {
    match failure {
        Failure::NotJson(what) => format!("the result holds {what}"),
        Failure::TooCostly => "its loops cost too much: loop over less".to_owned(),
        Failure::Evaluation(ExecutionError::NoSuchKey(key)) => missing_key(key),
        Failure::Evaluation(ExecutionError::IndexOutOfBounds(_)) => {
            "a list is shorter than the index: test its `size()` first and give `null` otherwise".to_owned()
        }
        Failure::Evaluation(error) => error.to_string(),
    }
}

fn missing_key(key: &str) -> String {
    format!(
        "`{key}` is missing: write `has(membership.attributes.{key}) ? membership.attributes.{key} : null` \
         (a nested attribute needs one `has` for each level)"
    )
}
