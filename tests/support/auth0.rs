//! Runs the Auth0 Actions of `config/auth0` as they are, against a real server.
//!
//! The file is executed by `QuickJS`. Around it stand the `event` that the test gives, an `api` with exactly the
//! members of its trigger, and Node's `fetch`, `AbortSignal.timeout`, `setTimeout` and `console` (`auth0_host.js`). A
//! `fetch` is a real HTTP request, and a time-out really elapses, so a test can put a slow, broken or absent server
//! behind `CLAIMSMITH_URL`.
//!
//! ```ignore
//! let secrets = [("CLAIMSMITH_URL", url.as_str()), ("CLAIMSMITH_KEY", "k"), ("CLAIMSMITH_ISSUER", issuer)];
//! let outcome = run_action("post-login.js", login_event("auth0|42"), &secrets).await;
//! assert_eq!(outcome.thrown, None);
//! assert_eq!(outcome.access_token_claims["https://claims.example.com/tenant"], "acme");
//! ```
//!
//! The engine belongs to one thread: call it from a current-thread runtime (`#[tokio::test]`, `#[actix_web::test]`).
//! Not imitated: TLS, `api.cache` and other members that our Actions do not use, Auth0's limits on sizes.

use std::cell::RefCell;
use std::error::Error as _;
use std::io;
use std::path::Path;
use std::rc::Rc;
use std::time::Duration;

use reqwest::redirect::Policy;
use rquickjs::prelude::{Async, Opt};
use rquickjs::{AsyncContext, AsyncRuntime, CatchResultExt, Ctx, Function, Object, Promise};
use serde::Deserialize;
use serde_json::{Map, Value, json};

const HOST: &str = include_str!("auth0_host.js");

/// Auth0 ends a trigger after 20 s.
const TRIGGER_LIMIT: Duration = Duration::from_secs(20);

/// What an Action did.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct ActionOutcome {
    /// The custom claims of the access token. Names that Auth0 reserves are missing, as Auth0 drops them silently.
    pub(crate) access_token_claims: Map<String, Value>,
    /// The same for the ID token.
    pub(crate) id_token_claims: Map<String, Value>,
    /// The first denial.
    pub(crate) denied: Option<Denial>,
    /// Every call of the API in order: `{call, name, value, dropped}` for a claim, `{call, code, reason}` for a denial.
    pub(crate) calls: Vec<Value>,
    /// The lines of the Action's log.
    pub(crate) console: Vec<String>,
    /// What escaped from the Action, or why it could not run.
    pub(crate) thrown: Option<String>,
}

/// A call of `api.access.deny`.
#[derive(Debug, PartialEq, Eq, Deserialize)]
pub(crate) struct Denial {
    /// The OAuth error code. The `post-login` trigger has none.
    pub(crate) code: Option<String>,
    /// What the application gets as `error_description`.
    pub(crate) reason: String,
}

/// Runs `file` of `config/auth0`. The event's `secrets` are set from `secrets`.
pub(crate) async fn run_action(file: &str, mut event: Value, secrets: &[(&str, &str)]) -> ActionOutcome {
    let secrets: Map<String, Value> = secrets.iter().map(|(name, value)| ((*name).to_owned(), json!(value))).collect();
    if let Some(members) = event.as_object_mut() {
        members.insert("secrets".to_owned(), Value::Object(secrets));
    }
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("config/auth0").join(file);
    let finished = tokio::time::timeout(TRIGGER_LIMIT, execute(&path, event.to_string())).await;
    let outcome = finished.unwrap_or_else(|_| Err("the Action took longer than 20 s".to_owned()));
    outcome.unwrap_or_else(|reason| ActionOutcome { thrown: Some(reason), ..ActionOutcome::default() })
}

/// The event of a login to an application, with the members that Auth0 always gives.
pub(crate) fn login_event(user_id: &str) -> Value {
    json!({
        "user": {
            "user_id": user_id, "email": "user@example.com", "email_verified": true,
            "app_metadata": {}, "user_metadata": {}
        },
        "client": { "client_id": "spa-1", "name": "Example", "metadata": {} },
        "connection": { "id": "con_1", "name": "Username-Password-Authentication", "strategy": "auth0" },
        "request": {
            "query": {}, "body": {}, "ip": "192.0.2.1", "hostname": "acme.eu.auth0.com", "method": "GET", "geoip": {}
        },
        "transaction": { "protocol": "oidc-basic-profile", "requested_scopes": ["openid"] },
        "stats": { "logins_count": 1 },
        "tenant": { "id": "acme" }
    })
}

/// The event of a client credentials exchange, with the members that Auth0 always gives.
pub(crate) fn machine_event(client_id: &str) -> Value {
    json!({
        "accessToken": { "customClaims": {}, "scope": [] },
        "client": { "client_id": client_id, "name": "Example", "metadata": {} },
        "request": { "body": {}, "ip": "192.0.2.1", "hostname": "acme.eu.auth0.com", "method": "POST", "geoip": {} },
        "resource_server": { "identifier": "https://api.example.com" },
        "transaction": { "requested_scopes": [] },
        "tenant": { "id": "acme" }
    })
}

