//! A thousand issuers, a hundred of them broken in ten ways: the others do not notice, and nobody is asked too often.

use std::time::Duration;

use claimsmith::config::Settings;
use claimsmith::error::Code;
use futures_util::{StreamExt as _, stream};
use reqwest::StatusCode;
use serde_json::json;
use tokio::time::Instant;

use crate::support::app::TestApp;
use crate::support::identity_provider::{
    Algorithm, Behaviour, Endpoint, IdentityProvider, Issuer, OneIssuer, reach, registered,
};
use crate::support::postgres::TestDatabase;
use crate::support::wait::until;

const ISSUERS: usize = 1000;
/// One in so many is broken.
const BROKEN: usize = 10;
/// Questions that are under way at once.
const AT_ONCE: usize = 32;
const ROUNDS: usize = 5;
/// Requests that an issuer may get in the time that three slow ones take to fail.
const MOST: usize = 20;
/// Unknown kids that an attacker makes up.
const MADE_UP: usize = 10_000;

/// Where and how a provider can be broken. `elsewhere` are keys that it wants to be taken for its own.
fn ways(elsewhere: &str) -> [(Endpoint, Behaviour); 10] {
    [
        (Endpoint::Keys, Behaviour::Status(500)),
        (Endpoint::Keys, Behaviour::RetryAfter(429, 30)),
        (Endpoint::Keys, Behaviour::Redirect(elsewhere.to_owned())),
        (Endpoint::Keys, Behaviour::Html),
        (Endpoint::Keys, Behaviour::TruncatedJson),
        (Endpoint::Keys, Behaviour::Empty),
        (Endpoint::Keys, Behaviour::SlowLoris),
        (Endpoint::Keys, Behaviour::Endless),
        (Endpoint::Discovery, Behaviour::WrongIssuer),
        (Endpoint::Discovery, Behaviour::HangsUp),
    ]
}

/// The service and all its issuers.
struct Crowd {
    app: TestApp,
    good: Vec<Issuer>,
    broken: Vec<Issuer>,
    provider: IdentityProvider,
}

impl Crowd {
    async fn with(change: impl FnOnce(&mut Settings)) -> Self {
        let provider = IdentityProvider::start().await;
        let elsewhere = format!("http://{}/i/n1/jwks", provider.address());
        let (mut good, mut broken, mut rows, mut ids) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        for number in 0..ISSUERS {
            let issuer = provider.issuer(&format!("n{number}"));
            ids.push(format!("idp-{number}"));
            rows.push(registered(&ids[number], &issuer.iss, &json!({})));
            if number % BROKEN == 0 {
                let (endpoint, behaviour) = ways(&elsewhere)[number / BROKEN % 10].clone();
                issuer.behaves(endpoint, behaviour);
                broken.push(issuer);
            } else {
                good.push(issuer);
            }
        }
        let database = TestDatabase::create().await;
        database.execute(&rows.join(";")).await;
        let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
        let app = TestApp::on(database, |settings| {
            reach(settings, &ids);
            change(settings);
        })
        .await;
        Self { app, good, broken, provider }
    }

    /// Those whose answers never end, or the others.
    fn broken_ones(&self, slow: bool) -> Vec<&Issuer> {
        let ways = ways("");
        let numbered = self.broken.iter().zip((0..ways.len()).cycle());
        let wanted = numbered.filter(|(_, way)| (ways[*way].1 == Behaviour::SlowLoris) == slow);
        wanted.map(|(issuer, _)| issuer).collect()
    }

    /// Waits until every good issuer's keys are there.
    async fn is_known(&self) {
        let known = stream::iter(&self.good).for_each_concurrent(AT_ONCE, async |issuer| {
            self.app.accepts(&issuer.token("alice").sign()).await;
        });
        known.await;
    }

    /// Shows a new token of every issuer, and judges the answers.
    async fn show_tokens(&self) {
        let everybody =
            self.good.iter().map(|issuer| (issuer, true)).chain(self.broken.iter().map(|issuer| (issuer, false)));
        let shown = stream::iter(everybody).for_each_concurrent(AT_ONCE, async |(issuer, is_good)| {
            let answer = self.app.by_token(&issuer.token("alice").sign(), "acme").await;
            if is_good {
                assert_eq!(answer.status, StatusCode::OK, "{}: {answer:?}", issuer.iss);
            } else {
                answer.assert_refused(Code::KeysUnavailable);
            }
        });
        shown.await;
    }
}

