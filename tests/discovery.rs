//! `GET /v1/discovery`: what a login page learns, and what nobody learns from it.

use claimsmith::clock::SystemClock;
use claimsmith::config::{Caller, HintKind, HostPattern, Secret, SecretSource, Settings, Surface};
use claimsmith::error::Code;
use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::support::app::{Answer, KEY, TestApp};
use crate::support::callers::{add_caller, only};
use crate::support::empty_database::empty_database;
use crate::support::postgres::TestDatabase;
use crate::support::wait::until;

const OTHER: &str = "cs_other";
const ACME: &str = "https://acme.eu.auth0.com/";
const ENTRA: &str = "https://login.example/v2.0";

/// Acme has a client of its own at an issuer that it shares; globex has two issuers. `lonely` trusts nobody, and `forlorn`
/// only an issuer that is switched off.
const DIRECTORY: &str = r#"
    UPDATE claimsmith_data.issuer SET settings = '{"login": {"client_id": "everybodys-spa", "connection": "database"}}'
      WHERE id = 'auth0';
    UPDATE claimsmith_data.tenant SET hints = '{"organization": ["org_acme", "org_acme_2"], "host": ["login.acme.example"],
      "client_id": ["acme-spa"], "connection": ["acme-saml"], "login_hint": ["acme.example"]}' WHERE id = 'acme';
    UPDATE claimsmith_data.tenant SET trusted_issuers = '{auth0,entra}',
      hints = '{"organization": ["org_globex"], "login_hint": ["globex.example", "shared.example"]}' WHERE id = 'globex';
    UPDATE claimsmith_data.tenant SET hints = '{"login_hint": ["shared.example"]}' WHERE id = 'big';
    INSERT INTO claimsmith_data.tenant (id, name, trusted_issuers) VALUES
      ('lonely', 'Lonely', '{}'), ('forlorn', 'Forlorn', '{retired}')"#;

async fn start(change: impl FnOnce(&mut Settings)) -> TestApp {
    let database = TestDatabase::create().await;
    database.execute(DIRECTORY).await;
    TestApp::on(database, |settings| {
        settings.tenancy.host_patterns = HostPattern::new("{tenant}.app.example").into_iter().collect();
        (settings.discovery.per_second, settings.discovery.burst) = (1_000, 10_000);
        change(settings);
    })
    .await
}

fn login(issuer: &str, client_id: &str, connection: &str, organization: Option<&str>) -> Value {
    json!({"issuer": issuer, "client_id": client_id, "connection": connection, "organization": organization})
}

async fn ask(app: &TestApp, query: &str) -> Answer {
    app.get(&format!("/v1/discovery?{query}")).await
}

async fn ask_as(app: &TestApp, key: &str, query: &str) -> Answer {
    app.send(app.client.get(app.data(&format!("/v1/discovery?{query}"))).bearer_auth(key)).await
}

async fn ask_without_a_key(app: &TestApp, query: &str) -> Answer {
    app.send(app.client.get(app.data(&format!("/v1/discovery?{query}")))).await
}

/// All that an answer shows but the time and the request's own name.
fn shown(answer: &Answer) -> (StatusCode, Vec<String>, String) {
    let headers = answer.headers.iter().filter(|(name, _)| !["date", "x-request-id"].contains(&name.as_str()));
    let mut headers: Vec<String> = headers.map(|(name, value)| format!("{name}: {value:?}")).collect();
    headers.sort();
    (answer.status, headers, answer.body.to_string())
}

#[actix_rt::test]
async fn a_login_page_learns_where_the_users_of_its_tenant_log_in() {
    let app = start(|_| ()).await;
    let acme = json!({"logins": [login(ACME, "acme-spa", "acme-saml", Some("org_acme"))]});
    for query in ["host=login.acme.example", "host=ACME.app.example:8443", "slug=acme", "domain=acme.example"] {
        let answer = ask(&app, query).await;
        assert_eq!((answer.status, &answer.body), (StatusCode::OK, &acme), "{query}");
        assert_eq!(answer.header("content-type"), Some("application/json"));
        assert_eq!(answer.header("cache-control"), Some("no-store"));
    }
    app.stop().await;
}

