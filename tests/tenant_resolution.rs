//! From hints to a tenant: which hint names which, what contradicts what, and when the default applies.

use claimsmith::error::Code;
use serde_json::{Value, json};

use crate::support::app::{Answer, TestApp};
use crate::support::postgres::TestDatabase;

/// Globex is named by every kind of hint. Alice is a member of it, and her default is acme.
const HINTS: &str = r#"
    UPDATE claimsmith_data.tenant SET hints = '{"organization": ["org_globex"], "host": ["Globex.App.Example"],
      "client_id": ["globex-spa", "shared-spa"], "audience": ["https://api.globex.example", "https://api.example"],
      "connection": ["globex-saml"], "login_hint": ["Globex.Example"]}' WHERE id = 'globex';
    UPDATE claimsmith_data.tenant SET hints = hints || '{"audience": ["https://api.example"]}' WHERE id = 'acme';
    UPDATE claimsmith_data.tenant SET hints = '{"organization": ["org_big"]}' WHERE id = 'big'"#;

async fn start() -> TestApp {
    let database = TestDatabase::create().await;
    database.execute(HINTS).await;
    TestApp::on(database, |_| ()).await
}

/// What a user with these hints is answered: `tenant by source`, or the code of the refusal.
async fn resolved(app: &TestApp, user: &str, hints: &Value) -> String {
    let mut hints = hints.clone();
    let tenant = hints.as_object_mut().unwrap().remove("tenant");
    let mut body = json!({"user": user, "hints": hints});
    if let Some(tenant) = tenant {
        body["tenant"] = tenant;
    }
    outcome(&app.claims(&body).await)
}

fn outcome(answer: &Answer) -> String {
    match (answer.body["tenant"].as_str(), answer.body["tenant_source"].as_str()) {
        (Some(tenant), Some(source)) => format!("{tenant} by {source}"),
        _ => answer.code().to_owned(),
    }
}

#[actix_rt::test]
async fn each_kind_of_hint_names_its_tenant() {
    let app = start().await;
    for (hints, expected) in [
        (json!({}), "acme by default"),
        (json!({"tenant": "globex"}), "globex by explicit"),
        (json!({"organization": "org_globex"}), "globex by organization"),
        (json!({"host": "globex.app.example"}), "globex by host"),
        (json!({"host": "GLOBEX.app.example:8443"}), "globex by host"),
        (json!({"host": "globex.app.example."}), "globex by host"),
        (json!({"host": "globex.APP.example.:443"}), "globex by host"),
        (json!({"connection": "globex-saml"}), "globex by connection"),
        (json!({"client_id": "globex-spa"}), "globex by client_id"),
        (json!({"audience": "https://api.globex.example"}), "globex by audience"),
        (json!({"login_hint": "someone@globex.example"}), "globex by login_hint"),
        (json!({"login_hint": "someone@GLOBEX.example"}), "globex by login_hint"),
        (json!({"login_hint": "globex.example"}), "globex by login_hint"),
        // What several tenants share, or none has, names nobody.
        (json!({"client_id": "shared-spa"}), "acme by default"),
        (json!({"client_id": "nobodys-spa"}), "acme by default"),
        (json!({"audience": "https://api.example"}), "acme by default"),
        (json!({"audience": "https://nobodys.example"}), "acme by default"),
        (json!({"connection": "nobodys-saml"}), "acme by default"),
        (json!({"login_hint": "someone@nobodys.example"}), "acme by default"),
        (json!({"login_hint": "alice"}), "acme by default"),
    ] {
        assert_eq!(resolved(&app, "alice", &hints).await, expected, "{hints}");
    }
    app.stop().await;
}

