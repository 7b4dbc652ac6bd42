//! The fail policy: what a login becomes when the service gives no answer.

use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use super::{ISSUER, login_to, reason};
use crate::support::app::{KEY, TestApp};
use crate::support::auth0::run_action;

const UNAVAILABLE: &str = "Access cannot be checked at the moment. Try again later.";

/// A closed policy denies, an open one lets pass without claims; both say why in the log, and never the key.
async fn assert_policies(url: &str, key: &str, cause: &str) {
    let log = format!("claimsmith gave no answer: {cause}");
    for policy in ["", "closed", "open"] {
        let secrets = [
            ("CLAIMSMITH_URL", url),
            ("CLAIMSMITH_KEY", key),
            ("CLAIMSMITH_ISSUER", ISSUER),
            ("CLAIMSMITH_TIMEOUT_MS", "1000"),
            ("CLAIMSMITH_FAIL_POLICY", policy),
        ];
        let outcome = run_action("post-login.js", login_to("org_acme", "auth0|alice"), &secrets).await;
        assert_eq!(outcome.console, [log.as_str()]);
        if policy == "open" {
            assert_eq!((outcome.thrown, outcome.denied, outcome.calls), (None, None, Vec::new()));
        } else {
            assert_eq!(reason(&outcome), UNAVAILABLE, "{policy}");
        }
    }
}

/// Accepts every connection, keeps it, and never says a word.
async fn silent_server() -> (String, JoinHandle<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let serving = tokio::spawn(async move {
        let mut kept = Vec::new();
        while let Ok((connection, _)) = listener.accept().await {
            kept.push(connection);
        }
    });
    (url, serving)
}

#[actix_rt::test]
async fn a_server_that_is_down_is_no_answer() {
    // Bound without listening: the port stays ours, and connecting to it is refused.
    let socket = tokio::net::TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let url = format!("http://{}", socket.local_addr().unwrap());
    assert_policies(&url, KEY, "ECONNREFUSED").await;
}

#[actix_rt::test]
async fn a_server_that_never_answers_is_given_up_in_time() {
    let (url, serving) = silent_server().await;
    assert_policies(&url, KEY, "TimeoutError").await;
    serving.abort();
}

#[actix_rt::test]
async fn a_rejected_key_is_a_failure_and_no_decision_about_the_person() {
    let app = TestApp::start().await;
    assert_policies(&app.data("/"), "cs_wrong", "401 caller_unauthenticated").await;
    app.stop().await;
}

#[actix_rt::test]
async fn secrets_that_were_forgotten_are_a_failure_too() {
    assert_policies("", KEY, "CLAIMSMITH_URL or _KEY is not set").await;
}
