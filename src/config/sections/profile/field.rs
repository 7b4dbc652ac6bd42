//! Header fields of an answer to a gateway: which may be chosen, and what may stand in them.

/// What stands in a header field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FieldSource {
    /// The directory's id of the user.
    User,
    /// `sub` of the token.
    Subject,
    /// `iss` of the token.
    Issuer,
    /// The tenant.
    Tenant,
    /// The client that the token was issued to.
    Client,
    /// What was consented to.
    Scope,
    /// Up to which position the answer is complete.
    Position,
    /// The names of the fields that were left empty for want of room.
    Truncated,
    /// The internal token.
    Token,
    /// The internal token as a bearer credential.
    Bearer,
    /// All claims, as JSON in base64url.
    Claims,
    /// One claim, by its short name or its full one.
    Claim(Box<str>),
}

/// Every word of the file, and what it means.
const WORDS: [(&str, FieldSource); 11] = [
    ("user", FieldSource::User),
    ("subject", FieldSource::Subject),
    ("issuer", FieldSource::Issuer),
    ("tenant", FieldSource::Tenant),
    ("client", FieldSource::Client),
    ("scope", FieldSource::Scope),
    ("position", FieldSource::Position),
    ("truncated", FieldSource::Truncated),
    ("token", FieldSource::Token),
    ("bearer", FieldSource::Bearer),
    ("claims", FieldSource::Claims),
];

const CLAIM: &str = "claim.";

impl FieldSource {
    /// The source that the text names.
    pub(super) fn parse(text: &str) -> Option<Self> {
        if let Some(claim) = text.strip_prefix(CLAIM) {
            return (!claim.is_empty()).then(|| Self::Claim(claim.into()));
        }
        WORDS.iter().find(|(word, _)| *word == text).map(|(_, source)| source.clone())
    }

    /// What could have been written.
    pub(super) fn remedy() -> String {
        let words: Vec<&str> = WORDS.iter().map(|(word, _)| *word).collect();
        format!("write one of {}, or {CLAIM} and the name of a claim", words.join(", "))
    }

    /// Whether the rest means the same without it.
    pub(super) fn may_be_dropped(&self) -> bool {
        !matches!(
            self,
            Self::User | Self::Subject | Self::Issuer | Self::Tenant | Self::Token | Self::Bearer | Self::Truncated
        ) && *self != Self::Claim("roles".into())
    }

    /// Whether it needs an internal token.
    pub fn needs_token(&self) -> bool {
        matches!(self, Self::Token | Self::Bearer)
    }
}

/// Fields that mean something on the way to the gateway or behind it, so that an identity cannot stand in them.
const TAKEN: &[&str] = &[
    "cache-control",
    "connection",
    "cookie",
    "date",
    "expect",
    "host",
    "keep-alive",
    "proxy-authenticate",
    "proxy-authorization",
    "retry-after",
    "set-cookie",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "vary",
    "via",
    "www-authenticate",
    "x-auth-error",
    "x-gateway-key",
    "x-request-id",
];
/// The same, by their beginnings.
const TAKEN_PREFIXES: &[&str] = &["content-", "claims-", "x-envoy-", "access-control-", "if-", "sec-"];

/// Whether identities may stand in a field of this name: a token (RFC 9110 section 5.1) in lower case, without the
/// underscore that gateways and back-ends confuse with a hyphen.
pub(super) fn is_free(name: &str) -> bool {
    let characters = name.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-'));
    (1..=64).contains(&name.len())
        && characters
        && !TAKEN.contains(&name)
        && !TAKEN_PREFIXES.iter().any(|prefix| name.starts_with(prefix))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_is_read_and_a_claim_has_a_name() {
        for (word, source) in WORDS {
            assert_eq!(FieldSource::parse(word), Some(source));
        }
        assert_eq!(FieldSource::parse("claim.roles"), Some(FieldSource::Claim("roles".into())));
        for wrong in ["", "User", "roles", "claim.", "claim"] {
            assert_eq!(FieldSource::parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn what_gateways_read_themselves_is_taken() {
        for free in ["x-auth-user", "remote-user", "authorization", "txn-token", "x-forwarded-user"] {
            assert!(is_free(free), "{free}");
        }
        for taken in ["", "X-Auth-User", "x_auth_user", "x.auth.user", "content-length", "host", "set-cookie", "a b"] {
            assert!(!is_free(taken), "{taken}");
        }
    }
}
