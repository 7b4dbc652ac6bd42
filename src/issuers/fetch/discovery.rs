//! Discovery documents (OpenID Connect Discovery 1.0 section 3): where an issuer's keys are.
//!
//! The document is believed only if it says that it is the issuer's, to the letter, and only about hosts that the entry
//! knows. It can never make us ask somewhere else: an issuer that moves needs a changed entry.

use super::Leave;
use super::url_rules::{self, UrlFault, host_of};
use crate::jose::{Json, JsonError, Object, parse_object};

/// Deepest nesting. Real documents have three levels.
pub(in crate::issuers) const DEEPEST: usize = 8;

/// Where the document of an issuer is, unless its entry says otherwise.
const WELL_KNOWN: &str = ".well-known/openid-configuration";

/// Why a discovery document is not believed. Nothing of it but hosts is repeated.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DiscoveryError {
    /// It is not one.
    #[error("the discovery document is not one: {0}")]
    NotJson(#[from] JsonError),
    /// A member that must be there is missing, or no text.
    #[error("the discovery document has no {0}, or it is not a text")]
    Missing(&'static str),
    /// It is another issuer's.
    #[error(
        "the discovery document is for another issuer: its member issuer must be {expected}, to the letter (a slash at \
         the end counts)"
    )]
    OtherIssuer {
        /// The canonical issuer of the entry.
        expected: Box<str>,
    },
    /// Its keys are somewhere that may not be asked for.
    #[error("jwks_uri of the discovery document is refused: {0}")]
    Url(#[from] UrlFault),
    /// Its keys are at a host that the entry does not know.
    #[error("the discovery document says that the keys are at {host}: if that is right, list it in jwks_hosts")]
    OtherHost {
        /// The host.
        host: Box<str>,
    },
}

impl DiscoveryError {
    /// Every class, for metrics that exist before the first failure.
    pub const CLASSES: &'static [&'static str] = &["not_json", "issuer_mismatch", "jwks_uri"];

    /// One of [`DiscoveryError::CLASSES`].
    pub const fn class(&self) -> &'static str {
        match self {
            Self::NotJson(_) | Self::Missing(_) => "not_json",
            Self::OtherIssuer { .. } => "issuer_mismatch",
            Self::Url(_) | Self::OtherHost { .. } => "jwks_uri",
        }
    }
}

/// Where the discovery document of `issuer` is.
pub fn default_url(issuer: &str) -> String {
    format!("{}/{WELL_KNOWN}", issuer.strip_suffix('/').unwrap_or(issuer))
}

/// Where the keys are by `document`, if it is believed.
///
/// `canonical` is what its member `issuer` must be: the first accepted spelling, the template of an Entra entry with its
/// `{tenantid}`, or what the entry's settings name for providers whose documents say something else. The keys must be at
/// the host of `canonical` or at one of `jwks_hosts`.
pub fn check(
    document: &[u8],
    canonical: &str,
    jwks_hosts: &[Box<str>],
    leave: &Leave,
) -> Result<Box<str>, DiscoveryError> {
    let members = parse_object(document, DEEPEST)?;
    if text(&members, "issuer")? != canonical {
        return Err(DiscoveryError::OtherIssuer { expected: canonical.into() });
    }
    let jwks_uri = text(&members, "jwks_uri")?;
    let url = url_rules::check(jwks_uri, leave)?;
    let host = url.host_str().unwrap_or_default();
    if !is_known(host, canonical, jwks_hosts) {
        return Err(DiscoveryError::OtherHost { host: host.into() });
    }
    Ok(jwks_uri.into())
}

fn text<'d>(members: &'d Object<'_>, name: &'static str) -> Result<&'d str, DiscoveryError> {
    members.get(name).and_then(Json::as_str).ok_or(DiscoveryError::Missing(name))
}

/// Whether the issuer or its entry names the host.
pub(in crate::issuers) fn is_known(host: &str, canonical: &str, jwks_hosts: &[Box<str>]) -> bool {
    host_of(canonical).is_some_and(|own| own == host) || jwks_hosts.iter().any(|known| known.eq_ignore_ascii_case(host))
}

