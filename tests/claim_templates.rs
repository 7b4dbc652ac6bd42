//! A tenant's own claim template: what it may look at, that it changes at run time, and that a broken one breaks nothing.

use claimsmith::error::Code;
use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::support::app::{Answer, TestApp};

async fn set_template(app: &TestApp, tenant: &str, template: &Value) {
    app.change(&format!("UPDATE claimsmith_data.tenant SET claim_template = $${template}$$ WHERE id = '{tenant}'"))
        .await;
}

/// In globex, whose members alice and bob have the same role.
async fn ask(app: &TestApp, user: &str, client: Option<&str>) -> Answer {
    let hints = client.map_or_else(|| json!({}), |client| json!({"client_id": client}));
    let answer = app.claims(&json!({"user": user, "tenant": "globex", "hints": hints})).await;
    assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
    answer
}

async fn problems(app: &TestApp) -> Value {
    app.get_ops("/status").await.body["catalog"]["problems"].clone()
}

#[actix_rt::test]
async fn a_template_has_its_own_namespace_and_both_lists() {
    let app = TestApp::start().await;
    let template = json!({
        "namespace": "urn:globex:",
        "claims": {"where": "tenant.name", "may": "membership.permissions"},
        "id_token_claims": {"what": "membership.roles"},
    });
    set_template(&app, "globex", &template).await;
    let answer = ask(&app, "bob", None).await;
    assert_eq!(answer.body["claims"], json!({"urn:globex:may": ["doc:read"], "urn:globex:where": "Globex"}));
    assert_eq!(answer.body["id_token_claims"], json!({"urn:globex:what": ["viewer"]}));
    let other = app.claims(&json!({"user": "alice", "tenant": "acme"})).await;
    assert_eq!(other.claim("tenant"), "acme", "other tenants keep the template of the service");
    app.stop().await;
}

#[actix_rt::test]
async fn a_template_that_looks_at_attributes_tells_members_with_the_same_roles_apart() {
    let app = TestApp::start().await;
    let team = "has(membership.attributes.team) ? membership.attributes.team : null";
    set_template(&app, "globex", &json!({"claims": {"team": team, "roles": "membership.roles"}})).await;
    app.change(r#"UPDATE claimsmith_data.membership SET attributes = '{"team": "red"}' WHERE user_id = 'bob'"#).await;
    assert_eq!(ask(&app, "bob", None).await.claim("team"), "red");
    assert_eq!(ask(&app, "alice", None).await.claim("team"), &Value::Null);
    app.change(r#"UPDATE claimsmith_data.membership SET attributes = '{"team": "blue"}' WHERE user_id = 'alice'"#)
        .await;
    assert_eq!(ask(&app, "alice", None).await.claim("team"), "blue");
    assert_eq!(ask(&app, "bob", None).await.claim("team"), "red");
    app.stop().await;
}

#[actix_rt::test]
async fn a_template_that_looks_at_the_user_gives_each_their_own() {
    let app = TestApp::start().await;
    assert_eq!(ask(&app, "alice", None).await.body["claims"], ask(&app, "bob", None).await.body["claims"]);
    set_template(&app, "globex", &json!({"claims": {"who": "user.id"}})).await;
    for user in ["alice", "bob", "alice"] {
        assert_eq!(ask(&app, user, None).await.claim("who"), user);
    }
    app.stop().await;
}

#[actix_rt::test]
async fn a_template_that_looks_at_the_client_answers_each_request_for_itself() {
    let app = TestApp::start().await;
    let template = json!({"claims": {"app": "client.id"}, "id_token_claims": {"web": "client.id == 'web'"}});
    set_template(&app, "globex", &template).await;
    for client in ["web", "cli", "web"] {
        let answer = ask(&app, "alice", Some(client)).await;
        assert_eq!(answer.claim("app"), client);
        assert_eq!(answer.body["id_token_claims"]["https://claims.example.com/web"], client == "web");
    }
    assert_eq!(ask(&app, "alice", None).await.body["claims"], json!({}));
    app.stop().await;
}

#[actix_rt::test]
async fn a_changed_template_and_a_changed_name_are_in_force_at_once() {
    let app = TestApp::start().await;
    for (expression, expected) in [("'one'", "one"), ("'two'", "two"), ("tenant.name", "Globex")] {
        set_template(&app, "globex", &json!({"claims": {"c": expression}})).await;
        assert_eq!(ask(&app, "alice", None).await.claim("c"), expected);
    }
    app.change("UPDATE claimsmith_data.tenant SET name = 'Globex Ltd' WHERE id = 'globex'").await;
    assert_eq!(ask(&app, "alice", None).await.claim("c"), "Globex Ltd");
    app.change("UPDATE claimsmith_data.tenant SET claim_template = NULL WHERE id = 'globex'").await;
    assert_eq!(ask(&app, "alice", None).await.claim("roles"), &json!(["viewer"]));
    app.stop().await;
}

#[actix_rt::test]
async fn a_broken_template_leaves_the_last_good_one_in_force_and_is_shown_until_it_is_mended() {
    let app = TestApp::start().await;
    set_template(&app, "globex", &json!({"claims": {"c": "'good'"}})).await;
    assert_eq!(problems(&app).await, json!([]));
    for broken in
        [json!({"claims": {"c": "1 +"}}), json!({"claims": {"https://other.example/c": "1"}}), json!({"claimz": {}})]
    {
        set_template(&app, "globex", &broken).await;
        assert_eq!(ask(&app, "alice", None).await.claim("c"), "good", "{broken}");
        let shown = problems(&app).await;
        assert!(shown[0].as_str().is_some_and(|problem| problem.starts_with("tenant globex: ")), "{broken}: {shown}");
        // The catalog is read again for somebody else's sake: the mistake is still one.
        app.change("UPDATE claimsmith_data.tenant SET name = name || '!' WHERE id = 'big'").await;
        assert_eq!(problems(&app).await, shown, "{broken}");
        assert_eq!(app.count("claimsmith_catalog_problems").await, 1);
        assert_eq!(ask(&app, "bob", None).await.claim("c"), "good", "{broken}");
    }
    set_template(&app, "globex", &json!({"claims": {"c": "'mended'"}})).await;
    assert_eq!(ask(&app, "alice", None).await.claim("c"), "mended");
    assert_eq!(problems(&app).await, json!([]));
    app.stop().await;
}

#[actix_rt::test]
async fn a_tenant_whose_template_never_worked_has_no_claims_and_harms_no_other() {
    let app = TestApp::start().await;
    app.change(
        r#"INSERT INTO claimsmith_data.tenant (id, name, claim_template) VALUES ('new', 'New', '{"claims": {"c": "1 +"}}');
           INSERT INTO claimsmith_data.membership (tenant_id, user_id) VALUES ('new', 'alice')"#,
    )
    .await;
    let answer = app.claims(&json!({"user": "alice", "tenant": "new"})).await;
    assert!(answer.assert_refused(Code::DirectoryUnavailable).contains("claim template is broken"));
    assert_eq!(ask(&app, "alice", None).await.claim("roles"), &json!(["viewer"]));
    set_template(&app, "new", &json!({"claims": {"c": "'works'"}})).await;
    assert_eq!(app.claims(&json!({"user": "alice", "tenant": "new"})).await.claim("c"), "works");
    app.stop().await;
}