#[actix_rt::test]
async fn hints_that_agree_are_one_and_hints_that_disagree_are_refused() {
    let app = start().await;
    for (hints, expected) in [
        (json!({"organization": "org_globex", "client_id": "globex-spa"}), "globex by organization"),
        (json!({"tenant": "globex", "host": "globex.app.example"}), "globex by explicit"),
        (json!({"organization": "org_globex", "client_id": "shared-spa"}), "globex by organization"),
        (json!({"organization": "org_globex", "client_id": "nobodys-spa"}), "globex by organization"),
        (json!({"tenant": "globex", "organization": "org_acme"}), "tenant_conflict"),
        (json!({"tenant": "acme", "login_hint": "someone@globex.example"}), "tenant_conflict"),
        (json!({"client_id": "acme-spa", "audience": "https://api.globex.example"}), "tenant_conflict"),
        // Shared by acme and globex, so it speaks against every other.
        (json!({"organization": "org_big", "client_id": "shared-spa"}), "tenant_conflict"),
    ] {
        assert_eq!(resolved(&app, "alice", &hints).await, expected, "{hints}");
    }
    app.stop().await;
}

#[actix_rt::test]
async fn a_tenant_that_is_named_but_does_not_exist_never_becomes_the_default() {
    let app = start().await;
    for hints in [
        json!({"tenant": "none"}),
        json!({"tenant": "ACME"}),
        json!({"organization": "org_none"}),
        json!({"organization": "ORG_GLOBEX"}),
        json!({"host": "none.app.example"}),
        json!({"host": "globex.app.example.none.example"}),
        json!({"organization": "org_none", "client_id": "globex-spa"}),
        json!({"tenant": "globex", "host": "none.app.example"}),
    ] {
        assert_eq!(resolved(&app, "alice", &hints).await, "tenant_unknown", "{hints}");
    }
    app.stop().await;
}

#[actix_rt::test]
async fn an_organization_of_two_tenants_names_neither_and_is_no_way_to_the_default() {
    let app = start().await;
    app.change(r#"UPDATE claimsmith_data.tenant SET hints = '{"organization": ["org_globex"]}' WHERE id = 'big'"#)
        .await;
    assert_eq!(resolved(&app, "alice", &json!({"organization": "org_globex"})).await, "tenant_unknown");
    assert_eq!(resolved(&app, "alice", &json!({"tenant": "globex"})).await, "globex by explicit");
    let problems = app.get_ops("/status").await.body["catalog"]["problems"].to_string();
    assert!(problems.contains("another tenant lists the same organization"), "{problems}");
    app.stop().await;
}

#[actix_rt::test]
async fn a_host_that_one_tenant_lists_in_two_spellings_still_names_it() {
    let app = start().await;
    app.change(
        r#"UPDATE claimsmith_data.tenant SET hints = '{"host": ["www.globex.example", "WWW.globex.example:443"]}'
           WHERE id = 'globex'"#,
    )
    .await;
    assert_eq!(resolved(&app, "alice", &json!({"host": "www.globex.example"})).await, "globex by host");
    assert_eq!(app.get_ops("/status").await.body["catalog"]["problems"], json!([]));
    app.stop().await;
}

#[actix_rt::test]
async fn the_default_is_only_for_members_who_have_one() {
    let app = start().await;
    assert_eq!(resolved(&app, "bob", &json!({})).await, Code::TenantRequired.label());
    assert_eq!(resolved(&app, "bob", &json!({"client_id": "shared-spa"})).await, Code::TenantRequired.label());
    app.change("UPDATE claimsmith_data.membership SET is_default = true WHERE user_id = 'bob'").await;
    assert_eq!(resolved(&app, "bob", &json!({})).await, "globex by default");
    app.stop().await;
}

#[actix_rt::test]
async fn a_hint_names_another_tenant_from_the_moment_it_is_moved() {
    let app = start().await;
    assert_eq!(resolved(&app, "alice", &json!({"host": "acme.app.example"})).await, "acme by host");
    app.change(
        r#"UPDATE claimsmith_data.tenant SET hints = '{}' WHERE id = 'acme';
           UPDATE claimsmith_data.tenant SET hints = '{"host": ["acme.app.example"]}' WHERE id = 'globex'"#,
    )
    .await;
    assert_eq!(resolved(&app, "alice", &json!({"host": "acme.app.example"})).await, "globex by host");
    app.stop().await;
}
