//! What a request says, and what is made of the head of an answer.

use std::time::Duration;

use claimsmith::issuers::fetch::{FetchFault, Fetched, Freshness, Validators};

use super::names::Names;
use super::server::{Script, Server};
use super::{PATIENT, body_of, fetcher, get, get_if_changed, get_plainly, plaintext};

const KEYS: &str = "{\"keys\":[]}";

fn tag(text: &str) -> Validators {
    Validators { etag: Some(text.into()), last_modified: None }
}

#[actix_rt::test]
async fn a_document_comes_with_its_validators_and_what_it_says_about_its_freshness() {
    let date = "Sun, 06 Nov 1994 08:49:37 GMT";
    let headers = format!(
        "etag: W/\"1\"\r\nlast-modified: {date}\r\ncache-control: public\r\ncache-control: max-age=600\r\nage: 100\r\n"
    );
    let server = Server::always(Script::json(&headers, KEYS)).await;
    let expected = Fetched::Document {
        body: KEYS.into(),
        validators: Validators { etag: Some("W/\"1\"".into()), last_modified: Some(date.into()) },
        freshness: Freshness { ttl: Some(Duration::from_secs(500)) },
        odd_type: None,
    };
    assert_eq!(get_plainly(&server.url("/")).await, Ok(expected));
}

#[actix_rt::test]
async fn freshness_is_what_the_headers_say_without_bounds() {
    for (headers, seconds) in [
        ("", None),
        ("cache-control: max-age=15\r\n", Some(15)),
        ("cache-control: max-age=99999999999999999999\r\n", Some(1 << 31)),
        ("cache-control: no-store\r\ncache-control: max-age=600\r\n", Some(0)),
        ("expires: 0\r\n", Some(0)),
        ("date: Sun, 06 Nov 1994 08:49:37 GMT\r\nexpires: Sun, 06 Nov 1994 08:50:37 GMT\r\n", Some(60)),
        ("date: Sun, 06 Nov 1994 08:49:37 GMT\r\nexpires: Sun, 06 Nov 1994 08:00:00 GMT\r\n", Some(0)),
    ] {
        let server = Server::always(Script::json(headers, KEYS)).await;
        let Ok(Fetched::Document { freshness, .. }) = get_plainly(&server.url("/")).await else {
            panic!("no document: {headers}")
        };
        assert_eq!(freshness.ttl.map(|ttl| ttl.as_secs()), seconds, "{headers}");
    }
}

#[actix_rt::test]
async fn a_request_says_who_asks_and_for_what_and_nothing_else() {
    let server = Server::always(Script::json("set-cookie: id=1; path=/\r\n", KEYS)).await;
    let fetcher = fetcher(PATIENT, Names::none());
    for _ in 0..2 {
        get(&fetcher, &server.url("/keys?appid=1"), &plaintext()).await.unwrap();
    }
    let version = env!("CARGO_PKG_VERSION");
    for request in server.requests() {
        let mut lines: Vec<_> = request.lines().filter(|line| !line.is_empty()).collect();
        lines.sort_unstable();
        let mut expected = [
            "GET /keys?appid=1 HTTP/1.1".to_owned(),
            "accept: application/jwk-set+json, application/json".to_owned(),
            "accept-encoding: identity".to_owned(),
            format!("host: {}", server.address),
            format!("user-agent: claimsmith/{version}"),
        ];
        expected.sort_unstable();
        assert_eq!(lines, expected);
    }
    assert_eq!(server.requests().len(), 2);
}

#[actix_rt::test]
async fn who_asks_for_a_change_sends_validators_and_may_hear_that_there_is_none() {
    let unchanged = Script::Answer(
        b"HTTP/1.1 304 Not Modified\r\ncache-control: max-age=600\r\nconnection: close\r\n\r\n".to_vec(),
    );
    let server = Server::with(vec![Script::json("etag: \"1\"\r\n", KEYS), unchanged, Script::json("", "{}")]).await;
    let Ok(Fetched::Document { validators, .. }) = get_plainly(&server.url("/")).await else { panic!("no document") };
    let second = get_if_changed(&server.url("/"), validators.clone()).await.unwrap();
    assert_eq!(second, Fetched::NotModified { freshness: Freshness { ttl: Some(Duration::from_mins(10)) } });
    assert_eq!(body_of(get_if_changed(&server.url("/"), validators).await.unwrap()), b"{}");
    let sent: Vec<_> =
        server.requests().iter().map(|request| request.contains("\r\nif-none-match: \"1\"\r\n")).collect();
    assert_eq!(sent, [false, true, true]);
}

