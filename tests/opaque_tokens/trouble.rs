//! Endpoints that fail. Nobody knows is never an acceptance, and never "inactive" either.

use std::time::Duration;

use actix_web::HttpResponse;
use actix_web::web::Bytes;
use claimsmith::config::SecretSource;
use claimsmith::issuers::fetch::FetchLimits;
use claimsmith::issuers::opaque::NotIntrospected;
use futures_util::stream;
use serde_json::json;

use super::desk::{Desk, Options, SecretFile};
use super::endpoint::{Asked, Endpoint, json as answer, status};
use super::introspection::active;

const OPEN: &str = "claimsmith_opaque_breakers_open{protocol=\"introspection\"}";

fn questions(desk: &Desk, result: &str) -> u64 {
    desk.metric(&format!("claimsmith_opaque_questions_total{{protocol=\"introspection\",result=\"{result}\"}}"))
}

fn is_unavailable<T>(outcome: &Result<T, NotIntrospected>) -> bool {
    matches!(outcome, Err(NotIntrospected::Unavailable { .. }))
}

#[actix_rt::test]
async fn credentials_that_are_refused_make_tokens_unavailable_and_not_invalid() {
    for code in [401, 403] {
        let desk = Desk::introspection(Endpoint::answering(move |_| status(code)), Options::default());
        assert!(is_unavailable(&desk.verify("a").await), "{code}");
        assert_eq!(questions(&desk, "credentials"), 1);
        desk.stop().await;
    }
}

#[actix_rt::test]
async fn a_rotated_secret_counts_at_the_next_question() {
    let file = SecretFile::holding("first");
    let knows = |secret: &'static str| {
        move |asked: &Asked| {
            if asked.credentials == format!("claimsmith-1:{secret}") { answer(&active()) } else { status(401) }
        }
    };
    let options = Options { secret: SecretSource::File(file.0.clone()), ..Options::default() };
    let desk = Desk::introspection(Endpoint::answering(knows("first")), options);
    assert!(desk.verify("a").await.is_ok());
    desk.endpoint.answer(knows("second"));
    assert!(is_unavailable(&desk.verify("b").await));
    file.write("second");
    assert!(desk.verify("b").await.is_ok());
    file.write("");
    assert!(is_unavailable(&desk.verify("c").await), "an empty file is no secret");
    assert_eq!(desk.endpoint.count(), 3, "nothing was asked without one");
    desk.stop().await;
}

#[actix_rt::test]
async fn failures_open_the_breaker_and_one_probe_closes_it() {
    let desk = Desk::introspection(Endpoint::answering(|_| answer(&active())), Options::default());
    assert!(desk.verify("known").await.is_ok());
    desk.endpoint.answer(|_| status(500));
    for token in ["1", "2", "3", "4", "5"] {
        assert!(is_unavailable(&desk.verify(token).await));
    }
    assert_eq!((desk.endpoint.count(), desk.metric(OPEN)), (6, 1));
    for token in ["6", "7", "8"] {
        let unavailable = NotIntrospected::Unavailable { retry_after: Duration::from_secs(1) };
        assert_eq!(desk.verify(token).await, Err(unavailable));
    }
    assert_eq!(desk.endpoint.count(), 6, "it is left alone");
    assert!(desk.verify("known").await.is_ok(), "what it said before still counts");
    desk.advance(1);
    assert!(is_unavailable(&desk.verify("9").await), "the probe fails");
    assert!(is_unavailable(&desk.verify("10").await));
    assert_eq!(desk.endpoint.count(), 7);
    desk.endpoint.answer(|_| answer(&active()));
    desk.advance(2);
    for token in ["11", "12", "13"] {
        assert!(desk.verify(token).await.is_ok());
    }
    assert_eq!((desk.endpoint.count(), desk.metric(OPEN)), (10, 0));
    desk.stop().await;
}

#[actix_rt::test]
async fn an_endpoint_that_does_not_answer_in_time_is_unavailable() {
    let hasty = FetchLimits { total: Duration::from_millis(100), ..FetchLimits::default() };
    let options = Options { limits: hasty, ..Options::default() };
    let desk = Desk::introspection(Endpoint::answering(|_| answer(&active())), options);
    desk.endpoint.hold();
    assert!(is_unavailable(&desk.verify("a").await));
    assert_eq!(questions(&desk, "unreachable"), 1);
    desk.stop().await;
}

#[actix_rt::test]
async fn an_endpoint_that_is_not_there_is_unavailable() {
    let desk = Desk::introspection(Endpoint::answering(|_| answer(&active())), Options::default());
    desk.endpoint.stop().await;
    assert!(is_unavailable(&desk.verify("a").await));
    desk.stop().await;
}

#[actix_rt::test]
async fn an_answer_without_end_is_cut_off() {
    let endless = |_: &Asked| {
        let chunk = Bytes::from(vec![b' '; 64 * 1024]);
        HttpResponse::Ok().streaming(stream::repeat_with(move || Ok::<_, actix_web::Error>(chunk.clone())))
    };
    let desk = Desk::introspection(Endpoint::answering(endless), Options::default());
    assert!(is_unavailable(&desk.verify("a").await));
    desk.stop().await;
}

#[actix_rt::test]
async fn an_answer_that_cannot_be_read_is_no_verdict_and_holds_up_nobody_else() {
    let signed = "eyJ0eXAiOiJ0b2tlbi1pbnRyb3NwZWN0aW9uK2p3dCJ9.e30.c2ln";
    let odd = [r#"{"active":"true","sub":"a"}"#, r#"{"active":true,"active":true}"#, "{}", "[]", "", "true", signed];
    let desk = Desk::introspection(Endpoint::answering(|_| answer(&active())), Options::default());
    for body in odd {
        desk.endpoint.answer(move |_| HttpResponse::Ok().content_type("application/json").body(body));
        assert!(is_unavailable(&desk.verify("odd").await), "{body}");
    }
    assert_eq!(questions(&desk, "unreadable"), odd.len() as u64);
    desk.endpoint.answer(|_| answer(&active()));
    assert!(desk.verify("good").await.is_ok());
    desk.stop().await;
}

#[actix_rt::test]
async fn without_credentials_nothing_is_asked() {
    let desk = Desk::introspection(Endpoint::answering(|_| answer(&active())), Options::default());
    let mut stranger = (*desk.entry).clone();
    stranger.id = "issuer-2".into();
    let stranger = std::sync::Arc::new(stranger);
    desk.roster.apply([&desk.entry, &stranger]);
    let deadline = tokio::time::Instant::now() + crate::support::wait::LONG;
    assert!(is_unavailable(&desk.reader.verify(&stranger, "a", deadline).await));
    assert_eq!(desk.endpoint.count(), 0);
    assert!(desk.verify("a").await.is_ok(), "{}", json!("the other entry has its own"));
    desk.stop().await;
}
