//! Asks the real service what a row asks.

use claimsmith::config::{Caller as ConfiguredCaller, HintKind, HostPattern};
use serde_json::{Map, Value, json};

use super::row::{Answer, Caller, Row, User};
use super::token::Issuers;
use crate::support::app::{KEY, TestApp};
use crate::support::callers::{add_caller, only};
use crate::support::postgres::TestDatabase;

const KEY_OF_ANOTHER: &str = "cs_matrix";

/// Fails unless the service answers what the row says.
pub(super) async fn check(row: &Row) {
    let database = TestDatabase::create().await;
    database.execute(include_str!("directory.sql")).await;
    let issuers = Issuers::of(row, &database).await;
    let app = TestApp::on(database, |settings| {
        settings.tenancy.host_patterns = HostPattern::new("{tenant}.app.example").into_iter().collect();
        add_caller(settings, "matrix", KEY_OF_ANOTHER, |caller| limit(caller, row.caller));
        Issuers::reach(settings);
    })
    .await;
    let key = if row.caller == Caller::Any { KEY } else { KEY_OF_ANOTHER };
    let answer = app.claims_as(key, &body(row, &issuers)).await;
    let found = match (answer.body["tenant"].as_str(), answer.body["tenant_source"].as_str()) {
        (Some(tenant), Some(source)) => format!("{tenant} by {source}"),
        _ => answer.code().to_owned(),
    };
    let expected = match row.answer {
        Answer::Claims(tenant, source) => format!("{tenant} by {source}"),
        Answer::Refused(code) => code.to_owned(),
    };
    assert_eq!(found, expected, "{answer:?}");
    app.stop().await;
}

fn limit(caller: &mut ConfiguredCaller, to: Caller) {
    match to {
        Caller::Any => {}
        Caller::NoHints => caller.hints.clear(),
        Caller::TwoHints => caller.hints = vec![HintKind::Tenant, HintKind::Organization],
        Caller::ClientFirst => caller.hints = vec![HintKind::ClientId, HintKind::Tenant],
        Caller::GlobexOnly => caller.tenants = only(&["globex"]),
    }
}

fn body(row: &Row, issuers: &Issuers) -> Value {
    let mut body = Map::new();
    match row.user {
        User::Id(id) => body.insert("user".into(), json!(id)),
        User::Subject(issuer) => {
            body.insert("subject".into(), json!({"issuer": format!("https://{issuer}.example/"), "sub": "alice"}))
        }
        User::Token(token) => body.insert("token".into(), json!(issuers.sign(&token))),
    };
    let mut hints = Map::new();
    for (kind, value) in row.sends {
        let members = if *kind == "tenant" { &mut body } else { &mut hints };
        members.insert((*kind).to_owned(), json!(value));
    }
    body.insert("hints".into(), Value::Object(hints));
    Value::Object(body)
}