#[actix_rt::test]
async fn broken_issuers_cost_the_others_nothing() {
    let crowd = Crowd::with(|_| ()).await;
    crowd.is_known().await;
    for _ in 0..ROUNDS {
        crowd.show_tokens().await;
    }
    for issuer in &crowd.good {
        let asked = (issuer.asked(Endpoint::Discovery), issuer.asked(Endpoint::Keys));
        assert_eq!(asked, (1, 1), "{}", issuer.iss);
    }
    crowd.app.stop().await;
}

#[actix_rt::test]
async fn broken_issuers_are_asked_ever_more_rarely() {
    // So many that the pauses alone are what keeps the fetches few.
    let crowd = Crowd::with(|settings| settings.issuers.max_fetches = 100).await;
    crowd.is_known().await;
    crowd.show_tokens().await;
    let asked = |issuer: &Issuer| issuer.asked(Endpoint::Discovery) + issuer.asked(Endpoint::Keys);
    let [slow, quick] = [true, false].map(|slow| crowd.broken_ones(slow));
    until("every slow issuer was asked for its keys three times", || async {
        slow.iter().all(|issuer| issuer.asked(Endpoint::Keys) >= 3).then_some(())
    })
    .await;
    // Each of them took five seconds to fail. Without growing pauses the quick ones would have been asked 40 times.
    for issuer in &quick {
        assert!(asked(issuer) <= MOST, "{} requests to {}", asked(issuer), issuer.iss);
    }
    let to_broken: usize = crowd.broken.iter().map(asked).sum();
    assert_eq!(crowd.provider.requests(), to_broken + 2 * crowd.good.len(), "nobody asks for anything else");
    crowd.app.stop().await;
}

#[actix_rt::test]
async fn ten_thousand_made_up_kids_cause_four_fetches_at_most() {
    let OneIssuer { issuer, app, provider: _provider } = OneIssuer::start().await;
    let asked = issuer.asked(Endpoint::Keys);
    let good = issuer.token("alice").sign();
    let shown = stream::iter(0..MADE_UP).for_each_concurrent(AT_ONCE, async |number| {
        app.by_token(&made_up(&issuer, number), "acme").await.assert_refused(Code::TokenKeyUnknown);
        if number % 100 == 0 {
            assert_eq!(app.by_token(&good, "acme").await.status, StatusCode::OK);
        }
    });
    let begun = Instant::now();
    shown.await;
    let fetches = issuer.asked(Endpoint::Keys) - asked;
    // Two at once, then one in half a minute: four in a minute.
    let allowed = 4.max(3 + usize::try_from(begun.elapsed().as_secs()).unwrap() / 30);
    assert!((1..=allowed).contains(&fetches), "{fetches} fetches in {:?}", begun.elapsed());
    app.stop().await;
}

#[actix_rt::test]
async fn made_up_kids_do_not_keep_a_new_key_out() {
    let quick = |settings: &mut Settings| settings.issuers.miss_interval = Duration::from_secs(2);
    let OneIssuer { issuer, app, provider: _provider } = OneIssuer::with(quick).await;
    let attack = stream::iter(0..).for_each_concurrent(AT_ONCE, async |number| {
        app.by_token(&made_up(&issuer, number), "acme").await;
    });
    let rotation = async {
        let asked = issuer.asked(Endpoint::Keys);
        until("the attack has used up the fetches", || async {
            (issuer.asked(Endpoint::Keys) >= asked + 2).then_some(())
        })
        .await;
        issuer.rotate(Algorithm::Es256);
        app.accepts(&issuer.token("alice").sign()).await;
    };
    tokio::select! {
        () = attack => panic!("the attack has ended"),
        () = rotation => (),
    }
    app.stop().await;
}

/// Good in everything but its key.
fn made_up(issuer: &Issuer, number: usize) -> String {
    issuer.token("alice").header("kid", format!("made-up-{number}")).sign()
}