/// What the issuer says that it signs ID tokens with.
pub(in crate::issuers) fn algorithms(members: &Object<'_>) -> Box<[Box<str>]> {
    let listed = members.get("id_token_signing_alg_values_supported").and_then(Json::as_array);
    listed.unwrap_or_default().iter().filter_map(|algorithm| Some(algorithm.as_str()?.into())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const ISSUER: &str = "https://login.example/";

    fn checked(issuer: &str, jwks_uri: &str, canonical: &str, hosts: &[&str]) -> Result<Box<str>, DiscoveryError> {
        let document = json!({"issuer": issuer, "jwks_uri": jwks_uri, "claims_supported": ["sub"]}).to_string();
        let hosts: Vec<Box<str>> = hosts.iter().map(|host| (*host).into()).collect();
        check(document.as_bytes(), canonical, &hosts, &Leave::default())
    }

    fn refused(document: &str) -> DiscoveryError {
        check(document.as_bytes(), ISSUER, &[], &Leave::default()).unwrap_err()
    }

    #[test]
    fn the_document_of_the_issuer_names_its_keys() {
        let keys = "https://login.example/keys";
        assert_eq!(&*checked(ISSUER, keys, ISSUER, &[]).unwrap(), keys);
    }

    #[test]
    fn the_issuer_is_compared_byte_for_byte() {
        for other in [
            "https://login.example",
            "https://LOGIN.example/",
            "https://login.example//",
            "https://login.example/ ",
            "http://login.example/",
            "https://evil.example/",
            "",
        ] {
            let error = checked(other, "https://login.example/keys", ISSUER, &[]).unwrap_err();
            assert_eq!(error, DiscoveryError::OtherIssuer { expected: ISSUER.into() }, "{other}");
            assert!(!error.to_string().contains("evil"));
        }
    }

    #[test]
    fn a_templated_issuer_is_compared_with_its_template() {
        let template = "https://login.microsoftonline.com/{tenantid}/v2.0";
        let keys = "https://login.microsoftonline.com/common/discovery/v2.0/keys";
        assert!(checked(template, keys, template, &[]).is_ok());
        let one = "https://login.microsoftonline.com/9188040d-6c67-4c5b-b112-36a304b66dad/v2.0";
        assert_eq!(checked(one, keys, template, &[]).unwrap_err().class(), "issuer_mismatch");
    }

    #[test]
    fn keys_are_at_the_issuers_host_or_at_one_that_is_listed() {
        let google = "https://www.googleapis.com/oauth2/v3/certs";
        let issuer = "https://accounts.google.com";
        let foreign = DiscoveryError::OtherHost { host: "www.googleapis.com".into() };
        assert_eq!(checked(issuer, google, issuer, &[]), Err(foreign.clone()));
        assert!(checked(issuer, google, issuer, &["www.googleapis.com"]).is_ok());
        assert!(checked(issuer, google, issuer, &["WWW.googleapis.com"]).is_ok());
        assert_eq!(checked(issuer, google, issuer, &["googleapis.com"]), Err(foreign));
        assert!(checked("accounts.google.com", google, "accounts.google.com", &["www.googleapis.com"]).is_ok());
        assert!(checked(issuer, "https://accounts.google.com.evil.example/", issuer, &[]).is_err());
    }

    #[test]
    fn keys_are_fetched_by_the_same_rules_as_the_document() {
        for (jwks_uri, fault) in [
            ("http://login.example/keys", UrlFault::Plaintext),
            ("file:///etc/passwd", UrlFault::Scheme),
            ("https://169.254.169.254/keys", UrlFault::Address),
            ("https://login.example:8443/keys", UrlFault::Port),
            ("https://login.example@evil.example/keys", UrlFault::UserInfo),
            ("/keys", UrlFault::Malformed),
        ] {
            assert_eq!(checked(ISSUER, jwks_uri, ISSUER, &[]), Err(DiscoveryError::Url(fault)), "{jwks_uri}");
        }
    }

    #[test]
    fn what_is_no_document_is_refused_and_never_repeated() {
        for document in ["", "[]", "hunter2", "{\"issuer\":\"hunter2\"", "\u{feff}{}", "<html>hunter2</html>", "{}{}"] {
            let error = refused(document);
            assert_eq!(error.class(), "not_json", "{document}");
            assert!(!format!("{error} {error:?}").contains("hunter2"));
        }
        assert_eq!(refused("{}"), DiscoveryError::Missing("issuer"));
        assert_eq!(refused("{\"issuer\":[\"https://login.example/\"]}"), DiscoveryError::Missing("issuer"));
        assert_eq!(refused("{\"issuer\":\"https://login.example/\"}"), DiscoveryError::Missing("jwks_uri"));
        let twice = "{\"issuer\":\"https://evil.example\",\"issuer\":\"https://login.example/\"}";
        assert_eq!(refused(twice), DiscoveryError::NotJson(JsonError::Duplicate));
    }

    #[test]
    fn algorithms_are_listed_as_far_as_they_are_texts() {
        let document = json!({"id_token_signing_alg_values_supported": ["RS256", 5, "HS256"]}).to_string();
        let found = algorithms(&parse_object(document.as_bytes(), DEEPEST).unwrap());
        assert_eq!(found.iter().map(AsRef::as_ref).collect::<Vec<_>>(), ["RS256", "HS256"]);
    }

    #[test]
    fn the_document_is_below_the_issuer_with_one_slash() {
        for issuer in ["https://login.example/a", "https://login.example/a/"] {
            assert_eq!(default_url(issuer), "https://login.example/a/.well-known/openid-configuration");
        }
    }
}
