//! Actors die on a live server: no hit fails, the actor comes back and works, and nothing is missed.

mod directory;
mod issuers;
mod load;

use std::collections::BTreeSet;

use crate::support::app::TestApp;
use crate::support::exposition::Exposition;

/// How many actors of the kind are in this state. The gauge, because `/status` shows only the newest actor of a tenant.
async fn in_state(app: &TestApp, kind: &str, state: &str) -> usize {
    app.count(&format!("claimsmith_actors{{actor=\"{kind}\",state=\"{state}\"}}")).await
}

fn restarts(kind: &str) -> String {
    format!("claimsmith_actor_restarts_total{{actor=\"{kind}\",cause=\"panic\"}}")
}

#[actix_rt::test]
async fn every_kind_of_actor_dies_in_one_of_these_tests() {
    let app = TestApp::start().await;
    let exported = Exposition::scrape(&app).await;
    let kinds: BTreeSet<&str> =
        exported.samples("claimsmith_actors").iter().map(|sample| sample.labels["actor"].as_str()).collect();
    let elsewhere = [crate::probe::KIND, crate::internal_tokens::KIND];
    assert_eq!(kinds, directory::KINDS.into_iter().chain(issuers::KINDS).chain(elsewhere).collect());
    app.stop().await;
}
