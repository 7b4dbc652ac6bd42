//! Questions about opaque tokens: forms and JSON, with credentials.

use claimsmith::config::Secret;
use claimsmith::issuers::fetch::{FetchError, Leave};
use reqwest::StatusCode;
use serde_json::json;

use super::names::Names;
use super::server::{Script, Server};
use super::{PATIENT, fetcher, plaintext};

async fn ask(server: &Server) -> Result<(StatusCode, Vec<u8>), FetchError> {
    let secret = Secret::new("s:1 +");
    let credentials = Some(("client/1", &secret));
    let form = [("token", "a&b=c"), ("token_type_hint", "access_token")];
    fetcher(PATIENT, Names::none()).post_form(&server.url("/introspect"), &form, credentials, &plaintext()).await
}

#[actix_rt::test]
async fn a_form_is_posted_with_encoded_credentials() {
    let server = Server::always(Script::json("", "{\"active\":false}")).await;
    assert_eq!(ask(&server).await, Ok((StatusCode::OK, b"{\"active\":false}".to_vec())));
    let request = server.requests().remove(0);
    assert!(request.starts_with("POST /introspect HTTP/1.1\r\n"), "{request}");
    // client%2F1:s%3A1+%2B
    assert!(request.contains("\r\nauthorization: Basic Y2xpZW50JTJGMTpzJTNBMSslMkI=\r\n"), "{request}");
    assert!(request.contains("\r\ncontent-type: application/x-www-form-urlencoded\r\n"), "{request}");
    assert!(request.contains("\r\naccept: application/json\r\n"), "{request}");
    assert!(request.ends_with("\r\n\r\ntoken=a%26b%3Dc&token_type_hint=access_token"), "{request}");
}

#[actix_rt::test]
async fn json_is_posted_with_credentials_as_they_are() {
    let server = Server::always(Script::json("", "{}")).await;
    let (secret, body) = (Secret::new("s3"), json!({"access_token": "gho_1"}));
    let fetcher = fetcher(PATIENT, Names::none());
    fetcher
        .post_json(&server.url("/applications/Iv1/token"), &body, Some(("Iv1", &secret)), &plaintext())
        .await
        .unwrap();
    fetcher.post_json(&server.url("/"), &body, None, &plaintext()).await.unwrap();
    let requests = server.requests();
    assert!(requests[0].contains("\r\nauthorization: Basic SXYxOnMz\r\n"), "{}", requests[0]);
    assert!(requests[0].contains("\r\ncontent-type: application/json\r\n"), "{}", requests[0]);
    assert!(requests[0].ends_with("\r\n\r\n{\"access_token\":\"gho_1\"}"), "{}", requests[0]);
    assert!(!requests[1].contains("authorization"), "{}", requests[1]);
}

#[actix_rt::test]
async fn what_a_refusal_says_about_the_request_comes_back() {
    for status in [400_u16, 401, 403, 404, 422] {
        let server = Server::always(Script::answer(&format!("{status} X"), "", "{\"message\":\"no\"}")).await;
        let (got, body) = ask(&server).await.unwrap();
        assert_eq!((got.as_u16(), body), (status, b"{\"message\":\"no\"}".to_vec()));
    }
}

#[actix_rt::test]
async fn what_says_nothing_about_the_request_is_an_error() {
    for (status, headers, class, wait) in [
        ("429 X", "retry-after: 7\r\n", "status", Some(7)),
        ("403 X", "retry-after: 60\r\n", "status", Some(60)),
        ("500 X", "", "status", None),
        ("503 X", "retry-after: 7\r\n", "status", Some(7)),
        ("307 X", "location: http://evil.example/\r\n", "redirect", None),
        ("304 X", "", "not_modified", None),
        ("200 OK", "content-encoding: gzip\r\n", "encoding", None),
        ("200 OK", "content-type: text/html\r\n", "html", None),
    ] {
        let server = Server::always(Script::answer(status, headers, "")).await;
        let error = ask(&server).await.unwrap_err();
        assert_eq!(
            (error.class(), error.retry_after().map(|wait| wait.as_secs())),
            (class, wait),
            "{status} {headers}"
        );
        assert_eq!(server.requests().len(), 1);
    }
}

#[actix_rt::test]
async fn an_endless_refusal_is_cut_off() {
    let server = Server::always(Script::Flood(b"HTTP/1.1 401 X\r\n\r\n".to_vec())).await;
    assert_eq!(ask(&server).await.unwrap_err().class(), "too_large");
}

#[actix_rt::test]
async fn credentials_never_go_to_a_url_that_is_refused() {
    let server = Server::always(Script::json("", "{}")).await;
    let secret = Secret::new("s3");
    let fetcher = fetcher(PATIENT, Names::none());
    let asked = fetcher.post_form(&server.url("/"), &[], Some(("id", &secret)), &Leave::default()).await;
    assert_eq!(asked.unwrap_err().class(), "url");
    assert!(server.requests().is_empty());
}
