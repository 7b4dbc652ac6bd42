//! A token that may lack a change to its user is told apart, at once.

use claimsmith::config::Surface;
use claimsmith::error::Code;
use serde_json::json;

use crate::support::app::Answer;
use crate::support::callers::{add_caller, only};
use crate::support::exchange::{EDGE_KEY, Exchange, ORDERS};
use crate::support::wait::until;

const ELSEWHERE: &str = "cs_elsewhere";
const DEMOTE: &str =
    "UPDATE claimsmith_data.membership_role SET role = 'editor' WHERE user_id = 'alice' AND tenant_id = 'acme'";

async fn scene() -> Exchange {
    Exchange::with(|settings| {
        add_caller(settings, "elsewhere", ELSEWHERE, |caller| {
            caller.tenants = only(&["globex"]);
            caller.surfaces = vec![Surface::Introspect];
        });
    })
    .await
}

impl Exchange {
    async fn min_position(&self, tenant: &str, user: &str) -> Answer {
        let path = format!("/v1/min-position?tenant={tenant}&user={user}");
        self.app.send(self.app.client.get(self.app.data(&path)).bearer_auth(EDGE_KEY)).await
    }
}

fn number(value: &serde_json::Value) -> u64 {
    value.as_str().unwrap_or_else(|| panic!("{value} is no text")).parse().unwrap()
}

#[actix_rt::test]
async fn a_token_is_active_until_a_change_to_its_user_and_never_after() {
    let scene = scene().await;
    let token = scene.token_of("alice").await;
    let active = scene.introspect(&[("token", &token), ("tenant", "acme")]).await;
    assert_eq!(active.body["active"], json!(true), "{active:?}");
    assert_eq!((&active.body["sub"], &active.body["aud"]), (&json!("alice"), &json!(ORDERS)));
    assert_eq!((&active.body["tenant"], &active.body["token_type"]), (&json!("acme"), &json!("Bearer")));
    assert_eq!(active.body["https://claims.example.com/tenant"], json!("acme"));
    assert!(active.header("claims-position").is_some() && active.body["exp"].is_i64());
    scene.app.change("UPDATE claimsmith_data.membership_role SET role = 'admin' WHERE user_id = 'bob'").await;
    assert_eq!(scene.introspect(&[("token", &token)]).await.body["active"], json!(true), "somebody else's change");
    scene.app.change(DEMOTE).await;
    assert_eq!(scene.introspect(&[("token", &token)]).await.body, json!({"active": false}));
    let renewed = scene.token_of("alice").await;
    let answer = scene.introspect(&[("token", &renewed)]).await;
    assert_eq!(answer.body["https://claims.example.com/roles"], json!(["editor"]), "{answer:?}");
    let outdated = scene.app.count("claimsmith_internal_token_checks_total{result=\"outdated\"}").await;
    assert_eq!(outdated, 1);
    scene.app.stop().await;
}

#[actix_rt::test]
async fn what_concerns_the_tenant_or_everybody_outdates_every_token_there() {
    for (change, is_outdated) in [
        (
            "INSERT INTO claimsmith_data.role_permission (tenant_id, role, permission) VALUES ('acme', 'admin', 'new:one')",
            true,
        ),
        ("UPDATE claimsmith_data.tenant SET name = 'Anew' WHERE id = 'acme'", true),
        ("INSERT INTO claimsmith_data.identity VALUES ('acme-idp', 'newcomer', 'bob')", true),
        ("UPDATE claimsmith_data.tenant SET name = 'Anew' WHERE id = 'globex'", false),
        ("UPDATE claimsmith_data.membership SET attributes = '{\"a\": 1}' WHERE user_id = 'bob'", false),
    ] {
        let scene = scene().await;
        let token = scene.token_of("alice").await;
        scene.app.change(change).await;
        let answer = scene.introspect(&[("token", &token)]).await;
        assert_eq!(answer.body["active"], json!(!is_outdated), "{change}");
        scene.app.stop().await;
    }
}

