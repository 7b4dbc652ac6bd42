//! Client credentials: the client itself is the subject.

use serde_json::json;

use super::{ROLES, reason, secrets, tenant};
use crate::support::app::TestApp;
use crate::support::auth0::{ActionOutcome, machine_event, run_action};

const FILE: &str = "credentials-exchange.js";

/// The client `reporter` is linked to a user, as any subject is.
const REPORTER: &str = "
    INSERT INTO claimsmith_data.identity (issuer_id, subject, user_id) VALUES ('auth0', 'reporter@clients', 'svc-reporter');
    INSERT INTO claimsmith_data.membership (tenant_id, user_id, is_default) VALUES ('acme', 'svc-reporter', true);
    INSERT INTO claimsmith_data.membership_role (tenant_id, user_id, role) VALUES ('acme', 'svc-reporter', 'viewer')";

async fn exchange(app: &TestApp, client_id: &str) -> ActionOutcome {
    run_action(FILE, machine_event(client_id), &secrets(&app.data(""), &[])).await
}

fn code(outcome: &ActionOutcome) -> Option<&str> {
    outcome.denied.as_ref()?.code.as_deref()
}

#[actix_rt::test]
async fn a_machine_gets_the_claims_of_the_user_that_it_is_linked_to() {
    let app = TestApp::start().await;
    app.change(REPORTER).await;
    let outcome = exchange(&app, "reporter").await;
    assert_eq!(tenant(&outcome), "acme");
    assert_eq!(outcome.access_token_claims[ROLES], json!(["viewer"]));
    assert!(outcome.id_token_claims.is_empty());
    app.stop().await;
}

#[actix_rt::test]
async fn a_machine_that_is_linked_to_nobody_is_denied_as_a_bad_request() {
    let app = TestApp::start().await;
    let outcome = exchange(&app, "reporter").await;
    assert_eq!(reason(&outcome), "No access has been set up for this account.");
    assert_eq!(code(&outcome), Some("invalid_request"));
    app.stop().await;
}

#[actix_rt::test]
async fn no_answer_is_a_server_error_to_a_machine() {
    let outcome = run_action(FILE, machine_event("reporter"), &[]).await;
    assert_eq!(reason(&outcome), "Access cannot be checked at the moment. Try again later.");
    assert_eq!(code(&outcome), Some("server_error"));
}
