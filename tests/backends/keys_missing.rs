//! While the keys cannot be had, nobody is told that a token is bad.

use std::sync::Arc;

use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use super::back_end::Sample;
use super::key::Key;
use crate::support::exchange::{ORDERS, new_pem};
use crate::support::identity_provider::unix_now;

/// Answers every connection with these bytes, and closes it.
struct Says {
    url: String,
    task: JoinHandle<()>,
}

impl Drop for Says {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Says {
    async fn start(bytes: String) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let bytes = Arc::new(bytes);
        let task = tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let _ = stream.read(&mut [0; 4096]).await;
                let _ = stream.write_all(bytes.as_bytes()).await;
            }
        });
        Self { url, task }
    }
}

fn answer(status: u16, length: usize, body: &str) -> String {
    format!("HTTP/1.1 {status} x\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n{body}")
}

/// It may well be good.
fn token_of(issuer: &str) -> String {
    let header = json!({"alg": "ES256", "typ": "at+jwt", "kid": "k"});
    let now = unix_now();
    let payload = json!({"iss": issuer, "sub": "alice", "aud": ORDERS, "iat": now, "exp": now + 300});
    Key::of_pem(&new_pem()).sign(&header, &payload)
}

#[actix_rt::test]
async fn a_key_set_that_cannot_be_had_is_no_verdict_on_a_token() {
    let answers = [
        ("nothing", String::new()),
        ("an error", answer(500, 2, "{}")),
        ("a page", answer(200, 8, "<p>Hello")),
        ("half of it", answer(200, 100, "{\"keys\": [")),
        ("no object", answer(200, 2, "[]")),
        ("no keys", answer(200, 2, "{}")),
    ];
    for sample in Sample::ALL {
        for (what, bytes) in &answers {
            let service = Says::start(bytes.clone()).await;
            let Some(back_end) = sample.start(&service.url).await else { break };
            let token = token_of(&service.url);
            for _ in 0..2 {
                let answer = back_end.me(&token).await;
                assert_eq!(answer.status.as_u16(), 503, "{sample:?}, {what}: {answer:?}");
            }
        }
    }
}
