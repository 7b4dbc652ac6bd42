//! Nobody reads a token: not in logs of any level, errors, metrics, or what an actor says of itself.

use std::io;
use std::sync::Arc;

use actix_web::HttpResponse;
use claimsmith::config::{Secret, SecretSource};
use parking_lot::Mutex;
use serde_json::json;
use tracing::Level;

use super::desk::{Desk, Options};
use super::endpoint::{Endpoint, json as answer, status};
use super::introspection::active;

const TOKEN: &str = "mF_9.B5f-4.1JqM-very-secret";
const SECRET: &str = "hunter2-client-secret";

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl io::Write for Log {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        self.0.lock().extend_from_slice(line);
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[actix_rt::test]
async fn neither_a_token_nor_the_secret_is_shown_anywhere() {
    let log = Log::default();
    let writer = log.clone();
    let lines = tracing_subscriber::fmt().with_max_level(Level::DEBUG).with_writer(move || writer.clone()).finish();
    // The actor runs on the test's own thread, as does all that it calls.
    let _guard = tracing::subscriber::set_default(lines);
    let options = Options { secret: SecretSource::Inline(Secret::new(SECRET)), ..Options::default() };
    let desk = Desk::introspection(Endpoint::answering(|_| status(401)), options);
    let mut shown = Vec::new();
    for (number, reply) in replies().into_iter().enumerate() {
        desk.endpoint.answer(reply);
        let token = format!("{TOKEN}-{number}");
        shown.push(match desk.verify(&token).await {
            Ok(introspected) => format!("{introspected:?}"),
            Err(error) => format!("{error} {error:?}"),
        });
    }
    shown.push(desk.exposition());
    shown.push(serde_json::to_string(&desk.supervisor.status()).unwrap());
    shown.push(String::from_utf8(log.0.lock().clone()).unwrap());
    assert!(shown.last().unwrap().contains("the issuer refuses our credentials"), "the log was read: {shown:?}");
    for text in shown {
        assert!(!text.contains(TOKEN) && !text.contains(SECRET) && !text.contains("aHVudGVyMi"), "{text}");
    }
    assert!(desk.endpoint.asked().iter().all(|asked| asked.body.contains("very-secret")), "it was sent");
    desk.stop().await;
}

type Reply = Box<dyn Fn(&super::endpoint::Asked) -> HttpResponse + Send + Sync>;

/// Answers of every kind; each quotes the question.
fn replies() -> Vec<Reply> {
    vec![
        Box::new(|_| status(401)),
        Box::new(|asked| HttpResponse::Ok().body(asked.body.clone())),
        Box::new(|asked| answer(&json!({"active": false, "token": asked.body}))),
        Box::new(|asked| {
            let mut body = active();
            body["token"] = json!(asked.body);
            answer(&body)
        }),
        Box::new(|asked| answer(&json!({"active": true, "sub": "a", "aud": asked.body}))),
        Box::new(|asked| HttpResponse::BadRequest().body(asked.body.clone())),
        Box::new(|asked| HttpResponse::Found().insert_header(("location", format!("/?{}", asked.body))).finish()),
        Box::new(|asked| HttpResponse::InternalServerError().body(asked.body.clone())),
    ]
}
