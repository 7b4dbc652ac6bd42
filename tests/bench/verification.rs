//! What verifying a token costs beyond its signature, by algorithm: side by side with the bare signature check of the same
//! library and key, with `jsonwebtoken`, and with recognising a token that was verified before.
//!
//! `cargo bench --bench verification -- --help`

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "the signing keys are those of the tests, where what cannot go on fails"
)]

mod support {
    pub(crate) mod bare_key;
    pub(crate) mod cpu;
    pub(crate) mod quantile;
    pub(crate) mod report;
    #[path = "../../support/identity_provider/signing_key.rs"]
    #[expect(dead_code, reason = "tests use more of it")]
    pub(crate) mod signing_key;
}

use std::hint::black_box;
use std::sync::Arc;

use claimsmith::clock::SystemClock;
use claimsmith::issuers::Entry;
use claimsmith::jose::{KeyRules, Keys, ingest};
use claimsmith::tokens::{Memory, UnverifiedToken, VerifiedToken, decode};
use clap::Parser;
use jsonwebtoken::{DecodingKey, Validation};
use serde_json::{Value, json};
use support::bare_key::BareKey;
use support::cpu;
use support::quantile::quantile;
use support::report::{Failure, say};
use support::signing_key::{Algorithm, SigningKey};

const ISSUER: &str = "https://acme.eu.auth0.com/";
const AUDIENCE: &str = "https://api.app.example";

#[derive(Parser)]
struct Flags {
    /// Rounds; the median of them counts.
    #[arg(long, default_value_t = 11)]
    rounds: usize,
    /// Tokens in a round, of each way; the system counts processor time in steps of some milliseconds.
    #[arg(long, default_value_t = 10_000)]
    tokens: usize,
    /// What `cargo bench` says to every bench.
    #[arg(long, hide = true)]
    bench: bool,
}

/// One algorithm: a token, the keys that verify it, and the entry that it is held to.
struct Case {
    algorithm: &'static str,
    token: String,
    entry: Entry,
    keys: Keys,
    bare: BareKey,
    library: (DecodingKey, Validation),
    now: i64,
}

fn main() -> Result<(), Failure> {
    let flags = Flags::parse();
    let now = SystemClock::shared().unix_time();
    say("µs of processor time per token, medians; ratios to the bare signature check")?;
    say("algorithm   bare  verified   ratio   jsonwebtoken   ratio   remembered   ratio")?;
    for algorithm in [Algorithm::Rs256, Algorithm::Ps256, Algorithm::Es256, Algorithm::EdDsa] {
        say(&Case::new(algorithm, now)?.line(&flags)?)?;
    }
    Ok(())
}

impl Case {
    fn new(algorithm: Algorithm, now: i64) -> Result<Self, Failure> {
        let key = SigningKey::new(algorithm, "key-1", 0);
        let header = json!({"alg": algorithm.name(), "typ": "JWT", "kid": "key-1"});
        let claims = json!({
            "iss": ISSUER, "sub": "auth0|6f1d2c3b4a59687", "aud": [AUDIENCE, "https://acme.eu.auth0.com/userinfo"],
            "iat": now, "exp": now + 86_400, "azp": "spa-1", "org_id": "org_9", "jti": "8a5f1c9d3b7e4f60a1b2",
            "scope": "openid profile email read:documents write:documents read:invoices",
        });
        let token = key.compact(header.to_string().as_bytes(), claims.to_string().as_bytes());
        let document = json!({"keys": [key.jwk()]});
        let settings = json!({"audiences": [AUDIENCE], "algorithms": [algorithm.name()], "jwks": document});
        let row = serde_json::from_value(json!({"issuer_id": "acme", "issuer": [ISSUER], "settings": settings}))?;
        let entry = Entry::compile(&row).map_err(|problems| problems.to_string())?;
        let rules = KeyRules { algorithms: &entry.rules.algorithms, require_issuer: false };
        let keys = ingest(document.to_string().as_bytes(), &rules).map_err(|why| format!("{why:?}"))?.keys;
        Ok(Self {
            algorithm: algorithm.name(),
            bare: BareKey::new(&key.jwk(), &token)?,
            library: library(&key.jwk())?,
            token,
            entry,
            keys,
            now,
        })
    }

    fn line(&self, flags: &Flags) -> Result<String, Failure> {
        let verified = Arc::new(self.verify()?);
        let memory = Memory::new(10_000);
        let clock = SystemClock::shared();
        memory.insert(&self.token, verified, 1, clock.now(), self.now);
        let (mut bare, mut whole, mut library, mut remembered) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        for _ in 0..flags.rounds {
            bare.push(per_token(flags.tokens, || self.bare.verify())?);
            whole.push(per_token(flags.tokens, || self.verify().is_ok())?);
            library.push(per_token(flags.tokens, || self.decode_by_library())?);
            // The system counts a process's time coarsely, and this takes next to none.
            remembered.push(per_token(flags.tokens * 20, || {
                memory.get(&self.token, clock.now(), self.now, |_, version| version == 1).is_some()
            })?);
        }
        let [bare, whole, library, remembered] = [bare, whole, library, remembered].map(|rounds| quantile(&rounds, 50));
        Ok(format!(
            "{:9} {bare:6.1} {whole:9.1} {:7.2} {library:14.1} {:7.2} {remembered:12.2} {:7.2}",
            self.algorithm,
            whole / bare,
            library / bare,
            remembered / bare,
        ))
    }

    /// What a request pays for a token that is not remembered: from its text to the verified token.
    fn verify(&self) -> Result<VerifiedToken, Failure> {
        let compact = decode(&self.token)?;
        let unverified = UnverifiedToken::parse(&compact)?;
        let admissible = unverified.check_without_key(&self.entry.rules, self.now)?;
        let key = self.keys.find(unverified.kid(), unverified.algorithm()).map_err(|why| format!("{why:?}"))?;
        Ok(admissible.verify(&self.entry.id, key)?)
    }

    fn decode_by_library(&self) -> bool {
        let (key, validation) = &self.library;
        jsonwebtoken::decode::<Value>(&self.token, key, validation).is_ok()
    }
}

/// `jsonwebtoken` with the checks that it has.
fn library(jwk: &Value) -> Result<(DecodingKey, Validation), Failure> {
    let jwk: jsonwebtoken::jwk::Jwk = serde_json::from_value(jwk.clone())?;
    let algorithm = jwk.common.key_algorithm.ok_or("no algorithm")?.to_string().parse()?;
    let mut validation = Validation::new(algorithm);
    validation.set_audience(&[AUDIENCE]);
    validation.set_issuer(&[ISSUER]);
    validation.validate_nbf = true;
    Ok((DecodingKey::from_jwk(&jwk)?, validation))
}

/// Microseconds of this process's processor time per call.
fn per_token(calls: usize, mut call: impl FnMut() -> bool) -> Result<f64, Failure> {
    let before = cpu::used(std::process::id())?;
    for _ in 0..calls {
        if !black_box(call()) {
            return Err("a good token was refused".into());
        }
    }
    let spent = cpu::used(std::process::id())?.saturating_sub(before);
    Ok(spent.as_secs_f64() * 1e6 / f64::from(u32::try_from(calls)?))
}
