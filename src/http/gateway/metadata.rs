//! The answer as Envoy's dynamic metadata, for its own filters and logs: `RBAC`, rate limits,
//! `%DYNAMIC_METADATA(envoy.filters.http.ext_authz:claims:roles)%`.
//!
//! Claims have their short names there, because a path of Envoy's ends at a colon, and every namespace has one.

use envoy_types::pb::google::protobuf::value::Kind;
use envoy_types::pb::google::protobuf::{ListValue, Struct, Value};
use serde_json::Map;

use crate::enrichment::Answer;

/// What is known of the client.
pub(super) fn metadata(answer: &Answer) -> Struct {
    let token = answer.token.as_deref();
    let texts = [
        ("user", answer.user.as_str()),
        ("tenant", answer.tenant.id.as_str()),
        ("subject", token.map_or("", |token| &token.subject)),
        ("issuer", token.map_or("", |token| &token.iss)),
        ("client", token.and_then(|token| token.client.as_deref()).unwrap_or_default()),
        ("position", &answer.reading.position.to_string()),
    ];
    let texts = texts.map(|(name, text)| (name.to_owned(), of_kind(Kind::StringValue(text.to_owned()))));
    let claims = ("claims".to_owned(), of_kind(Kind::StructValue(claims(answer))));
    Struct { fields: texts.into_iter().chain([claims]).collect() }
}

fn claims(answer: &Answer) -> Struct {
    let rendered = answer.claims.rendered().map_or(&[][..], |rendered| &rendered.claims);
    // What was rendered is an object.
    let claims: Map<String, serde_json::Value> = serde_json::from_slice(rendered).unwrap_or_default();
    let short = |name: &str| name.rsplit(['/', '#', ':']).next().unwrap_or(name).to_owned();
    Struct { fields: claims.into_iter().map(|(name, value)| (short(&name), of(value))).collect() }
}

fn of(value: serde_json::Value) -> Value {
    of_kind(match value {
        serde_json::Value::Null => Kind::NullValue(0),
        serde_json::Value::Bool(truth) => Kind::BoolValue(truth),
        serde_json::Value::Number(number) => Kind::NumberValue(number.as_f64().unwrap_or_default()),
        serde_json::Value::String(text) => Kind::StringValue(text),
        serde_json::Value::Array(items) => Kind::ListValue(ListValue { values: items.into_iter().map(of).collect() }),
        serde_json::Value::Object(members) => {
            Kind::StructValue(Struct { fields: members.into_iter().map(|(name, value)| (name, of(value))).collect() })
        }
    })
}

fn of_kind(kind: Kind) -> Value {
    Value { kind: Some(kind) }
}
