//! A service that makes tokens of its own, a caller that may exchange others for them, and a verifier that knows nothing but
//! what the service publishes.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};
use std::time::{Duration, SystemTime};

use claimsmith::clock::{Clock, Moment, SharedClock, SystemClock};
use claimsmith::config::{Settings, SigningAlgorithm, SigningKeysAt, Surface, Token};
use jsonwebtoken::jwk::JwkSet;
use jsonwebtoken::{DecodingKey, Validation, decode, decode_header};
use reqwest::RequestBuilder;
use serde_json::Value;

use super::app::{Answer, TestApp};
use super::callers::add_caller;
use super::identity_provider::{ENTRY, IdentityProvider, Issuer, reach};
use super::postgres::TestDatabase;
use super::wait::until;

/// The grant.
pub(crate) const GRANT: &str = "urn:ietf:params:oauth:grant-type:token-exchange";
/// What an access token is called.
pub(crate) const ACCESS_TOKEN: &str = "urn:ietf:params:oauth:token-type:access_token";
/// What an ID token is called.
pub(crate) const ID_TOKEN: &str = "urn:ietf:params:oauth:token-type:id_token";
/// What any JWT is called.
pub(crate) const JWT: &str = "urn:ietf:params:oauth:token-type:jwt";
/// What a transaction token is called.
pub(crate) const TXN_TOKEN: &str = "urn:ietf:params:oauth:token-type:txn_token";

/// `iss` of the service's tokens.
pub(crate) const OURS: &str = "https://claims.example.com";
/// The caller that may exchange, and its key.
pub(crate) const EDGE: &str = "edge";
pub(crate) const EDGE_KEY: &str = "cs_edge";
/// For whom it may have tokens, first what it gets without asking.
pub(crate) const ORDERS: &str = "https://orders.internal";
pub(crate) const STOCK: &str = "https://stock.internal";

static COUNT: AtomicUsize = AtomicUsize::new(0);

/// A path of a test's own, gone with it.
pub(crate) struct Scratch(pub(crate) PathBuf);

impl Scratch {
    pub(crate) fn new() -> Self {
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        Self(std::env::temp_dir().join(format!("claimsmith-keys-{}-{number}", std::process::id())))
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
        let _ = fs::remove_file(&self.0);
    }
}

/// The system's clock, whose calendar can be put forward.
#[derive(Debug)]
pub(crate) struct ShiftedClock {
    system: SharedClock,
    seconds: AtomicI64,
}

impl ShiftedClock {
    pub(crate) fn shared() -> Arc<Self> {
        Arc::new(Self { system: SystemClock::shared(), seconds: AtomicI64::new(0) })
    }

    pub(crate) fn put_forward(&self, by: Duration) {
        self.seconds.fetch_add(i64::try_from(by.as_secs()).unwrap(), Ordering::SeqCst);
    }
}

impl Clock for ShiftedClock {
    fn now(&self) -> Moment {
        self.system.now()
    }

    fn wall(&self) -> SystemTime {
        self.system.wall() + Duration::from_secs(self.seconds.load(Ordering::SeqCst).unsigned_abs())
    }
}

/// Tokens on, with the usual settings.
pub(crate) fn switched_on(keys: SigningKeysAt) -> Token {
    Token {
        issuer: OURS.to_owned(),
        algorithm: SigningAlgorithm::Es256,
        lifetime: Duration::from_mins(5),
        keys,
        rotate_every: Duration::from_hours(720),
        publish_ahead: Duration::from_hours(1),
    }
}

/// Makes the service one that exchanges tokens.
pub(crate) fn exchanging(settings: &mut Settings, keys: SigningKeysAt) {
    reach(settings, &[ENTRY]);
    settings.token = Some(switched_on(keys));
    // So that a test can have the writer look at once, by having it die.
    settings.supervision.restart_min = Duration::from_millis(1);
    settings.supervision.restart_max = Duration::from_millis(1);
    settings.supervision.budget = 1_000;
    add_caller(settings, EDGE, EDGE_KEY, |caller| {
        caller.surfaces = vec![Surface::Token, Surface::Introspect];
        caller.audiences = vec![ORDERS.to_owned(), STOCK.to_owned()];
    });
}

