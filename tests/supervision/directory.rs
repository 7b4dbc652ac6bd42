//! The actors that follow the directory: no hit fails, they come back and work, and no change is missed.

use std::time::Duration;

use claimsmith::supervision::State;
use serde_json::{Value, json};

use super::load::{Load, Question, the_same};
use super::{in_state, restarts};
use crate::support::app::{Answer, TestApp};
use crate::support::wait::until;

/// Every kind of them.
pub(super) const KINDS: [&str; 6] = ["caller_keys", "catalog", "change_feed", "identities", "registry", "tenant"];
const RUNNING: &str = "claimsmith_actors{actor=\"tenant\",state=\"running\"}";
const DOWN: &str = "claimsmith_actors{actor=\"tenant\",state=\"restarting\"}";
const ISSUER: &str = "https://acme.eu.auth0.com/";

fn users() -> Vec<Question> {
    vec![
        the_same(json!({"user": "alice", "tenant": "acme"})),
        the_same(json!({"user": "bob", "tenant": "globex"})),
        the_same(json!({"subject": {"issuer": ISSUER, "sub": "auth0|alice"}, "tenant": "acme"})),
    ]
}

/// Asks for an answer that contains everything committed by now.
async fn ask(app: &TestApp, mut question: Value) -> Answer {
    question["at_least"] = app.database.value("SELECT claimsmith.head()").await.into();
    app.claims(&question).await
}

/// What a newcomer meets before and after the change that concerns every room: a new tenant, a link, a grant.
struct Newcomer(String);

impl Newcomer {
    async fn is_unknown(&self, app: &TestApp) {
        let Self(name) = self;
        let tenant = ask(app, json!({"user": name, "tenant": format!("of-{name}")})).await;
        assert_eq!(tenant.code(), "tenant_unknown");
        let member = ask(app, json!({"user": name, "tenant": "acme"})).await;
        assert_eq!(member.code(), "not_a_member");
        assert_eq!(ask(app, self.by_subject()).await.code(), "user_unknown");
    }

    async fn joins(&self, app: &TestApp) {
        let Self(name) = self;
        app.database
            .execute(&format!(
                "INSERT INTO claimsmith_data.tenant (id, name) VALUES ('of-{name}', 'New');
                 INSERT INTO claimsmith_data.membership (tenant_id, user_id)
                   VALUES ('of-{name}', '{name}'), ('acme', '{name}');
                 INSERT INTO claimsmith_data.membership_role (tenant_id, user_id, role) VALUES ('acme', '{name}', 'viewer');
                 INSERT INTO claimsmith_data.identity (issuer_id, subject, user_id) VALUES ('auth0', '{name}', '{name}')"
            ))
            .await;
    }

    async fn is_known(&self, app: &TestApp) {
        let Self(name) = self;
        let tenant = ask(app, json!({"user": name, "tenant": format!("of-{name}")})).await;
        assert_eq!(tenant.status, 200, "{tenant:?}");
        let member = ask(app, json!({"user": name, "tenant": "acme"})).await;
        assert_eq!(member.claim("roles"), &json!(["viewer"]), "{member:?}");
        let linked = ask(app, self.by_subject()).await;
        assert_eq!(linked.body["user"], name.as_str(), "{linked:?}");
    }

    fn by_subject(&self) -> Value {
        json!({"subject": {"issuer": ISSUER, "sub": self.0}, "tenant": "acme"})
    }
}

#[actix_rt::test]
async fn a_panic_in_any_actor_fails_no_hit_and_the_actor_comes_back() {
    let app = TestApp::start().await;
    let load = Load::start(&app, users()).await;
    for kind in KINDS {
        let newcomer = Newcomer(format!("after-{kind}"));
        newcomer.is_unknown(&app).await;
        let actors = in_state(&app, kind, "running").await;
        assert_eq!(app.supervisor.inject_panic(kind), actors, "{kind}");
        app.count_becomes(&restarts(kind), actors).await;
        until("the actor is back", || async { (in_state(&app, kind, "running").await == actors).then_some(()) }).await;
        newcomer.joins(&app).await;
        newcomer.is_known(&app).await;
    }
    assert!(app.supervisor.status().iter().all(|actor| actor.state == State::Running));
    load.finish().await;
    app.stop().await;
}

#[actix_rt::test]
async fn a_change_that_commits_while_an_actor_is_down_is_not_missed() {
    for kind in KINDS {
        let app = TestApp::with(|settings| {
            settings.supervision.restart_min = Duration::from_secs(3);
            settings.supervision.restart_max = Duration::from_secs(3);
        })
        .await;
        let load = Load::start(&app, users()).await;
        let newcomer = Newcomer(format!("during-{kind}"));
        newcomer.is_unknown(&app).await;
        let actors = app.supervisor.inject_panic(kind);
        until("the actor is down", || async { (in_state(&app, kind, "restarting").await == actors).then_some(()) })
            .await;
        newcomer.joins(&app).await;
        assert_eq!(in_state(&app, kind, "restarting").await, actors, "the change came while {kind} was down");
        newcomer.is_known(&app).await;
        load.finish().await;
        app.stop().await;
    }
}

#[actix_rt::test]
async fn a_tenants_actor_whose_cache_was_dropped_while_it_was_down_does_not_stay() {
    let app = TestApp::with(|settings| {
        settings.supervision.restart_min = Duration::from_secs(1);
        settings.supervision.restart_max = Duration::from_secs(1);
    })
    .await;
    let question = json!({"user": "alice", "tenant": "acme"});
    assert_eq!(app.claims(&question).await.status, 200);
    assert_eq!(app.supervisor.inject_panic("tenant"), 1);
    app.count_becomes(DOWN, 1).await;
    app.change("UPDATE claimsmith_data.membership_role SET role = 'viewer' WHERE tenant_id = 'acme'").await;
    assert_eq!(app.claims(&question).await.claim("roles"), &json!(["viewer"]));
    app.count_becomes(DOWN, 0).await;
    app.count_becomes(RUNNING, 1).await;
    app.stop().await;
}
