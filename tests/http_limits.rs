//! What the data plane refuses before anybody looks at it: too large, too slow, nowhere, not that way.

use std::collections::BTreeSet;
use std::time::Duration;

use claimsmith::config::ByteSize;
use claimsmith::error::Code;
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::TestRunner;
use reqwest::{Method, StatusCode};

use crate::support::app::{Answer, KEY, TestApp};

const LIMIT: usize = 2_048;

fn head(target: &str, headers: &str) -> String {
    format!("POST {target} HTTP/1.1\r\nhost: a\r\nauthorization: Bearer {KEY}\r\n{headers}\r\n")
}

/// A question of exactly so many bytes.
fn question_of(bytes: usize) -> String {
    let question = r#"{"user":"alice"}"#;
    format!("{question}{}", " ".repeat(bytes - question.len()))
}

#[actix_rt::test]
async fn a_body_may_have_the_size_of_the_limit_and_not_a_byte_more() {
    let app = TestApp::with(|settings| settings.http.max_body = ByteSize::from_bytes(LIMIT as u64)).await;
    let ask = async |bytes| {
        let request = app.client.post(app.data("/v1/claims")).bearer_auth(KEY).body(question_of(bytes));
        app.send(request).await
    };
    assert_eq!(ask(LIMIT).await.status, StatusCode::OK);
    ask(LIMIT + 1).await.assert_refused(Code::BodyTooLarge);
    // Nobody says beforehand how long a chunked body will be.
    let (chunk, size) = (question_of(LIMIT + 1), LIMIT + 1);
    let request = format!("{}{size:x}\r\n{chunk}\r\n0\r\n\r\n", head("/v1/claims", "transfer-encoding: chunked\r\n"));
    app.exchange(&request).await.assert_refused(Code::BodyTooLarge);
    // Refused by what it says, without waiting for what it does not send.
    app.exchange(&head("/v1/claims", "content-length: 9999999999\r\n")).await.assert_refused(Code::BodyTooLarge);
    app.stop().await;
}

#[actix_rt::test]
async fn a_client_that_does_not_finish_its_request_is_not_waited_for() {
    let app = TestApp::with(|settings| settings.http.client_timeout = Duration::from_millis(500)).await;
    let slow_body = format!("{}{{\"user\":", head("/v1/claims", "content-length: 16\r\n"));
    app.exchange(&slow_body).await.assert_refused(Code::RequestTimeout);
    let slow_head = "POST /v1/claims HTTP/1.1\r\nhost: a\r\n";
    assert_eq!(app.exchange(slow_head).await.status, StatusCode::REQUEST_TIMEOUT);
    app.stop().await;
}

#[actix_rt::test]
async fn an_unknown_path_is_not_found_and_counted_under_one_label() {
    let app = TestApp::start().await;
    let unmatched = "claimsmith_http_requests_total{class=\"4xx\",surface=\"unmatched\"}";
    let before = app.count(unmatched).await;
    let paths = ["/", "/v1", "/v1/claims/", "/v1/Claims", "/v1/claims/more", "//v1/claims", "/metrics", "/%2e%2e/x"];
    for path in paths {
        app.exchange(&head(path, "content-length: 0\r\n")).await.assert_refused(Code::NotFound);
    }
    assert_eq!(app.count(unmatched).await - before, paths.len());
    app.stop().await;
}

#[actix_rt::test]
async fn a_method_that_a_path_does_not_have_is_refused_with_those_that_it_has() {
    let app = TestApp::start().await;
    for (path, surface, allowed) in [("/v1/claims", "claims", "POST"), ("/v1/memberships", "memberships", "GET")] {
        let series = format!("claimsmith_http_requests_total{{class=\"4xx\",surface=\"{surface}\"}}");
        let before = app.count(&series).await;
        let methods =
            [Method::PUT, Method::DELETE, Method::PATCH, Method::OPTIONS, Method::from_bytes(b"BREW").unwrap()];
        for method in methods.clone() {
            let answer = app.send(app.client.request(method, app.data(path)).bearer_auth(KEY)).await;
            answer.assert_refused(Code::MethodNotAllowed);
            // RFC 9110 section 15.5.6: the answer must say which methods there are.
            assert_eq!(answer.header("allow"), Some(allowed), "{path}");
        }
        assert_eq!(app.count(&series).await - before, methods.len());
    }
    app.stop().await;
}

#[actix_rt::test]
async fn whatever_path_is_asked_for_there_are_no_more_series_than_before() {
    let app = TestApp::start().await;
    let before = series(&app).await;
    let paths =
        proptest::string::string_regex("(/[a-zA-Z0-9._~!$&'()*+,;=:@|^{}%-]{0,12}){1,4}(\\?[a-z=&]{0,8})?").unwrap();
    let mut runner = TestRunner::deterministic();
    for _ in 0..50 {
        let path = paths.new_tree(&mut runner).unwrap().current();
        let answer: Answer = app.exchange(&head(&path, "content-length: 0\r\n")).await;
        assert!(answer.status.is_client_error(), "{path}: {answer:?}");
    }
    for target in ["*", "/a%0ab", "http://elsewhere.example/v1"] {
        app.exchange(&head(target, "content-length: 0\r\n")).await.assert_refused(Code::NotFound);
    }
    assert_eq!(series(&app).await, before);
    app.stop().await;
}

/// Every series of the data plane, without its value.
async fn series(app: &TestApp) -> BTreeSet<String> {
    let exposition = app.get_ops("/metrics").await.body;
    let lines = exposition.as_str().unwrap().lines();
    let own = lines.filter(|line| line.starts_with("claimsmith_http") || line.starts_with("claimsmith_refusals"));
    own.filter_map(|line| line.rsplit_once(' ')).map(|(name, _)| name.to_owned()).collect()
}