#[actix_rt::test]
async fn what_the_tenant_lists_goes_with_its_first_issuer_and_the_others_have_what_is_theirs() {
    let app = start(|_| ()).await;
    let first = login(ACME, "everybodys-spa", "database", Some("org_globex"));
    let second = json!({"issuer": ENTRA, "client_id": null, "connection": null, "organization": null});
    assert_eq!(ask(&app, "slug=globex").await.body, json!({"logins": [first, second]}));
    app.change("UPDATE claimsmith_data.issuer SET enabled = false WHERE id = 'auth0'").await;
    assert_eq!(ask(&app, "slug=globex").await.body, json!({"logins": [second]}), "its organization is not Entra's");
    app.stop().await;
}

#[actix_rt::test]
async fn nobody_can_tell_a_tenant_that_there_is_not_from_one_that_cannot_log_in() {
    for fallback in [None, Some("auth0"), Some("entra"), Some("retired"), Some("none")] {
        let app = start(|settings| settings.discovery.fallback_issuer = fallback.map(str::to_owned)).await;
        let unknown = shown(&ask(&app, "slug=none").await);
        assert_eq!(unknown.0, StatusCode::OK);
        for query in [
            "slug=initech",
            "slug=lonely",
            "slug=forlorn",
            "slug=Acme",
            "slug=acme%20",
            "host=none.app.example",
            "host=www.acme.app.example",
            "host=initech.app.example",
            "host=app.example",
            "host=none.example",
            "host=%2F",
            "domain=none.example",
            "domain=shared.example",
            "domain=none",
        ] {
            assert_eq!(shown(&ask(&app, query).await), unknown, "{query} with {fallback:?}");
        }
        let logins = match fallback {
            Some("auth0") => {
                json!([{"issuer": ACME, "client_id": "everybodys-spa", "connection": "database", "organization": null}])
            }
            Some("entra") => json!([{"issuer": ENTRA, "client_id": null, "connection": null, "organization": null}]),
            _ => json!([]),
        };
        assert_eq!(unknown.2, json!({"logins": logins}).to_string());
        app.stop().await;
    }
}

#[actix_rt::test]
async fn neither_the_name_nor_the_id_of_a_tenant_is_told() {
    let app = start(|_| ()).await;
    app.change(
        "INSERT INTO claimsmith_data.tenant (id, name, hints, trusted_issuers)
         VALUES ('secret-id', 'Secret Name', '{\"host\": [\"public.example\"]}', '{auth0}')",
    )
    .await;
    let answer = shown(&ask(&app, "host=public.example").await);
    assert!(answer.2.contains(ACME), "{answer:?}");
    let all = format!("{answer:?}").to_lowercase();
    assert!(!all.contains("secret"), "{all}");
    app.stop().await;
}

#[actix_rt::test]
async fn exactly_one_thing_names_the_tenant_and_it_is_no_address_of_a_person() {
    let app = start(|_| ()).await;
    let long = format!("slug={}", "a".repeat(3_000));
    for query in [
        "",
        "slug=",
        "slug=acme&host=acme.app.example",
        "slug=acme&domain=acme.example",
        "slug=acme&slug=acme",
        "slug=acme&colour=red",
        "tenant=acme",
        "slug=a%00b",
        long.as_str(),
    ] {
        ask(&app, query).await.assert_refused(Code::InvalidRequest);
    }
    let detail = ask(&app, "domain=alice%40acme.example").await;
    assert!(!detail.assert_refused(Code::InvalidRequest).contains("alice"));
    app.stop().await;
}

#[actix_rt::test]
async fn without_a_key_nobody_is_answered_unless_the_configuration_says_so() {
    let closed = start(|_| ()).await;
    ask_without_a_key(&closed, "slug=acme").await.assert_refused(Code::CallerUnauthenticated);
    closed.stop().await;
    let public = start(|settings| {
        settings.discovery.public = true;
        add_caller(settings, "claims-only", OTHER, |caller| caller.surfaces = vec![Surface::Claims]);
    })
    .await;
    for query in ["slug=acme", "host=acme.app.example", "domain=acme.example", "slug=none"] {
        let without = ask_without_a_key(&public, query).await;
        assert_eq!(shown(&without), shown(&ask(&public, query).await), "{query}");
    }
    ask_as(&public, "cs_wrong", "slug=acme").await.assert_refused(Code::CallerUnauthenticated);
    ask_as(&public, OTHER, "slug=acme").await.assert_refused(Code::CallerForbidden);
    public.stop().await;
}

