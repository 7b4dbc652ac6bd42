//! A token of any bytes is read or refused by each of the 24 checks. Run it with
//! `cargo fuzz run --fuzz-dir tests/fuzz --sanitizer none token tests/fuzz/corpus/token tests/fuzz/seeds/token`.
//!
//! Every input is tried twice: as the text of a token, and as a header and a payload with a line break between them that are
//! signed here, because no fuzzer would guess a signature and everything behind it would stay in the dark.

#![no_main]

use std::sync::LazyLock;

use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
use claimsmith::directory::IssuerId;
use claimsmith::issuers::{AudienceRule, Issuers, KindRule, Rules};
use claimsmith::jose::base64url::encode;
use claimsmith::jose::{Algorithm, KeyRules, Keys, ingest};
use claimsmith::tokens::{UnverifiedToken, decode};
use libfuzzer_sys::fuzz_target;

const NOW: i64 = 1_800_000_000;

static PAIR: LazyLock<Ed25519KeyPair> = LazyLock::new(|| Ed25519KeyPair::from_seed_unchecked(&[7; 32]).unwrap());

static KEYS: LazyLock<Keys> = LazyLock::new(|| {
    let x = encode(PAIR.public_key().as_ref());
    let document = format!(r#"{{"keys":[{{"kty":"OKP","crv":"Ed25519","kid":"k","x":"{x}"}}]}}"#);
    ingest(document.as_bytes(), &KeyRules { algorithms: &[Algorithm::EdDSA], require_issuer: false }).unwrap().keys
});

static RULES: LazyLock<Rules> = LazyLock::new(|| {
    let kind = |audience: &str, typ: &[&str]| KindRule {
        typ: typ.iter().map(|typ| (*typ).into()).collect(),
        audience: AudienceRule::AnyOf([audience.into()].into()),
        values: [].into(),
    };
    Rules {
        algorithms: [Algorithm::EdDSA].into(),
        access: Some(kind("api", &["at+jwt", "jwt", ""])),
        id: Some(kind("app", &[])),
        client_claims: ["azp".into(), "client_id".into()].into(),
        leeway: 60,
        organization: Some("org_id".into()),
        ..Rules::nothing(Issuers::Exact(["i".into()].into()))
    }
});

fuzz_target!(|input: &[u8]| {
    if let Ok(text) = str::from_utf8(input) {
        assert!(!is_accepted(text) || text.len() > 100, "nobody signed this");
    }
    let mut parts = input.splitn(2, |byte| *byte == b'\n');
    if let (Some(header), Some(payload)) = (parts.next(), parts.next()) {
        is_accepted(&sign(header, payload));
    }
});

fn sign(header: &[u8], payload: &[u8]) -> String {
    let message = format!("{}.{}", encode(header), encode(payload));
    let signature = PAIR.sign(message.as_bytes());
    format!("{message}.{}", encode(signature.as_ref()))
}

/// Runs every check that is reached.
fn is_accepted(token: &str) -> bool {
    let Ok(compact) = decode(token) else { return false };
    let Ok(token) = UnverifiedToken::parse(&compact) else { return false };
    let Ok(admissible) = token.check_without_key(&RULES, NOW) else { return false };
    let Ok(key) = KEYS.find(token.kid(), token.algorithm()) else { return false };
    admissible.verify(&IssuerId::from("issuer"), key).is_ok()
}
