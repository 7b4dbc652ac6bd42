//! A key set document of any bytes is read or refused, and what is read verifies nothing by accident. Run it with
//! `cargo fuzz run --fuzz-dir tests/fuzz --sanitizer none jwks tests/fuzz/corpus/jwks tests/fuzz/seeds/jwks`.

#![no_main]

use claimsmith::jose::{Algorithm, KeyRules, ingest};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|document: &[u8]| {
    let rules = KeyRules { algorithms: &Algorithm::EVERY, require_issuer: false };
    let Ok(ingested) = ingest(document, &rules) else { return };
    assert!(!ingested.keys.is_empty(), "a set without keys is refused");
    for key in ingested.keys.iter().take(4) {
        for algorithm in Algorithm::EVERY {
            for length in [64, 96, 256] {
                let signature: Vec<_> = document.iter().rev().copied().cycle().take(length).collect();
                assert!(!key.verify(algorithm, b"message", &signature), "nobody signed this");
            }
        }
    }
});
