//! What a gateway's question costs: processor time per request of the server process, with a token that is remembered, the same
//! with an internal token in the answer, and with a token that is verified, beside a bare actix-web handler that returns the same header fields, and beside the bare signature check.
//! All take turns in one run; only the ratios travel from one machine to another.
//!
//! `cargo bench --bench forward_auth -- --help`

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "the signing keys are those of the tests, where what cannot go on fails"
)]

mod bare;
mod support {
    pub(crate) mod bare_key;
    pub(crate) mod contender;
    pub(crate) mod cpu;
    #[expect(dead_code, reason = "other benches use more of it")]
    pub(crate) mod database;
    #[expect(dead_code, reason = "other benches use more of it")]
    pub(crate) mod http;
    pub(crate) mod load;
    pub(crate) mod pin;
    pub(crate) mod quantile;
    pub(crate) mod report;
    #[expect(dead_code, reason = "other benches use more of it")]
    pub(crate) mod service;
    #[path = "../../support/identity_provider/signing_key.rs"]
    #[expect(dead_code, reason = "tests use more of it")]
    pub(crate) mod signing_key;
    #[path = "../../support/wait.rs"]
    pub(crate) mod wait;
}

use std::hint::black_box;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};

use bare::Bare;
use claimsmith::clock::SystemClock;
use clap::Parser;
use serde_json::json;
use support::bare_key::BareKey;
use support::contender::{Contender, compare, none_refused, take_turns, tell};
use support::cpu;
use support::database::{Database, Ids, Population};
use support::http::{Connection, KEY};
use support::load::{Load, Request};
use support::pin;
use support::quantile::quantile;
use support::report::{Failure, say};
use support::service::Service;
use support::signing_key::{Algorithm, SigningKey};

const ISSUER: &str = "https://idp.example/";
const AUDIENCE: &str = "https://api.app.example";
/// Everything else as it is shipped.
const PROFILE: &str = "[gateway]\nbind = '127.0.0.1:0'\nworkers = 1\n[profile.bench]\nanswer_deadline = '30s'\ntenant_header = 'x-tenant'\n";

static COUNT: AtomicUsize = AtomicUsize::new(0);

#[derive(Parser)]
struct Flags {
    /// Users of the one tenant, each with a token that is remembered.
    #[arg(long, default_value_t = 5_000)]
    members: usize,
    /// Tokens that are verified: more than the service remembers.
    #[arg(long, default_value_t = 30_000)]
    tokens: usize,
    /// How the tokens are signed.
    #[arg(long, default_value = "RS256")]
    algorithm: String,
    /// How often every contender has its turn.
    #[arg(long, default_value_t = 36)]
    rounds: usize,
    /// Requests in one turn.
    #[arg(long, default_value_t = 5_000)]
    requests: usize,
    /// Keep-alive connections.
    #[arg(long, default_value_t = 64)]
    connections: usize,
    /// Threads that drive them.
    #[arg(long, default_value_t = 2)]
    threads: usize,
    /// Be the bare server.
    #[arg(long, hide = true)]
    bare: bool,
    /// What `cargo bench` says to every bench.
    #[arg(long, hide = true)]
    bench: bool,
}

fn main() -> Result<(), Failure> {
    let flags = Flags::parse();
    let system = actix_rt::System::new();
    if flags.bare { system.block_on(bare::serve()) } else { system.block_on(run(&flags)) }
}

async fn run(flags: &Flags) -> Result<(), Failure> {
    let population = Population { tenants: 1, members: flags.members, ids: Ids::Uuid };
    let mint = Mint::new(&flags.algorithm)?;
    let database = Database::start().await?;
    database.fill(population).await?;
    database.owner.batch_execute(&mint.registration()).await?;
    let remembered: Vec<Request> = (0..flags.members).map(|user| mint.question(&population, user)).collect();
    let verified: Vec<Request> = (0..flags.tokens).map(|nth| mint.question(&population, nth % flags.members)).collect();
    let keys = KeysDirectory(std::env::temp_dir().join(format!("claimsmith-bench-keys-{}", std::process::id())));
    // Processes of their own, because the one that checks would have the others forget.
    let recalls = Service::start_with(&database.service_url, 1, PROFILE).await?;
    let issues = Service::start_with(&database.service_url, 1, &format!("{PROFILE}{}", keys.section())).await?;
    let checks = Service::start_with(&database.service_url, 1, PROFILE).await?;
    let pinned = pin::load();
    for service in [&recalls, &issues, &checks] {
        pin::server(service.pid)?;
        warm(flags, address(service)?, &remembered)?;
    }

    let mut probe = Connection::open(address(&recalls)?)?;
    probe.send(&remembered.first().ok_or("nobody asks")?.bytes)?;
    let answer = probe.receive()?;
    let lines = answer.headers.lines().count();
    say(&format!("{} users, {}, answers of {lines} header lines; pinned: {pinned}", flags.members, flags.algorithm))?;
    let bare = Bare::start(&answer, |_| true)?;
    pin::server(bare.pid)?;

    let load = (flags.connections, flags.threads);
    let mut contenders = [
        Contender::new("token remembered", (recalls.pid, address(&recalls)?), &remembered, load)?,
        Contender::new("the same, internal token", (issues.pid, address(&issues)?), &remembered, load)?,
        Contender::new("token verified", (checks.pid, address(&checks)?), &verified, load)?,
        Contender::new("bare, same headers", (bare.pid, bare.address), &remembered, load)?,
    ];
    take_turns(&mut contenders, flags.rounds, flags.requests)?;
    report(&contenders, mint.bare_check(flags.rounds)?)
}