#[actix_rt::test]
async fn a_caller_asks_with_its_hints_and_learns_of_its_tenants_only() {
    let app = start(|settings| {
        add_caller(settings, "acme-pages", OTHER, |caller| {
            caller.tenants = only(&["acme"]);
            caller.hints = vec![HintKind::Host, HintKind::Tenant];
        });
    })
    .await;
    assert_eq!(shown(&ask_as(&app, OTHER, "slug=acme").await), shown(&ask(&app, "slug=acme").await));
    assert_eq!(
        shown(&ask_as(&app, OTHER, "host=globex.app.example").await),
        shown(&ask_as(&app, OTHER, "host=none.app.example").await)
    );
    ask_as(&app, OTHER, "domain=acme.example").await.assert_refused(Code::CallerForbidden);
    app.stop().await;
}

#[actix_rt::test]
async fn who_asks_too_often_has_to_wait_and_keeps_nobody_else_from_asking() {
    let app = start(|settings| {
        (settings.discovery.per_second, settings.discovery.burst) = (1, 3);
        settings.discovery.public = true;
        settings.callers = Caller::with_key("test", KEY);
        add_caller(settings, "other", OTHER, |_| ());
    })
    .await;
    let refused = async |key: Option<&str>| {
        until("one request is too many", || async {
            let answer = match key {
                Some(key) => ask_as(&app, key, "slug=none").await,
                None => ask_without_a_key(&app, "slug=acme").await,
            };
            (answer.status != StatusCode::OK).then_some(answer)
        })
        .await
    };
    for key in [Some(KEY), None, Some(OTHER)] {
        let served = match key {
            Some(key) => ask_as(&app, key, "slug=acme").await,
            None => ask_without_a_key(&app, "slug=acme").await,
        };
        assert_eq!(served.status, StatusCode::OK, "{key:?} has asked nothing yet");
        let answer = refused(key).await;
        answer.assert_refused(Code::RateLimited);
        assert_eq!(answer.header("retry-after"), Some("1"));
    }
    until("there is room again", || async {
        let answer = ask(&app, "slug=acme").await;
        (answer.status == StatusCode::OK).then_some(())
    })
    .await;
    app.stop().await;
}

#[actix_rt::test]
async fn while_nothing_is_known_of_any_tenant_nobody_is_sent_to_the_fallback() {
    let (database, nothing) = (TestDatabase::create().await, empty_database().await);
    let app = TestApp::unready(database, &SystemClock::shared(), |settings| {
        settings.database.url = SecretSource::Inline(Secret::new(&nothing));
        settings.discovery.fallback_issuer = Some("auth0".to_owned());
    });
    ask(&app, "slug=acme").await.assert_refused(Code::DirectoryUnavailable);
    app.stop().await;
}

#[actix_rt::test]
async fn a_change_of_the_tenant_is_in_the_next_answer() {
    let app = start(|settings| settings.discovery.fallback_issuer = Some("entra".to_owned())).await;
    let issuer = async || ask(&app, "slug=acme").await.body["logins"][0]["issuer"].as_str().unwrap().to_owned();
    assert_eq!(issuer().await, ACME);
    app.change("UPDATE claimsmith_data.tenant SET suspended = true WHERE id = 'acme'").await;
    assert_eq!(issuer().await, ENTRA);
    app.change("UPDATE claimsmith_data.tenant SET suspended = false WHERE id = 'acme'").await;
    assert_eq!(issuer().await, ACME);
    app.change("UPDATE claimsmith_data.issuer SET enabled = false WHERE id = 'auth0'").await;
    assert_eq!(issuer().await, ENTRA);
    app.stop().await;
}
