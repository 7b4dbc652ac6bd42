//! The actors that look after issuers: tokens whose keys are there, or whose issuer was asked before, are answered while
//! they are dead; and rotations, new issuers and new tokens are taken in when they are back.

use std::time::Duration;

use actix_web::dev::ServerHandle;
use actix_web::{App, HttpResponse, HttpServer, web};
use claimsmith::config::{IssuerGrant, Secret, SecretSource, Settings};
use claimsmith::supervision::State;
use futures_util::future::join_all;
use reqwest::StatusCode;
use serde_json::json;

use super::load::{Load, Question, the_same};
use super::{in_state, restarts};
use crate::support::app::TestApp;
use crate::support::identity_provider::{AUDIENCE, Algorithm, ENTRY, IdentityProvider, Issuer, reach};
use crate::support::postgres::TestDatabase;
use crate::support::wait::until;

/// Every kind of them.
pub(super) const KINDS: [&str; 3] = ["issuer", "issuers", "opaque_issuer"];
/// The entry about whose tokens its issuer is asked.
const ASKED: &str = "asked-idp";
/// Entries that are not there from the start.
const LATER: [&str; 3] = ["later-1", "later-2", "later-3"];

/// An introspection endpoint (RFC 7662) that calls every token alice's.
struct Endpoint {
    url: String,
    server: ServerHandle,
}

impl Endpoint {
    fn start() -> Self {
        let answer = || async { HttpResponse::Ok().json(json!({"active": true, "sub": "alice", "aud": AUDIENCE})) };
        let server = HttpServer::new(move || App::new().default_service(web::to(answer)));
        let server = server.workers(1).disable_signals().shutdown_timeout(0).bind(("127.0.0.1", 0)).unwrap();
        let url = format!("http://{}/introspect", server.addrs()[0]);
        let running = server.run();
        let server = running.handle();
        actix_rt::spawn(running);
        Self { url, server }
    }

    /// The SQL that makes it an entry that acme trusts.
    fn registered(&self) -> String {
        let settings =
            json!({"kind": "introspection", "audiences": [AUDIENCE], "introspection": {"endpoint": self.url}});
        format!(
            "INSERT INTO claimsmith_data.issuer (id, issuer, settings)
               VALUES ('{ASKED}', '{{https://asked.example}}', '{settings}');
             INSERT INTO claimsmith_data.identity VALUES ('{ASKED}', 'alice', 'alice');
             UPDATE claimsmith_data.tenant SET trusted_issuers = trusted_issuers || '{ASKED}'::text WHERE id = 'acme'"
        )
    }
}

/// A service that knows one issuer with keys, and one that is asked.
struct Scene {
    app: TestApp,
    provider: IdentityProvider,
    issuer: Issuer,
    endpoint: Endpoint,
}

impl Scene {
    async fn with(change: impl FnOnce(&mut Settings)) -> Self {
        let (provider, endpoint) = (IdentityProvider::start().await, Endpoint::start());
        let issuer = provider.issuer("acme");
        let database = TestDatabase::create().await;
        issuer.register(&database, ENTRY).await;
        database.execute(&endpoint.registered()).await;
        let app = TestApp::on(database, |settings| {
            reach(settings, &[ENTRY, ASKED]);
            reach(settings, &LATER);
            // Every rotation may cause a fetch.
            settings.issuers.miss_interval = Duration::from_millis(1);
            let client_secret = Some(SecretSource::Inline(Secret::new("s3cret")));
            let grant =
                IssuerGrant { client_id: Some("claimsmith".to_owned()), client_secret, ..IssuerGrant::default() };
            settings.issuer_grants.insert(ASKED.to_owned(), grant);
            change(settings);
        })
        .await;
        app.accepts(&issuer.token("alice").sign()).await;
        app.accepts("opaque").await;
        Self { app, provider, issuer, endpoint }
    }

    /// A remembered token; one that is new each time, signed with the key that is there; an opaque one that is remembered.
    fn hits(&self) -> Vec<Question> {
        let (issuer, key) = (self.issuer.clone(), self.issuer.key());
        let new = move || issuer.token("alice").header("kid", key.kid.as_str()).signed_by(&key).sign();
        vec![
            the_same(json!({"token": self.issuer.token("alice").sign(), "tenant": "acme"})),
            Box::new(move || json!({"token": new(), "tenant": "acme"})),
            the_same(json!({"token": "opaque", "tenant": "acme"})),
        ]
    }

    /// A rotation, a new issuer and a new opaque token: one for each kind of actor. Gives the tokens.
    async fn news(&self, entry: &str) -> [String; 3] {
        self.issuer.rotate(Algorithm::Es256);
        let later = self.provider.issuer(entry);
        later.register(&self.app.database, entry).await;
        let by_new_key = self.issuer.token("alice").sign();
        [by_new_key, later.token("alice").sign(), format!("opaque-{entry}")]
    }

    async fn takes_in(&self, news: &[String]) {
        join_all(news.iter().map(|token| self.app.accepts(token))).await;
    }

    async fn all_in(&self, state: &str, numbers: [usize; 3]) {
        until("all actors are in the state that is waited for", || async {
            let found = join_all(KINDS.map(|kind| in_state(&self.app, kind, state))).await;
            (found == numbers).then_some(())
        })
        .await;
    }

    async fn stop(self) {
        assert!(self.app.supervisor.status().iter().all(|actor| actor.state == State::Running));
        self.app.stop().await;
        self.endpoint.server.stop(false).await;
    }
}

#[actix_rt::test]
async fn a_panic_in_any_actor_of_issuers_fails_no_token_whose_keys_are_there() {
    let scene = Scene::with(|_| ()).await;
    let load = Load::start(&scene.app, scene.hits()).await;
    for (kind, entry) in KINDS.into_iter().zip(LATER) {
        let actors = in_state(&scene.app, kind, "running").await;
        assert!(actors > 0, "there is no actor of kind {kind}");
        assert_eq!(scene.app.supervisor.inject_panic(kind), actors, "{kind}");
        scene.app.count_becomes(&restarts(kind), actors).await;
        let news = scene.news(entry).await;
        scene.takes_in(&news).await;
    }
    load.finish().await;
    scene.all_in("running", [4, 1, 1]).await;
    scene.stop().await;
}

#[actix_rt::test]
async fn what_issuers_do_while_all_their_actors_are_down_is_not_missed() {
    let scene = Scene::with(|settings| {
        settings.supervision.restart_min = Duration::from_secs(5);
        settings.supervision.restart_max = Duration::from_secs(5);
    })
    .await;
    let load = Load::start(&scene.app, scene.hits()).await;
    let hits = scene.hits();
    for kind in KINDS {
        assert_eq!(scene.app.supervisor.inject_panic(kind), 1, "{kind}");
    }
    scene.all_in("restarting", [1, 1, 1]).await;
    let news = scene.news(LATER[0]).await;
    for question in &hits {
        assert_eq!(scene.app.claims(&question()).await.status, StatusCode::OK);
    }
    for kind in KINDS {
        assert_eq!(in_state(&scene.app, kind, "restarting").await, 1, "{kind} was down all the time");
    }
    scene.takes_in(&news).await;
    load.finish().await;
    scene.all_in("running", [2, 1, 1]).await;
    scene.stop().await;
}
