//! Keys that are none. A key set that holds them is as good as one that does not.

use serde_json::{Value, json};

/// Twenty entries of which none can verify a signature; each for a reason of its own.
pub(super) fn junk() -> Vec<Value> {
    let coordinate = "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU";
    vec![
        json!(null),
        json!("key"),
        json!(7),
        json!([]),
        json!({}),
        json!({"kty": "oct", "kid": "junk-oct", "k": "AAAA"}),
        json!({"kty": "XYZ", "kid": "junk-kty"}),
        json!({"kty": 1, "kid": "junk-kty-number"}),
        json!({"kty": "RSA", "kid": "junk-rsa-empty", "n": "", "e": "AQAB"}),
        json!({"kty": "RSA", "kid": "junk-rsa-short", "n": "u1SU1L", "e": "AQAB"}),
        json!({"kty": "RSA", "kid": "junk-rsa-no-n", "e": "AQAB"}),
        json!({"kty": "EC", "kid": "junk-ec-curve", "crv": "P-521", "x": "AA", "y": "AA"}),
        json!({"kty": "EC", "kid": "junk-ec-off-curve", "crv": "P-256", "x": coordinate, "y": coordinate}),
        json!({"kty": "EC", "kid": "junk-ec-short", "crv": "P-256", "x": "AA", "y": "AA"}),
        json!({"kty": "EC", "kid": "junk-ec-padded", "crv": "P-256", "x": "AAA=", "y": "AAA="}),
        json!({"kty": "OKP", "kid": "junk-okp-empty", "crv": "Ed25519", "x": ""}),
        json!({"kty": "OKP", "kid": "junk-okp-31", "crv": "Ed25519", "x": "A".repeat(41)}),
        json!({"kty": "OKP", "kid": "junk-okp-x25519", "crv": "X25519", "x": "A".repeat(43)}),
        json!({"kty": "OKP", "kid": "junk-okp-identity", "crv": "Ed25519", "x": format!("AQ{}", "A".repeat(41))}),
        json!({"kty": "EC", "kid": {"deep": [[[[]]]]}, "crv": "P-256", "x": coordinate, "y": 1}),
    ]
}
