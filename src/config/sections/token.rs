//! `[token]`: the service's own tokens, which are off unless they are given an issuer.

use std::path::PathBuf;
use std::time::Duration;

use crate::config::problem::Fault;
use crate::config::reader::{Key, PathKey, Section};
use crate::config::value::{Choice, Value};

const KEYS: PathKey = PathKey {
    name: "keys_directory",
    doc: "A directory in which the service makes, rotates and keeps its keys; replicas share it. It belongs to the service's \
          account alone, as do the files in it. A key_file is kept by you instead: PKCS#8 in PEM, the first key signs, others \
          are only published; read again every 10 s.",
    example: r#""/var/lib/claimsmith/signing-keys""#,
    file_name: "key_file",
    file_example: r#""/run/secrets/signing_key.pem""#,
};

/// How the service's own tokens are made.
#[derive(Clone, Debug)]
pub struct Token {
    /// `iss` of the tokens, and where their keys are found.
    pub issuer: String,
    /// How new keys sign.
    pub algorithm: SigningAlgorithm,
    /// How long a token lives at most.
    pub lifetime: Duration,
    /// Where the keys are.
    pub keys: SigningKeysAt,
    /// How long a key signs, of those in the directory.
    pub rotate_every: Duration,
    /// How long a key is published before it signs, of those in the directory.
    pub publish_ahead: Duration,
}

/// Where the keys are that sign.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SigningKeysAt {
    /// In a directory that the service keeps.
    Directory(PathBuf),
    /// In a file that the operator keeps.
    File(PathBuf),
}

/// How a key signs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum SigningAlgorithm {
    /// ECDSA with P-256 and SHA-256 (RFC 7518 section 3.4).
    Es256,
    /// Ed25519 (RFC 8037 section 3.1).
    EdDsa,
}

impl Choice for SigningAlgorithm {
    const ALL: &'static [Self] = &[Self::Es256, Self::EdDsa];

    fn word(self) -> &'static str {
        match self {
            Self::Es256 => "ES256",
            Self::EdDsa => "EdDSA",
        }
    }
}

impl Token {
    /// What the reference says about the table.
    pub(crate) const DOC: &str = "The service's own tokens: what back-ends get instead of the token that a client brought. \
                                  Off unless issuer is given.";

    /// How long a token may be allowed to live.
    pub const LIFETIME_MOST: Duration = Duration::from_hours(1);

    /// Reads the table; `None` is off.
    pub(crate) fn read(section: &mut Section<'_, '_>) -> Option<Self> {
        let issuer = section.optional_text(
            "issuer",
            "Switches the tokens on: the URL of this service as back-ends reach it. It is the iss of the tokens, and below it \
             they find /.well-known/openid-configuration and the keys.",
            r#""https://claims.example.com""#,
        );
        let algorithm =
            section.read(Key::new("algorithm", "How new keys of the directory sign.", SigningAlgorithm::Es256));
        let lifetime = section.read(Key::within(
            "lifetime",
            "How long a token lives at most; never longer than the token that it was made for.",
            Duration::from_mins(5),
            Duration::from_secs(10)..=Self::LIFETIME_MOST,
        ));
        let (directory, file) = section.optional_path_or_file(&KEYS);
        let rotate_every = section.read(Key::within(
            "rotate_every",
            "How long a key of the directory signs before the next one does. Longer than publish_ahead.",
            Duration::from_hours(720),
            Duration::from_hours(1)..=Duration::from_hours(8_760),
        ));
        let publish_ahead = section.read(Key::within(
            "publish_ahead",
            "How long a new key of the directory is published before it signs. Longer than the 5 minutes for which the key set \
             may be kept.",
            Duration::from_hours(1),
            Duration::from_mins(6)..=Duration::from_hours(168),
        ));
        section.require(&["rotate_every", "publish_ahead"], rotate_every > publish_ahead, || {
            let what =
                format!("{} is not longer than token.publish_ahead ({})", rotate_every.bare(), publish_ahead.bare());
            Fault::new(what, "raise it, or lower the other")
        });
        let issuer = issuer?;
        let fault = fault_of_issuer(&issuer);
        section.require(&["issuer"], fault.is_none(), || {
            Fault::new(fault.unwrap_or_default(), "write https://host, or http://127.0.0.1:8080 for a trial")
        });
        let keys = match (directory, file) {
            (Some(directory), None) => SigningKeysAt::Directory(directory),
            (None, Some(file)) => SigningKeysAt::File(file),
            (None, None) => {
                section.require(&["keys_directory", "key_file"], false, || {
                    Fault::new("is missing", "name a directory for the keys, or the key_file that you keep yourself")
                });
                return None;
            }
            (Some(_), Some(_)) => return None,
        };
        Some(Self { issuer, algorithm, lifetime, keys, rotate_every, publish_ahead })
    }
}

/// What is wrong with an issuer (RFC 8414 section 2: a URL with `https`, without query or fragment).
fn fault_of_issuer(text: &str) -> Option<&'static str> {
    let Ok(url) = reqwest::Url::parse(text) else { return Some("is not a URL") };
    let is_local = matches!(url.host_str(), Some("localhost" | "127.0.0.1" | "[::1]"));
    if url.scheme() != "https" && !(url.scheme() == "http" && is_local) {
        return Some("is not an https URL");
    }
    let is_bare = url.username().is_empty() && url.password().is_none() && !text.contains(['?', '#']);
    if !is_bare || url.host_str().is_none() {
        return Some("has a user, a query or a fragment");
    }
    // It is compared to the letter, so it must not be what another spelling would be turned into.
    let written = url.as_str();
    (written != text && written.strip_suffix('/') != Some(text)).then_some("is not spelt as URLs are")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_issuer_is_an_https_url_or_one_on_this_machine() {
        for good in [
            "https://claims.example.com",
            "https://claims.example.com/",
            "https://claims.example.com:8443/eu",
            "http://127.0.0.1:8080",
            "http://localhost:8080/",
            "http://[::1]:8080",
        ] {
            assert_eq!(fault_of_issuer(good), None, "{good}");
        }
        for bad in [
            "",
            "claims.example.com",
            "http://claims.example.com",
            "https://u@claims.example.com",
            "https://claims.example.com?a=b",
            "https://claims.example.com/#x",
            "https://Claims.example.com",
            "https://claims.example.com/a/../b",
            "ftp://localhost",
        ] {
            assert!(fault_of_issuer(bad).is_some(), "{bad}");
        }
    }
}