#[actix_rt::test]
async fn not_modified_is_an_error_to_whoever_did_not_ask() {
    let script = Script::Answer(b"HTTP/1.1 304 Not Modified\r\nconnection: close\r\n\r\n".to_vec());
    let server = Server::always(script).await;
    let unasked = get_plainly(&server.url("/")).await.unwrap_err();
    assert_eq!((unasked.class(), unasked.fault()), ("not_modified", &FetchFault::UnaskedNotModified));
    for nothing in [Validators::default(), tag("no tag")] {
        let unasked = get_if_changed(&server.url("/"), nothing).await.unwrap_err();
        assert_eq!(unasked.fault(), &FetchFault::UnaskedNotModified);
    }
    assert!(get_if_changed(&server.url("/"), tag("\"1\"")).await.is_ok());
}

#[actix_rt::test]
async fn a_redirect_is_not_followed_and_its_host_is_named() {
    let target = Server::always(Script::json("", KEYS)).await;
    for (status, location, host) in [
        ("301 Moved Permanently", "http://169.254.169.254/latest/meta-data/".to_owned(), "169.254.169.254"),
        ("302 Found", target.url("/second"), "127.0.0.1"),
        ("303 See Other", "//evil.example/keys".to_owned(), "evil.example"),
        ("307 Temporary Redirect", "/second".to_owned(), "127.0.0.1"),
        ("308 Permanent Redirect", "http://[".to_owned(), "nowhere in particular"),
    ] {
        let redirecting = Server::always(Script::answer(status, &format!("location: {location}\r\n"), "hunter2")).await;
        let error = get_plainly(&redirecting.url("/first")).await.unwrap_err();
        assert_eq!(error.class(), "redirect");
        assert!(error.to_string().contains(&format!("redirects to {host}:")), "{error}");
        assert_eq!(redirecting.requests().len(), 1, "{status}");
    }
    assert!(target.requests().is_empty(), "a redirect was followed");
}

#[actix_rt::test]
async fn a_status_that_is_no_success_is_an_error_that_carries_it() {
    for status in [201, 204, 206, 400, 401, 403, 404, 410, 429, 500, 503] {
        let server = Server::always(Script::answer(&format!("{status} X"), "", "hunter2")).await;
        let error = get_plainly(&server.url("/")).await.unwrap_err();
        assert_eq!((error.class(), error.status(), error.retry_after()), ("status", Some(status), None));
        assert!(!format!("{error} {error:?}").contains("hunter2"));
    }
}

#[actix_rt::test]
async fn a_wish_to_be_left_alone_is_kept_within_bounds() {
    let overdue = "Sun, 06 Nov 1994 08:49:37 GMT";
    for (value, seconds) in
        [("120", Some(120)), ("0", Some(1)), ("86400", Some(3600)), (overdue, Some(1)), ("soon", None)]
    {
        for status in ["429 Too Many Requests", "503 Service Unavailable"] {
            let server = Server::always(Script::answer(status, &format!("retry-after: {value}\r\n"), "")).await;
            let error = get_plainly(&server.url("/")).await.unwrap_err();
            assert_eq!(error.retry_after().map(|wait| wait.as_secs()), seconds, "{value}");
        }
    }
}

#[actix_rt::test]
async fn an_unusual_content_type_is_noted_and_accepted() {
    for (header, noted) in [
        ("content-type: application/jwk-set+json\r\n", None),
        ("content-type: application/json;charset=UTF-8\r\n", None),
        ("content-type: text/plain\r\n", Some("text/plain")),
        ("", Some("")),
    ] {
        let server = Server::always(Script::answer("200 OK", header, KEYS)).await;
        let Ok(Fetched::Document { odd_type, .. }) = get_plainly(&server.url("/")).await else { panic!("{header}") };
        assert_eq!(odd_type.as_deref(), noted, "{header}");
    }
}
