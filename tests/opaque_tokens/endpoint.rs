//! An issuer's endpoint on loopback: it notes what it is asked, and answers as it is told to.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use actix_web::dev::ServerHandle;
use actix_web::http::StatusCode;
use actix_web::http::header::{AUTHORIZATION, CONTENT_TYPE, HeaderName};
use actix_web::web::{Bytes, Data};
use actix_web::{App, HttpRequest, HttpResponse, HttpServer, web};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use parking_lot::Mutex;
use serde_json::Value;
use tokio::sync::watch;

/// A question, as it arrived.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    pub(crate) method: String,
    pub(crate) path: String,
    /// User and password, as they were sent.
    pub(crate) credentials: String,
    pub(crate) content_type: String,
    pub(crate) body: String,
}

type Answerer = Arc<dyn Fn(&Asked) -> HttpResponse + Send + Sync>;

struct Inner {
    asked: Mutex<Vec<Asked>>,
    answerer: Mutex<Answerer>,
    answers: watch::Sender<bool>,
    now: AtomicUsize,
    most: AtomicUsize,
}

/// The endpoint.
pub(crate) struct Endpoint {
    pub(crate) url: String,
    inner: Arc<Inner>,
    server: ServerHandle,
}

impl Endpoint {
    /// Answers every question with this.
    pub(crate) fn answering(answerer: impl Fn(&Asked) -> HttpResponse + Send + Sync + 'static) -> Self {
        let inner = Arc::new(Inner {
            asked: Mutex::default(),
            answerer: Mutex::new(Arc::new(answerer)),
            answers: watch::Sender::new(true),
            now: AtomicUsize::new(0),
            most: AtomicUsize::new(0),
        });
        let data = Data::from(Arc::clone(&inner));
        let app = move || App::new().app_data(data.clone()).default_service(web::to(handle));
        let server = HttpServer::new(app).workers(1).disable_signals().shutdown_timeout(0).bind(("127.0.0.1", 0));
        let server = server.unwrap();
        let url = format!("http://{}", server.addrs()[0]);
        let running = server.run();
        let server = running.handle();
        actix_rt::spawn(running);
        Self { url, inner, server }
    }

    /// From now on it answers with this.
    pub(crate) fn answer(&self, answerer: impl Fn(&Asked) -> HttpResponse + Send + Sync + 'static) {
        *self.inner.answerer.lock() = Arc::new(answerer);
    }

    /// Takes questions and answers none.
    pub(crate) fn hold(&self) {
        self.inner.answers.send_replace(false);
    }

    /// Answers what it was asked meanwhile, and goes on.
    pub(crate) fn release(&self) {
        self.inner.answers.send_replace(true);
    }

    /// Every question so far.
    pub(crate) fn asked(&self) -> Vec<Asked> {
        self.inner.asked.lock().clone()
    }

    /// How many questions there were.
    pub(crate) fn count(&self) -> usize {
        self.inner.asked.lock().len()
    }

    /// How many questions were open at once, at most.
    pub(crate) fn most_at_once(&self) -> usize {
        self.inner.most.load(Ordering::SeqCst)
    }

    /// Is gone.
    pub(crate) async fn stop(&self) {
        self.release();
        self.server.stop(false).await;
    }
}

async fn handle(request: HttpRequest, body: Bytes, inner: Data<Inner>) -> HttpResponse {
    let asked = Asked {
        method: request.method().to_string(),
        path: request.path().to_owned(),
        credentials: credentials(&header(&request, AUTHORIZATION)),
        content_type: header(&request, CONTENT_TYPE),
        body: String::from_utf8_lossy(&body).into_owned(),
    };
    inner.asked.lock().push(asked.clone());
    let open = inner.now.fetch_add(1, Ordering::SeqCst) + 1;
    inner.most.fetch_max(open, Ordering::SeqCst);
    let mut answers = inner.answers.subscribe();
    answers.wait_for(|answers| *answers).await.unwrap();
    let answerer = Arc::clone(&inner.answerer.lock());
    inner.now.fetch_sub(1, Ordering::SeqCst);
    answerer(&asked)
}

fn header(request: &HttpRequest, name: HeaderName) -> String {
    request.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned()
}

fn credentials(authorization: &str) -> String {
    let encoded = authorization.strip_prefix("Basic ").unwrap_or_default();
    String::from_utf8(STANDARD.decode(encoded).unwrap()).unwrap()
}

/// Status 200 with this.
pub(crate) fn json(body: &Value) -> HttpResponse {
    HttpResponse::Ok().json(body)
}

/// This status and nothing else of interest.
pub(crate) fn status(code: u16) -> HttpResponse {
    HttpResponse::build(StatusCode::from_u16(code).unwrap()).body("{\"message\":\"no\"}")
}
