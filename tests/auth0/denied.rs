//! Refusals of the service, and what the person reads.

use serde_json::json;

use super::{log_in, login_to, reason, tenant};
use crate::support::app::TestApp;
use crate::support::auth0::login_event;

const OPEN: (&str, &str) = ("CLAIMSMITH_FAIL_POLICY", "open");

#[actix_rt::test]
async fn a_user_who_is_no_member_is_denied_whatever_the_fail_policy() {
    let app = TestApp::start().await;
    for policy in [&[][..], &[OPEN]] {
        let outcome = log_in(&app, login_to("org_acme", "auth0|bob"), policy).await;
        assert_eq!(reason(&outcome), "This account is not a member of this organization.");
        assert_eq!(outcome.console, ["claimsmith refused: not_a_member"]);
    }
    app.stop().await;
}

#[actix_rt::test]
async fn nobody_gets_into_a_suspended_tenant() {
    let app = TestApp::start().await;
    let outcome = log_in(&app, login_event("auth0|carol"), &[]).await;
    assert_eq!(reason(&outcome), "This organization is suspended.");
    app.stop().await;
}

#[actix_rt::test]
async fn an_unknown_organization_is_never_replaced_by_a_default() {
    let app = TestApp::start().await;
    let default = ("CLAIMSMITH_DEFAULT_TENANT", "acme");
    let outcome = log_in(&app, login_to("org_nobody", "auth0|alice"), &[default]).await;
    assert_eq!(reason(&outcome), "This organization does not exist.");
    app.stop().await;
}

#[actix_rt::test]
async fn an_organization_and_a_parameter_that_disagree_are_a_conflict() {
    let app = TestApp::start().await;
    let from_query = ("CLAIMSMITH_TENANT_FROM_QUERY", "ext-tenant");
    let mut event = login_to("org_acme", "auth0|alice");
    event["request"]["query"] = json!({ "ext-tenant": "globex" });
    let outcome = log_in(&app, event.clone(), &[from_query]).await;
    assert_eq!(reason(&outcome), "The request names more than one organization.");
    event["request"]["query"] = json!({ "ext-tenant": "acme" });
    assert_eq!(tenant(&log_in(&app, event, &[from_query]).await), "acme");
    app.stop().await;
}

#[actix_rt::test]
async fn an_account_that_is_linked_to_nobody_has_no_access() {
    let app = TestApp::start().await;
    let outcome = log_in(&app, login_to("org_acme", "auth0|stranger"), &[]).await;
    assert_eq!(reason(&outcome), "No access has been set up for this account.");
    app.stop().await;
}

#[actix_rt::test]
async fn without_a_tenant_and_a_default_the_person_has_to_choose() {
    let app = TestApp::start().await;
    let outcome = log_in(&app, login_event("auth0|bob"), &[]).await;
    assert_eq!(reason(&outcome), "Choose an organization and try again.");
    app.stop().await;
}

#[actix_rt::test]
async fn the_tenant_decides_which_issuers_and_which_applications_it_accepts() {
    let app = TestApp::start().await;
    let issuer = ("CLAIMSMITH_ISSUER", "https://login.example/v2.0");
    let outcome = log_in(&app, login_to("org_acme", "e-alice"), &[issuer]).await;
    assert_eq!(reason(&outcome), "This organization does not accept this way of signing in.");
    assert_eq!(tenant(&log_in(&app, login_to("org_globex", "e-alice"), &[issuer]).await), "globex");

    app.change("UPDATE claimsmith_data.tenant SET allowed_clients = '{spa-2}' WHERE id = 'acme'").await;
    let outcome = log_in(&app, login_to("org_acme", "auth0|alice"), &[]).await;
    assert_eq!(reason(&outcome), "This application is not allowed in this organization.");
    app.stop().await;
}
