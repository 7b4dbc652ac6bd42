//! The Auth0 Actions of `config/auth0`, as they are shipped, against the real service.

mod denied;
mod machine;
mod no_answer;
mod tenant;

use serde_json::{Value, json};

use crate::support::app::{KEY, TestApp};
use crate::support::auth0::{ActionOutcome, login_event, run_action};

const ISSUER: &str = "https://acme.eu.auth0.com/";
const TENANT: &str = "https://claims.example.com/tenant";
const ROLES: &str = "https://claims.example.com/roles";

/// The secrets that every deployment sets, then the test's own.
fn secrets<'secret>(url: &'secret str, more: &[(&'secret str, &'secret str)]) -> Vec<(&'secret str, &'secret str)> {
    let needed = [("CLAIMSMITH_URL", url), ("CLAIMSMITH_KEY", KEY), ("CLAIMSMITH_ISSUER", ISSUER)];
    // The test's own replace the needed ones, as the last value of a name counts.
    needed.into_iter().chain([("CLAIMSMITH_TIMEOUT_MS", "8000")]).chain(more.iter().copied()).collect()
}

/// A login at this service.
async fn log_in(app: &TestApp, event: Value, more: &[(&str, &str)]) -> ActionOutcome {
    run_action("post-login.js", event, &secrets(&app.data(""), more)).await
}

/// The event of a login to an Auth0 Organization.
fn login_to(organization: &str, user_id: &str) -> Value {
    let mut event = login_event(user_id);
    event["organization"] = json!({ "id": organization, "name": organization });
    event
}

/// What the person is told, after checking that nothing else happened.
fn reason(outcome: &ActionOutcome) -> &str {
    assert_eq!(outcome.thrown, None, "{outcome:?}");
    assert!(outcome.access_token_claims.is_empty() && outcome.id_token_claims.is_empty(), "{outcome:?}");
    &outcome.denied.as_ref().unwrap_or_else(|| panic!("nothing was denied: {outcome:?}")).reason
}

/// The tenant in the access token, after checking that nothing went wrong.
fn tenant(outcome: &ActionOutcome) -> &Value {
    assert_eq!((&outcome.thrown, &outcome.denied), (&None, &None), "{outcome:?}");
    &outcome.access_token_claims[TENANT]
}

#[actix_rt::test]
async fn a_login_puts_the_claims_into_both_tokens() {
    let app = TestApp::start().await;
    let outcome = log_in(&app, login_to("org_acme", "auth0|alice"), &[]).await;
    assert_eq!(tenant(&outcome), "acme");
    assert_eq!(outcome.access_token_claims[ROLES], json!(["admin"]));
    let permissions = &outcome.access_token_claims["https://claims.example.com/permissions"];
    assert_eq!(permissions, &json!(["doc:read", "doc:write"]));
    assert_eq!(Value::Object(outcome.id_token_claims), json!({ TENANT: "acme" }));
    assert!(outcome.calls.iter().all(|call| call["dropped"] == json!(false)), "{:?}", outcome.calls);
    app.stop().await;
}

#[actix_rt::test]
async fn a_changed_role_arrives_with_the_next_token() {
    let app = TestApp::start().await;
    let before = log_in(&app, login_to("org_acme", "auth0|alice"), &[]).await;
    assert_eq!(before.access_token_claims[ROLES], json!(["admin"]));
    app.change(
        "UPDATE claimsmith_data.membership_role SET role = 'viewer' WHERE (tenant_id, user_id) = ('acme', 'alice')",
    )
    .await;
    let after = log_in(&app, login_to("org_acme", "auth0|alice"), &[]).await;
    assert_eq!(after.access_token_claims[ROLES], json!(["viewer"]));
    app.stop().await;
}

#[test]
fn the_shared_part_is_the_same_in_both_files() {
    let shared = |source: &'static str| {
        let start = source.find("\n// ---- shared part").expect("the line that begins the shared part");
        &source[start..]
    };
    let login = shared(include_str!("../../config/auth0/post-login.js"));
    let machine = shared(include_str!("../../config/auth0/credentials-exchange.js"));
    let difference = login.lines().zip(machine.lines()).find(|(login, machine)| login != machine);
    assert_eq!(difference, None);
    assert_eq!(login.len(), machine.len());
}
