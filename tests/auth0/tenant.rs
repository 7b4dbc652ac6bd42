//! Which tenant a login is for.

use serde_json::json;

use super::{ROLES, log_in, login_to, reason, tenant};
use crate::support::app::TestApp;
use crate::support::auth0::login_event;

const FROM_QUERY: (&str, &str) = ("CLAIMSMITH_TENANT_FROM_QUERY", "ext-tenant");
const DEFAULT: (&str, &str) = ("CLAIMSMITH_DEFAULT_TENANT", "globex");

#[actix_rt::test]
async fn the_organization_names_the_tenant() {
    let app = TestApp::start().await;
    assert_eq!(tenant(&log_in(&app, login_to("org_acme", "auth0|alice"), &[]).await), "acme");
    let globex = log_in(&app, login_to("org_globex", "auth0|alice"), &[]).await;
    assert_eq!(tenant(&globex), "globex");
    assert_eq!(globex.access_token_claims[ROLES], json!(["viewer"]));
    app.stop().await;
}

#[actix_rt::test]
async fn the_application_may_name_it_in_the_query_and_at_a_refresh_in_the_body() {
    let app = TestApp::start().await;
    for member in ["query", "body"] {
        let mut event = login_event("auth0|alice");
        event["request"][member] = json!({ "ext-tenant": "globex" });
        assert_eq!(tenant(&log_in(&app, event.clone(), &[FROM_QUERY]).await), "globex", "{member}");
        assert_eq!(tenant(&log_in(&app, event, &[]).await), "acme", "the parameter counts only where it was asked for");
    }
    app.stop().await;
}

#[actix_rt::test]
async fn the_query_opens_no_tenant_in_which_the_user_is_no_member() {
    let app = TestApp::start().await;
    let mut event = login_event("auth0|bob");
    event["request"]["query"] = json!({ "ext-tenant": "acme" });
    let outcome = log_in(&app, event, &[FROM_QUERY]).await;
    assert_eq!(reason(&outcome), "This account is not a member of this organization.");
    app.stop().await;
}

#[actix_rt::test]
async fn the_default_tenant_is_for_users_for_whom_nothing_else_names_one() {
    let app = TestApp::start().await;
    assert_eq!(tenant(&log_in(&app, login_event("auth0|bob"), &[DEFAULT]).await), "globex");
    assert_eq!(tenant(&log_in(&app, login_event("auth0|alice"), &[DEFAULT]).await), "acme", "her own default");
    let outcome = log_in(&app, login_to("org_acme", "auth0|bob"), &[DEFAULT]).await;
    assert_eq!(reason(&outcome), "This account is not a member of this organization.");
    app.stop().await;
}
