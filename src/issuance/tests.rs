use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};

use super::fixture::Scratch;
use super::*;
use crate::claims::{Rendered, Template, TemplateSource};
use crate::clock::{Clock as _, ManualClock, Moment, random};
use crate::config::{SigningAlgorithm, SigningKeysAt};
use crate::directory::change::{Change, Kind, Touched};
use crate::directory::{CatalogLoad, IssuerId, Reading, Subscriber as _, TenantId, UserId};
use crate::enrichment::Answer;
use crate::roles::Claims;
use crate::roles::answer::Content;
use crate::tenancy::catalog::{Catalog, Fallback, Tenant};
use crate::tokens::{TokenKind, VerifiedToken};

/// A room on a clock that stands still at 1,000 seconds.
struct Scene {
    issuance: Issuance,
    changes: Arc<LastChanges>,
    clock: Arc<ManualClock>,
    claims: Claims,
    _keys: Scratch,
}

fn scene(name: &str) -> Scene {
    let (keys, clock) = (Scratch::new(name), ManualClock::shared());
    clock.advance(Duration::from_secs(1_000));
    let settings = Token {
        issuer: "https://claims.example.com".to_owned(),
        algorithm: SigningAlgorithm::Es256,
        lifetime: Duration::from_secs(100),
        keys: SigningKeysAt::Directory(keys.0.clone()),
        rotate_every: Duration::from_hours(10),
        publish_ahead: Duration::from_hours(1),
    };
    let shared = || Arc::clone(&clock) as SharedClock;
    let changes = Arc::new(LastChanges::new(Duration::from_hours(1), shared()));
    drop(changes.reset(Position::new(5)));
    let parts = IssuanceParts {
        keys: SigningKeys::open(&settings, shared()).unwrap(),
        changes: Arc::clone(&changes),
        freshness: Arc::new(Freshness::new(shared())),
        clock: shared(),
        random: random(),
        metrics: IssuanceMetrics::register(&prometheus::Registry::new()).unwrap(),
    };
    let rendered = Rendered::new(br#"{"urn:x:a":1}"#.as_slice().into(), b"{}".as_slice().into());
    let claims = Claims::Shared(Arc::new(Content::Rendered(rendered)));
    Scene { issuance: Issuance::new(&settings, parts), changes, clock, claims, _keys: keys }
}

fn tenant(id: &str) -> Arc<Tenant> {
    let template = Template::compile(&TemplateSource::default(), "urn:x:").unwrap();
    let fallback = Fallback { template: Arc::new(template), namespace: "urn:x:".into() };
    let rows = vec![serde_json::from_value(json!({"tenant_id": id})).unwrap()];
    let load = CatalogLoad { head: Position::ZERO, tenants: rows, issuers: Vec::new(), problems: Vec::new() };
    let (catalog, _) = Catalog::build(load, &Catalog::default(), &fallback);
    Arc::clone(catalog.tenant(id).unwrap())
}

fn brought(ends: i64) -> VerifiedToken {
    VerifiedToken {
        issuer: IssuerId::from("acme"),
        iss: "https://issuer.example/".into(),
        subject: "auth0|1".into(),
        kind: TokenKind::Access,
        client: Some("spa-1".into()),
        audiences: Vec::new(),
        organization: None,
        scope: Some("read".into()),
        expires_at: ends,
        not_before: None,
        issued_at: None,
        jti: None,
        key: None,
        valid: 0..ends,
    }
}

impl Scene {
    fn answer(&self, user: &str) -> Answer {
        let now = self.clock.now();
        Answer {
            tenant: tenant("acme"),
            named_by: None,
            user: UserId::from(user),
            token: Some(Arc::new(brought(10_000))),
            claims: self.claims.clone(),
            lapses_at: None,
            reading: Reading::of_primary(Position::new(7), now, now),
            stale: false,
        }
    }

    fn given(&self, answer: &Answer) -> String {
        self.issuance.for_answer(answer, "https://orders.internal", "edge").unwrap().as_str().to_owned()
    }

    fn changed(&self, position: u64, kind: Kind, subjects: &[&str]) {
        let subjects = Some(subjects.iter().map(|subject| Box::from(*subject)).collect());
        let touched = vec![Touched { kind, tenant: Some(TenantId::from("acme")), subjects }];
        drop(self.changes.changed(&Change { position: Position::new(position), nonce: None, touched }));
    }
}

fn payload(token: &str) -> Value {
    let compact = crate::jose::split(token).unwrap();
    serde_json::from_slice(compact.payload()).unwrap()
}

#[test]
fn an_answer_gets_its_token_again_and_another_answer_another() {
    let scene = scene("again");
    let first = scene.given(&scene.answer("alice"));
    assert_eq!(scene.given(&scene.answer("alice")), first);
    assert_eq!(payload(&first)["sub"], "alice");
    let bob = scene.given(&scene.answer("bob"));
    assert_eq!(payload(&bob)["sub"], "bob");
    let elsewhere = scene.given(&Answer { tenant: tenant("globex"), ..scene.answer("alice") });
    assert_eq!(payload(&elsewhere)["tenant"], "globex");
    let stock = scene.issuance.for_answer(&scene.answer("alice"), "https://stock.internal", "edge").unwrap();
    assert_eq!(payload(stock.as_str())["aud"], "https://stock.internal");
    assert_eq!(scene.given(&scene.answer("alice")), first);
}

#[test]
fn a_change_to_the_user_makes_a_new_token_and_that_of_another_does_not() {
    let scene = scene("changed");
    let first = scene.given(&scene.answer("alice"));
    scene.changed(6, Kind::User, &["bob"]);
    assert_eq!(scene.given(&scene.answer("alice")), first);
    scene.changed(8, Kind::User, &["alice"]);
    let now = scene.clock.now();
    let newer = Answer { reading: Reading::of_primary(Position::new(8), now, now), ..scene.answer("alice") };
    let second = scene.given(&newer);
    assert_ne!(second, first);
    assert_eq!(scene.given(&newer), second);
    let Own::Token(own) = scene.issuance.look(&first) else { panic!("it is ours") };
    assert!(!scene.issuance.is_current(&own));
    let Own::Token(own) = scene.issuance.look(&second) else { panic!("it is ours") };
    assert!(scene.issuance.is_current(&own));
}

#[test]
fn a_token_of_a_history_that_was_left_is_not_given_again_though_its_claims_are_the_same() {
    let scene = scene("left");
    let own = || Claims::Own(Arc::new(Rendered::new(br#"{"urn:x:a":1}"#.as_slice().into(), b"{}".as_slice().into())));
    let answer = || Answer { claims: own(), ..scene.answer("alice") };
    let first = scene.given(&answer());
    assert_eq!(scene.given(&answer()), first);
    drop(scene.changes.reset(Position::new(5)));
    let second = scene.given(&answer());
    assert_ne!(second, first);
    assert_eq!(scene.given(&answer()), second);
}

#[test]
fn while_a_turn_hangs_no_other_waits_for_it_and_one_more_comes_after() {
    let scene = scene("hangs");
    let Shared { turning, is_turn_wanted, .. } = &*scene.issuance.shared;
    let hanging = turning.lock();
    assert!(!scene.issuance.turn() && !scene.issuance.turn());
    assert!(is_turn_wanted.load(Ordering::SeqCst), "it is not forgotten");
    drop(hanging);
    assert!(scene.issuance.turn());
    assert!(!is_turn_wanted.load(Ordering::SeqCst) && !turning.is_locked());
}

#[test]
fn a_token_is_renewed_in_good_time_and_when_another_key_signs() {
    let scene = scene("renewed");
    let first = scene.given(&scene.answer("alice"));
    scene.clock.advance(Duration::from_secs(50));
    assert_eq!(scene.given(&scene.answer("alice")), first);
    scene.clock.advance(Duration::from_secs(1));
    let second = scene.given(&scene.answer("alice"));
    assert_ne!(second, first);
    scene.clock.advance(Duration::from_hours(10));
    scene.issuance.turn();
    let long = Answer { token: Some(Arc::new(brought(i64::MAX))), ..scene.answer("alice") };
    let third = scene.given(&long);
    scene.clock.advance(Duration::from_hours(1));
    scene.issuance.turn();
    let fourth = scene.given(&long);
    let kid = |token: &str| token.split('.').next().unwrap().to_owned();
    assert_eq!((kid(&third) == kid(&second), kid(&fourth) == kid(&third)), (true, false));
}

#[test]
fn a_token_ends_with_the_one_that_was_brought_and_without_one_there_is_none() {
    let scene = scene("ends");
    let with = |token| Answer { token, ..scene.answer("alice") };
    let issue = |answer: &Answer| scene.issuance.for_answer(answer, "a", "edge").map(|token| token.expires_at());
    assert_eq!(issue(&with(Some(Arc::new(brought(i64::MAX))))), Ok(1_100));
    assert_eq!(issue(&with(Some(Arc::new(brought(1_030))))), Ok(1_030));
    assert_eq!(issue(&with(Some(Arc::new(brought(1_000))))), Err(NotIssued::Ends));
    assert_eq!(issue(&with(None)), Err(NotIssued::NothingBrought));
    let lapsing = Answer { lapses_at: Some(Moment::from_micros(1_020_900_000)), ..scene.answer("alice") };
    assert_eq!(issue(&lapsing), Ok(1_020), "a grant of this user lapses");
    let nameless = Arc::new(VerifiedToken { client: None, ..brought(10_000) });
    assert_eq!(payload(&scene.given(&with(Some(nameless))))["client_id"], "edge");
}
