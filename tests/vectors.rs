//! Published test vectors (Project Wycheproof; RFC 7515, 7520, 7797 and 8037): each decided as it says, under two policies.
//!
//! The vectors are data of others and not copied into this repository: `CLAIMSMITH_VECTORS` names their folder. They are about signatures and keys, so they go through checks 1 to 12 of a token.

use std::path::{Path, PathBuf};
use std::{env, fs};

use claimsmith::jose::{Algorithm, KeyRules, ingest};
use claimsmith::tokens::verify_jws;
use serde::Deserialize;
use serde_json::Value;

use crate::support::passed_over::pass_over;

const DEFAULT_POLICY: [Algorithm; 5] =
    [Algorithm::RS256, Algorithm::PS256, Algorithm::ES256, Algorithm::ES384, Algorithm::EdDSA];

#[derive(Deserialize)]
struct Vector {
    id: String,
    jwks: Value,
    token: String,
    expect: Expected,
    expect_default_policy: Expected,
    reason: String,
}

#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
enum Expected {
    Valid,
    Invalid,
}

#[test]
fn every_vector_is_decided_as_it_says() {
    let Some(folder) = folder() else { return pass_over("vectors", "CLAIMSMITH_VECTORS names no folder of them") };
    let vectors = read(&folder.join("jws.json"));
    let mut wrong = Vec::new();
    for vector in &vectors {
        for (policy, algorithms, expected) in [
            ("every algorithm", &Algorithm::EVERY[..], vector.expect),
            ("the default policy", &DEFAULT_POLICY[..], vector.expect_default_policy),
        ] {
            let decided = decide(vector, algorithms);
            if decided.is_ok() != (expected == Expected::Valid) {
                wrong.push(format!(
                    "{} under {policy}: {decided:?}, expected {expected:?}: {}",
                    vector.id, vector.reason
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{} wrong decisions:\n{}", wrong.len(), wrong.join("\n"));
    for (decided, of) in [
        (vectors.iter().filter(|vector| vector.expect == Expected::Valid).count(), "valid"),
        (vectors.iter().filter(|vector| vector.expect == Expected::Invalid).count(), "invalid"),
    ] {
        assert!(decided >= 10, "only {decided} {of} vectors: the file is not what it was");
    }
}

/// As a service would: the keys are read first, by the same policy, and a set without a usable key verifies nothing.
fn decide(vector: &Vector, algorithms: &[Algorithm]) -> Result<(), String> {
    let rules = KeyRules { algorithms, require_issuer: false };
    let keys = ingest(vector.jwks.to_string().as_bytes(), &rules).map_err(|why| format!("{why:?}"))?.keys;
    verify_jws(&vector.token, &keys, algorithms).map(|_| ()).map_err(|why| why.to_string())
}

fn read(file: &Path) -> Vec<Vector> {
    let text = fs::read(file).unwrap_or_else(|why| panic!("{}: {why}", file.display()));
    serde_json::from_slice(&text).unwrap_or_else(|why| panic!("{}: {why}", file.display()))
}

fn folder() -> Option<PathBuf> {
    env::var_os("CLAIMSMITH_VECTORS").map(PathBuf::from)
}