/// Lets every caller that may have tokens for nobody have them for this audience.
pub(crate) fn for_audience(settings: &mut Settings, audience: &str) {
    for caller in settings.callers.values_mut().filter(|caller| caller.audiences.is_empty()) {
        caller.audiences = vec![audience.to_owned()];
    }
}

/// A service that exchanges the tokens of one issuer.
pub(crate) struct Exchange {
    pub(crate) provider: IdentityProvider,
    pub(crate) issuer: Issuer,
    pub(crate) app: TestApp,
    pub(crate) keys: Scratch,
}

impl Exchange {
    /// With keys in a directory.
    pub(crate) async fn start() -> Self {
        Self::with(|_| ()).await
    }

    /// With settings of the test's own.
    pub(crate) async fn with(change: impl FnOnce(&mut Settings)) -> Self {
        let keys = Scratch::new();
        let at = SigningKeysAt::Directory(keys.0.clone());
        Self::on(keys, at, &SystemClock::shared(), change).await
    }

    /// With keys and a clock of the test's own.
    pub(crate) async fn on(
        keys: Scratch,
        at: SigningKeysAt,
        clock: &SharedClock,
        change: impl FnOnce(&mut Settings),
    ) -> Self {
        let provider = IdentityProvider::start().await;
        let issuer = provider.issuer("acme");
        let database = TestDatabase::create().await;
        issuer.register(&database, ENTRY).await;
        let app = TestApp::unready(database, clock, |settings| {
            exchanging(settings, at);
            change(settings);
        });
        until("the service is ready", || async { app.freshness.read().age_bound.map(drop) }).await;
        app.accepts(&issuer.token("alice").sign()).await;
        Self { provider, issuer, app, keys }
    }

    /// `POST /v1/token` without credentials.
    pub(crate) fn post(&self, form: &[(&str, &str)]) -> RequestBuilder {
        self.app.client.post(self.app.data("/v1/token")).form(form)
    }

    /// The answer to a request of the caller that may exchange.
    pub(crate) async fn exchange(&self, form: &[(&str, &str)]) -> Answer {
        self.app.send(self.post(form).basic_auth(EDGE, Some(EDGE_KEY))).await
    }

    /// The token that is made of a good one of this user.
    pub(crate) async fn token_of(&self, user: &str) -> String {
        let brought = self.issuer.token(user).sign();
        let answer = self.exchange(&asking(&brought, &[])).await;
        answer.body["access_token"].as_str().unwrap_or_else(|| panic!("{answer:?}")).to_owned()
    }

    /// `POST /v1/introspect` of the same caller.
    pub(crate) async fn introspect(&self, form: &[(&str, &str)]) -> Answer {
        let request = self.app.client.post(self.app.data("/v1/introspect")).bearer_auth(EDGE_KEY);
        self.app.send(request.form(form)).await
    }

    /// The key set that is published.
    pub(crate) async fn key_set(&self) -> JwkSet {
        key_set(&self.app).await
    }

    /// What a token says, for whoever verifies it with the published keys.
    pub(crate) async fn verified(&self, token: &str, audience: &str) -> Value {
        verified(token, audience, &self.key_set().await).unwrap_or_else(|error| panic!("{error}"))
    }

    /// Has the writer of the keys look at its store now.
    pub(crate) async fn look_at_keys(&self) {
        look_at_keys(&self.app).await;
    }
}

/// A good request for a token, which a test may change before it is sent.
pub(crate) fn asking<'a>(token: &'a str, more: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let good =
        [("grant_type", GRANT), ("subject_token", token), ("subject_token_type", ACCESS_TOKEN), ("tenant", "acme")];
    let kept = good.into_iter().filter(|(name, _)| more.iter().all(|(other, _)| other != name));
    kept.chain(more.iter().copied()).collect()
}

