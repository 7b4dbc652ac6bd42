//! What verifiers and clients read of an issuer before anything else (RFC 8414 section 2; OpenID Connect Discovery section 3).
//!
//! Libraries for back-ends, among them that of ASP.NET Core, look for the OpenID name only, and some refuse a document
//! without the members that OpenID requires. So those are there, as far as they say nothing that is not true.

use serde::Serialize;

use super::exchange::GRANT_TYPE;

/// Where the key set is, below the issuer.
pub const KEY_SET_PATH: &str = "/.well-known/jwks.json";
/// Where tokens are exchanged, below the issuer.
pub const TOKEN_PATH: &str = "/v1/token";
const INTROSPECTION_PATH: &str = "/v1/introspect";
const AT_TOKEN: &[&str] = &["client_secret_basic", "client_secret_post"];
/// The form is about the token that is introspected, and has no place for credentials.
const AT_INTROSPECTION: &[&str] = &["client_secret_basic"];

#[derive(Serialize)]
struct Document<'issuer> {
    issuer: &'issuer str,
    jwks_uri: String,
    token_endpoint: String,
    token_endpoint_auth_methods_supported: &'static [&'static str],
    introspection_endpoint: String,
    introspection_endpoint_auth_methods_supported: &'static [&'static str],
    grant_types_supported: [&'static str; 1],
    response_types_supported: [&'static str; 0],
    subject_types_supported: [&'static str; 1],
    id_token_signing_alg_values_supported: &'issuer [&'static str],
}

/// The document of this issuer.
pub fn document(issuer: &str, algorithms: &[&'static str]) -> Vec<u8> {
    let below = |path: &str| format!("{}{path}", issuer.trim_end_matches('/'));
    let document = Document {
        issuer,
        jwks_uri: below(KEY_SET_PATH),
        token_endpoint: below(TOKEN_PATH),
        token_endpoint_auth_methods_supported: AT_TOKEN,
        introspection_endpoint: below(INTROSPECTION_PATH),
        introspection_endpoint_auth_methods_supported: AT_INTROSPECTION,
        grant_types_supported: [GRANT_TYPE],
        response_types_supported: [],
        subject_types_supported: ["public"],
        id_token_signing_alg_values_supported: algorithms,
    };
    // Strings always serialize.
    serde_json::to_vec(&document).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;

    #[test]
    fn everything_is_below_the_issuer_which_is_told_to_the_letter() {
        for issuer in ["https://claims.example.com", "https://claims.example.com/"] {
            let document: Value = serde_json::from_slice(&document(issuer, &["ES256"])).unwrap();
            assert_eq!(document["issuer"], issuer);
            assert_eq!(document["jwks_uri"], "https://claims.example.com/.well-known/jwks.json");
            assert_eq!(document["token_endpoint"], "https://claims.example.com/v1/token");
            assert_eq!(document["response_types_supported"], serde_json::json!([]));
        }
    }
}