#[actix_rt::test]
async fn a_gateway_that_keeps_tokens_can_compare_positions_itself() {
    let scene = scene().await;
    let token = scene.token_of("alice").await;
    let position = number(&scene.verified(&token, ORDERS).await["position"]);
    let before = scene.min_position("acme", "alice").await;
    assert_eq!((&before.body["tenant"], &before.body["user"]), (&json!("acme"), &json!("alice")));
    assert!(number(&before.body["min_position"]) <= position, "{before:?}");
    assert!(before.body["age_bound_ms"].is_u64() && before.header("cache-control") == Some("no-store"));
    scene.app.change(DEMOTE).await;
    let after = scene.min_position("acme", "alice").await;
    assert!(number(&after.body["min_position"]) > position, "the token predates the change: {after:?}");
    assert!(number(&after.body["position"]) >= number(&after.body["min_position"]));
    let other = scene.min_position("globex", "alice").await;
    assert_eq!(other.body["min_position"], before.body["min_position"], "another tenant");
    let renewed = scene.token_of("alice").await;
    let renewed = number(&scene.verified(&renewed, ORDERS).await["position"]);
    assert!(renewed >= number(&after.body["min_position"]));
    scene.app.stop().await;
}

#[actix_rt::test]
async fn nobody_learns_of_tenants_that_they_may_not_ask_about() {
    let scene = scene().await;
    let token = scene.token_of("alice").await;
    let introspect = scene.app.client.post(scene.app.data("/v1/introspect")).bearer_auth(ELSEWHERE);
    let answer = scene.app.send(introspect.form(&[("token", &token)])).await;
    assert_eq!(answer.body, json!({"active": false}));
    let query = "/v1/min-position?tenant=acme&user=alice";
    let asked = scene.app.client.get(scene.app.data(query)).bearer_auth(ELSEWHERE);
    scene.app.send(asked).await.assert_refused(Code::CallerForbidden);
    let anonymous = scene.app.send(scene.app.client.get(scene.app.data(query))).await;
    anonymous.assert_refused(Code::CallerUnauthenticated);
    for query in ["tenant=acme", "user=alice", "tenant=acme&user=alice&colour=red", "tenant=&user=alice"] {
        let path = format!("/v1/min-position?{query}");
        let asked = scene.app.client.get(scene.app.data(&path)).bearer_auth(EDGE_KEY);
        scene.app.send(asked).await.assert_refused(Code::InvalidRequest);
    }
    scene.app.stop().await;
}

#[actix_rt::test]
async fn a_token_that_only_says_it_is_ours_or_is_for_another_tenant_is_inactive() {
    let scene = scene().await;
    let token = scene.token_of("alice").await;
    let inactive = json!({"active": false});
    assert_eq!(scene.introspect(&[("token", &token), ("tenant", "globex")]).await.body, inactive);
    let forged =
        scene.issuer.token("alice").claim("iss", crate::support::exchange::OURS).header("typ", "at+jwt").sign();
    assert_eq!(scene.introspect(&[("token", &forged)]).await.body, inactive);
    let (head, signature) = token.rsplit_once('.').unwrap();
    let cut = format!("{head}.{}", &signature[4..]);
    assert_eq!(scene.introspect(&[("token", &cut)]).await.body, inactive);
    let invalid = scene.app.count("claimsmith_internal_token_checks_total{result=\"invalid\"}").await;
    assert_eq!(invalid, 2);
    scene.app.stop().await;
}

#[actix_rt::test]
async fn a_token_of_a_history_that_was_left_is_inactive_though_its_position_is_high_enough() {
    let scene = scene().await;
    scene.app.change(DEMOTE).await;
    let token = scene.token_of("alice").await;
    assert_eq!(scene.introspect(&[("token", &token)]).await.body["active"], json!(true));
    // As after a failover that lost the last commit: another transaction has drawn its position.
    let another = "UPDATE claimsmith.change SET nonce = gen_random_uuid() WHERE pos = claimsmith.head()";
    scene.app.database.execute(another).await;
    scene.app.count_becomes("claimsmith_feed_resets_total", 1).await;
    until("the other history is followed", || async { scene.app.freshness.read().age_bound.map(drop) }).await;
    assert_eq!(scene.introspect(&[("token", &token)]).await.body, json!({"active": false}));
    let position = scene.verified(&token, ORDERS).await["position"].clone();
    let floor = scene.min_position("acme", "alice").await.body["min_position"].clone();
    assert_eq!(position, floor, "the number alone would not have told");
    let place = scene.verified(&token, ORDERS).await["consistency_token"].as_str().unwrap().to_owned();
    let path = format!("/v1/min-position?tenant=acme&user=alice&at_least={place}");
    let asked = scene.app.client.get(scene.app.data(&path)).bearer_auth(EDGE_KEY);
    scene.app.send(asked).await.assert_refused(Code::PositionForeign);
    let renewed = scene.token_of("alice").await;
    assert_eq!(scene.introspect(&[("token", &renewed)]).await.body["active"], json!(true));
    scene.app.stop().await;
}