async fn execute(file: &Path, event: String) -> Result<ActionOutcome, String> {
    let source = std::fs::read_to_string(file).map_err(|error| format!("{}: {error}", file.display()))?;
    let runtime = AsyncRuntime::new().map_err(|error| error.to_string())?;
    let context = AsyncContext::full(&runtime).await.map_err(|error| error.to_string())?;
    let told = context
        .async_with(async |ctx| {
            let told = call_host(&ctx, source, event).await;
            told.catch(&ctx).map_err(|error| error.to_string())
        })
        .await?;
    serde_json::from_str(&told).map_err(|error| format!("{error}: {told}"))
}

async fn call_host(ctx: &Ctx<'_>, source: String, event: String) -> rquickjs::Result<String> {
    let host: Function<'_> = ctx.eval(HOST)?;
    let promise: Promise<'_> = host.call((native(ctx)?, source, event))?;
    promise.into_future().await
}

/// The functions that JavaScript cannot have by itself. They speak JSON and never reject.
fn native<'js>(ctx: &Ctx<'js>) -> rquickjs::Result<Object<'js>> {
    let native = Object::new(ctx.clone())?;
    let responses: Responses = Rc::default();
    let opened = Rc::clone(&responses);
    let request = move |request: String, limit: Opt<f64>| {
        let responses = Rc::clone(&opened);
        async move { within(limit.0, send(request, responses)).await }
    };
    native.set("request", Function::new(ctx.clone(), Async(request))?)?;
    let body = move |id: usize, limit: Opt<f64>| {
        let responses = Rc::clone(&responses);
        async move { within(limit.0, read_body(id, responses)).await }
    };
    native.set("body", Function::new(ctx.clone(), Async(body))?)?;
    let sleep = |milliseconds: f64| tokio::time::sleep(Duration::from_secs_f64(milliseconds / 1000.0));
    native.set("sleep", Function::new(ctx.clone(), Async(sleep))?)?;
    Ok(native)
}

/// Responses whose bodies have not been read.
type Responses = Rc<RefCell<Vec<Option<reqwest::Response>>>>;

#[derive(Deserialize)]
struct FetchRequest {
    url: String,
    method: String,
    headers: Vec<(String, String)>,
    body: Option<String>,
    redirect: String,
}

/// Drops the work, and with it the connection, when the signal's time is up.
async fn within(milliseconds: Option<f64>, work: impl Future<Output = Result<Value, String>>) -> String {
    let limit = milliseconds.map_or(TRIGGER_LIMIT, |limit| Duration::from_secs_f64(limit / 1000.0));
    let outcome = tokio::time::timeout(limit, work).await.unwrap_or_else(|_| Ok(json!({ "timedOut": true })));
    outcome.unwrap_or_else(|code| json!({ "failed": code })).to_string()
}

async fn send(request: String, responses: Responses) -> Result<Value, String> {
    let request: FetchRequest = serde_json::from_str(&request).map_err(|error| error.to_string())?;
    let method = request.method.parse().map_err(|_| "ERR_INVALID_METHOD")?;
    let follow = request.redirect == "follow";
    let policy = if follow { Policy::default() } else { Policy::none() };
    let client = reqwest::Client::builder().redirect(policy).no_proxy().build().map_err(|error| error_code(&error))?;
    let mut call = client.request(method, &request.url).body(request.body.unwrap_or_default());
    for (name, value) in &request.headers {
        call = call.header(name, value);
    }
    let response = call.send().await.map_err(|error| error_code(&error))?;
    if response.status().is_redirection() && !follow {
        return Err("ERR_REDIRECT".to_owned());
    }
    let mut opened = responses.borrow_mut();
    let head = json!({ "id": opened.len(), "status": response.status().as_u16(), "headers": headers(&response) });
    opened.push(Some(response));
    Ok(head)
}

fn headers(response: &reqwest::Response) -> Vec<(&str, &str)> {
    response.headers().iter().filter_map(|(name, value)| Some((name.as_str(), value.to_str().ok()?))).collect()
}

async fn read_body(id: usize, responses: Responses) -> Result<Value, String> {
    let taken = responses.borrow_mut().get_mut(id).and_then(Option::take);
    let response = taken.ok_or("ERR_BODY_ALREADY_USED")?;
    let text = response.text().await.map_err(|error| error_code(&error))?;
    Ok(json!({ "text": text }))
}

/// The code that Node.js puts into the `cause` of a failed fetch.
fn error_code(error: &reqwest::Error) -> String {
    let mut source = error.source();
    while let Some(inner) = source {
        if let Some(refusal) = inner.downcast_ref::<io::Error>() {
            return node_code(refusal.kind()).to_owned();
        }
        source = inner.source();
    }
    "UND_ERR_SOCKET".to_owned()
}

fn node_code(kind: io::ErrorKind) -> &'static str {
    match kind {
        io::ErrorKind::ConnectionRefused => "ECONNREFUSED",
        io::ErrorKind::ConnectionReset => "ECONNRESET",
        _ => "UND_ERR_SOCKET",
    }
}
