//! A writer in plain SQL is given its place, and whoever sends it along gets an answer that contains the write.

mod cut_off;
mod given;
mod wanted;

use reqwest::StatusCode;
use serde_json::json;

use crate::support::app::{Answer, TestApp};

/// Makes alice of acme what `role` says.
fn promote(role: &str) -> String {
    format!("UPDATE claimsmith_data.membership_role SET role = '{role}' WHERE user_id = 'alice' AND tenant_id = 'acme'")
}

async fn ask_at_least(app: &TestApp, token: &str) -> Answer {
    app.claims(&json!({"user": "alice", "tenant": "acme", "at_least": token})).await
}

/// The answer contains the write.
fn assert_is(answer: &Answer, role: &str) {
    assert_eq!((answer.status, answer.claim("roles")), (StatusCode::OK, &json!([role])), "{answer:?}");
}