/// The key set that a replica publishes.
pub(crate) async fn key_set(app: &TestApp) -> JwkSet {
    let answer = Answer::of(app.client.get(app.data("/.well-known/jwks.json")).send().await.unwrap()).await;
    serde_json::from_value(answer.body.clone()).unwrap_or_else(|_| panic!("{answer:?}"))
}

/// Has the writer of the keys look at its store: a new incarnation begins with that.
pub(crate) async fn look_at_keys(app: &TestApp) {
    let restarts = "claimsmith_actor_restarts_total{actor=\"signing_keys\",cause=\"panic\"}";
    let before = app.count(restarts).await;
    assert_eq!(app.supervisor.inject_panic("signing_keys"), 1);
    app.count_becomes(restarts, before + 1).await;
}

/// The claims of a token, by an independent library that is given the key set, the issuer and the audience.
pub(crate) fn verified(token: &str, audience: &str, keys: &JwkSet) -> Result<Value, String> {
    let header = decode_header(token).map_err(|error| error.to_string())?;
    let kid = header.kid.ok_or("no kid")?;
    let key = keys.find(&kid).ok_or_else(|| format!("{kid} is not published"))?;
    let mut validation = Validation::new(header.alg);
    validation.set_audience(&[audience]);
    validation.leeway = 0;
    validation.set_required_spec_claims(&["exp", "aud", "sub"]);
    // Read for verifying, so a clock that was put forward by a test does not matter here.
    validation.validate_exp = false;
    let key = DecodingKey::from_jwk(key).map_err(|error| error.to_string())?;
    decode::<Value>(token, &key, &validation).map(|data| data.claims).map_err(|error| error.to_string())
}

/// A private key that somebody else has made, as PEM, for the service's account alone.
pub(crate) fn write_keys(path: &Path, pems: &[&str]) {
    use std::io::Write as _;
    use std::os::unix::fs::OpenOptionsExt as _;
    let aside = path.with_extension("aside");
    let mut file = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&aside).unwrap();
    file.write_all(pems.concat().as_bytes()).unwrap();
    fs::rename(aside, path).unwrap();
}

/// A new private key as PEM (RFC 7468), on P-256.
pub(crate) fn new_pem() -> String {
    use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair};
    let random = aws_lc_rs::rand::SystemRandom::new();
    pem(EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random).unwrap().as_ref())
}

/// The same for Ed25519.
pub(crate) fn new_ed25519_pem() -> String {
    let random = aws_lc_rs::rand::SystemRandom::new();
    pem(aws_lc_rs::signature::Ed25519KeyPair::generate_pkcs8(&random).unwrap().as_ref())
}

fn pem(der: &[u8]) -> String {
    use base64::Engine as _;
    let text = base64::engine::general_purpose::STANDARD.encode(der);
    let lines: Vec<&str> = text.as_bytes().chunks(64).map(|line| std::str::from_utf8(line).unwrap()).collect();
    format!("-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n", lines.join("\n"))
}

/// An error as RFC 6749 section 5.2 has it; gives its description.
#[track_caller]
pub(crate) fn assert_error(answer: &Answer, status: u16, error: &str) -> String {
    assert_eq!((answer.status.as_u16(), answer.body["error"].as_str()), (status, Some(error)), "{answer:?}");
    assert_eq!(answer.header("content-type"), Some("application/json"));
    assert_eq!((answer.header("cache-control"), answer.header("pragma")), (Some("no-store"), Some("no-cache")));
    let challenge = (status == 401).then_some("Basic realm=\"claimsmith\"");
    assert_eq!(answer.header("www-authenticate"), challenge, "{answer:?}");
    assert_eq!(answer.header("retry-after").is_some(), status == 503, "{answer:?}");
    let members: Vec<&String> = answer.body.as_object().unwrap().keys().collect();
    assert_eq!(members, ["error", "error_description"], "{answer:?}");
    let description = answer.body["error_description"].as_str().unwrap();
    assert!(description.bytes().all(|byte| matches!(byte, 0x20..=0x21 | 0x23..=0x5b | 0x5d..=0x7e)), "{description}");
    description.to_owned()
}