fn report(contenders: &[Contender<'_>; 4], signature: f64) -> Result<(), Failure> {
    tell(contenders)?;
    say(&format!("{:34} {signature:6.2}", "the signature alone"))?;
    let [remembered, issued, verified, bare] = contenders;
    say("ratio of medians (median of the ratios of each round)")?;
    compare("token remembered, to bare", remembered, bare)?;
    compare("the same, internal token, to bare", issued, bare)?;
    compare("token verified, to bare", verified, bare)?;
    let [verified, bare] = [verified, bare].map(|contender| quantile(&contender.micros, 50));
    say(&format!("{:34} {:6.3}", "token verified, to signature + bare", verified / (signature + bare)))?;
    none_refused(contenders)
}

fn address(service: &Service) -> Result<SocketAddr, Failure> {
    service.gateway.ok_or_else(|| "the service has no listener for gateways".into())
}

/// Asks for everybody once, so that from here on every role comes from memory.
fn warm(flags: &Flags, address: SocketAddr, everybody: &[Request]) -> Result<(), Failure> {
    match Load::connect(address, flags.connections, flags.threads)?.run(everybody)? {
        0 => Ok(()),
        refused => Err(format!("{refused} requests were refused while the cache was filled").into()),
    }
}

/// Where the keys of internal tokens are; gone when this is dropped.
struct KeysDirectory(PathBuf);

impl KeysDirectory {
    /// What goes on in the profile, and switches the tokens on.
    fn section(&self) -> String {
        let directory = self.0.display();
        format!(
            "audience = '{AUDIENCE}'\n[token]\nissuer = 'https://claims.example.com'\nkeys_directory = '{directory}'\n"
        )
    }
}

impl Drop for KeysDirectory {
    fn drop(&mut self) {
        // Nothing is lost with it.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// An issuer whose keys stand in its row.
struct Mint {
    key: SigningKey,
    now: i64,
}

impl Mint {
    fn new(algorithm: &str) -> Result<Self, Failure> {
        let known = [Algorithm::Rs256, Algorithm::Ps256, Algorithm::Es256, Algorithm::EdDsa];
        let algorithm = known.into_iter().find(|known| known.name() == algorithm).ok_or("no such algorithm")?;
        Ok(Self { key: SigningKey::new(algorithm, "key-1", 0), now: SystemClock::shared().unix_time() })
    }

    fn registration(&self) -> String {
        let algorithm = self.key.algorithm.name();
        let settings = json!({"audiences": [AUDIENCE], "algorithms": [algorithm], "jwks": {"keys": [self.key.jwk()]}});
        format!("UPDATE claimsmith_data.issuer SET settings = '{settings}' WHERE id = 'idp'")
    }

    /// No two are the same.
    fn token(&self, sub: &str) -> String {
        let header = json!({"alg": self.key.algorithm.name(), "typ": "JWT", "kid": "key-1"});
        let nth = COUNT.fetch_add(1, Ordering::Relaxed);
        let claims = json!({
            "iss": ISSUER, "sub": sub, "aud": [AUDIENCE], "iat": self.now, "exp": self.now + 86_400, "azp": "spa-1",
            "jti": format!("8a5f1c9d3b7e4f60-{nth:08}"), "scope": "openid profile email read:documents",
        });
        self.key.compact(header.to_string().as_bytes(), claims.to_string().as_bytes())
    }

    fn question(&self, population: &Population, number: usize) -> Request {
        let token = self.token(&format!("sub|{}", population.user(number)));
        let bytes = format!(
            "GET /v1/authz/bench HTTP/1.1\r\nhost: bench\r\nx-gateway-key: {KEY}\r\nauthorization: Bearer {token}\r\n\
             x-tenant: {}\r\nx-original-method: GET\r\nx-original-uri: /api/things/42\r\n\r\n",
            population.tenant(number)
        );
        Request { bytes: bytes.into_bytes(), answer: Vec::new() }
    }

    /// Microseconds of processor time for the signature of one token, the median of so many rounds.
    fn bare_check(&self, rounds: usize) -> Result<f64, Failure> {
        const CALLS: u32 = 2_000;
        let bare = BareKey::new(&self.key.jwk(), &self.token("sub|alice"))?;
        let mut micros = Vec::new();
        for _ in 0..rounds {
            let before = cpu::used(std::process::id())?;
            for _ in 0..CALLS {
                if !black_box(bare.verify()) {
                    return Err("a good token was refused".into());
                }
            }
            let spent = cpu::used(std::process::id())?.saturating_sub(before);
            micros.push(spent.as_secs_f64() * 1e6 / f64::from(CALLS));
        }
        Ok(quantile(&micros, 50))
    }
}
