//! Namespaces, and the names of claims below them.
//!
//! The rules are Auth0's for custom claims, the strictest of the providers we serve, for all of them: a claim that is
//! accepted here is not dropped in silence anywhere. A short name holds no `/`, `#` or `:`, so a full name says by
//! itself which namespace it belongs to, and a tenant cannot speak for another whose namespace lies below its own.

use thiserror::Error;

use super::reserved::is_reserved;

/// The longest namespace, in characters.
const MAX_NAMESPACE: usize = 256;
/// The longest name below a namespace, in characters.
const MAX_NAME: usize = 128;
/// Hosts, with all below them, whose claims Auth0 drops.
const AUTH0_DOMAINS: &[&str] = &["auth0.com", "webtask.io", "webtask.run"];
/// The characters that may end a namespace and may not stand in a short name.
const DELIMITERS: &[char] = &['/', '#', ':'];

/// Why a namespace or a name is refused, and what to write instead.
#[derive(Debug, Error, PartialEq, Eq)]
pub(super) enum NameProblem {
    #[error("a namespace has 1 to {MAX_NAMESPACE} visible ASCII characters, without `\\`, `\"`, `<` and `>`")]
    NamespaceCharacters,
    #[error("a namespace starts with `https://`, `http://` or `urn:`, in lower case")]
    NamespaceScheme,
    #[error("a namespace URL names a plain host, without user and with a numeric port if any")]
    NamespaceHost,
    #[error("a namespace URN has the form `urn:example:`")]
    NamespaceUrn,
    #[error("a namespace ends with `/`, `#` or `:`: append `/`")]
    NamespaceEnd,
    #[error("the namespace belongs to Auth0, which drops such claims: use a domain of your own")]
    NamespaceOfAuth0,
    #[error("a claim name has 1 to {MAX_NAME} visible ASCII characters below its namespace")]
    NameCharacters,
    #[error("a claim name holds no `/`, `#` or `:` below its namespace: use `_`, `-` or `.`")]
    NameDelimiter,
    #[error("the name lies outside the template's namespace `{0}`: write the short name")]
    ForeignNamespace(String),
    #[error("the name is reserved by a token standard or an identity provider: choose another")]
    Reserved,
}

/// A checked namespace, such as `https://claims.example.com/`.
#[derive(Debug)]
pub(super) struct Namespace(Box<str>);

impl Namespace {
    /// Checks a namespace as the template's author wrote it.
    pub(super) fn parse(text: &str) -> Result<Self, NameProblem> {
        let plain = |byte: u8| byte.is_ascii_graphic() && !b"\\\"<>".contains(&byte);
        if text.is_empty() || text.len() > MAX_NAMESPACE || !text.bytes().all(plain) {
            return Err(NameProblem::NamespaceCharacters);
        }
        match (strip_url_scheme(text), text.strip_prefix("urn:")) {
            (Some(rest), _) => check_host(rest)?,
            (None, Some(rest)) => check_urn(rest)?,
            (None, None) => return Err(NameProblem::NamespaceScheme),
        }
        if !text.ends_with(DELIMITERS) {
            return Err(NameProblem::NamespaceEnd);
        }
        Ok(Self(text.into()))
    }

    /// The full name of `name`, which is short, or full and below this namespace.
    pub(super) fn qualify(&self, name: &str) -> Result<String, NameProblem> {
        let short = match name.strip_prefix(&*self.0) {
            Some(short) => short,
            None if is_full(name) => return Err(NameProblem::ForeignNamespace(self.0.to_string())),
            None => name,
        };
        check_short(short)?;
        let full = format!("{}{short}", self.0);
        if is_reserved(&full) {
            return Err(NameProblem::Reserved);
        }
        Ok(full)
    }
}

/// What can be said about a name when the namespace is broken: enough to report both mistakes at once.
pub(super) fn check_without_namespace(name: &str) -> Result<(), NameProblem> {
    if is_reserved(name) {
        return Err(NameProblem::Reserved);
    }
    if is_full(name) { Ok(()) } else { check_short(name) }
}

fn is_full(name: &str) -> bool {
    name.contains("://") || name.get(..4).is_some_and(|scheme| scheme.eq_ignore_ascii_case("urn:"))
}

fn strip_url_scheme(text: &str) -> Option<&str> {
    text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"))
}

fn check_short(name: &str) -> Result<(), NameProblem> {
    if name.is_empty() || name.len() > MAX_NAME || !name.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(NameProblem::NameCharacters);
    }
    if name.contains(DELIMITERS) {
        return Err(NameProblem::NameDelimiter);
    }
    Ok(())
}

/// Checks what follows `https://`. Strict on purpose: a host that two parsers read differently is no namespace.
fn check_host(rest: &str) -> Result<(), NameProblem> {
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let (host, port) = authority.split_once(':').unwrap_or((authority, "0"));
    let plain_host = host.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._".contains(&byte));
    if host.is_empty() || !plain_host || port.parse::<u16>().is_err() {
        return Err(NameProblem::NamespaceHost);
    }
    if belongs_to_auth0(host) {
        return Err(NameProblem::NamespaceOfAuth0);
    }
    Ok(())
}

fn belongs_to_auth0(host: &str) -> bool {
    let lower = host.trim_end_matches('.').to_ascii_lowercase();
    AUTH0_DOMAINS
        .iter()
        .any(|domain| lower.strip_suffix(domain).is_some_and(|before| before.is_empty() || before.ends_with('.')))
}

/// Checks what follows `urn:`: an identifier (RFC 8141 section 2), a colon, and anything.
fn check_urn(rest: &str) -> Result<(), NameProblem> {
    let (identifier, _) = rest.split_once(':').ok_or(NameProblem::NamespaceUrn)?;
    let plain = identifier.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    if identifier.is_empty() || identifier.len() > 32 || !plain {
        return Err(NameProblem::NamespaceUrn);
    }
    if identifier.eq_ignore_ascii_case("auth0") {
        return Err(NameProblem::NamespaceOfAuth0);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn namespace() -> Namespace {
        Namespace::parse("https://claims.example.com/").unwrap()
    }

    #[test]
    fn urls_and_urns_of_ones_own_are_namespaces() {
        for text in [
            "https://claims.example.com/",
            "http://localhost:8080/c/",
            "https://example.com/v1#",
            "urn:acme:claims:",
            "urn:auth0x:",
            "https://notauth0.com/",
        ] {
            assert!(Namespace::parse(text).is_ok(), "{text}");
        }
    }

    #[test]
    fn every_other_namespace_is_refused_for_its_reason() {
        for (text, problem) in [
            ("", NameProblem::NamespaceCharacters),
            ("https://exämple.com/", NameProblem::NamespaceCharacters),
            ("https://example.com\\@x/", NameProblem::NamespaceCharacters),
            ("roles/", NameProblem::NamespaceScheme),
            ("HTTPS://example.com/", NameProblem::NamespaceScheme),
            ("ftp://example.com/", NameProblem::NamespaceScheme),
            ("https:///", NameProblem::NamespaceHost),
            ("https://user@auth0.com/", NameProblem::NamespaceHost),
            ("https://auth0%2ecom/", NameProblem::NamespaceHost),
            ("https://example.com:", NameProblem::NamespaceHost),
            ("https://claims.example.com", NameProblem::NamespaceEnd),
            ("urn:acme:x", NameProblem::NamespaceEnd),
            ("urn:", NameProblem::NamespaceUrn),
            ("urn::", NameProblem::NamespaceUrn),
            ("https://auth0.com/", NameProblem::NamespaceOfAuth0),
            ("https://Acme.EU.Auth0.com./", NameProblem::NamespaceOfAuth0),
            ("https://a.webtask.io:443/", NameProblem::NamespaceOfAuth0),
            ("http://webtask.run/", NameProblem::NamespaceOfAuth0),
            ("urn:auth0:", NameProblem::NamespaceOfAuth0),
            ("urn:AUTH0:x:", NameProblem::NamespaceOfAuth0),
        ] {
            assert_eq!(Namespace::parse(text).err(), Some(problem), "{text}");
        }
    }

    #[test]
    fn short_and_full_names_give_the_same_full_name() {
        let full = "https://claims.example.com/roles";
        assert_eq!(namespace().qualify("roles").as_deref(), Ok(full));
        assert_eq!(namespace().qualify(full).as_deref(), Ok(full));
    }

    #[test]
    fn names_are_refused_for_their_reason() {
        let foreign = || NameProblem::ForeignNamespace("https://claims.example.com/".to_owned());
        for (name, problem) in [
            ("", NameProblem::NameCharacters),
            ("two words", NameProblem::NameCharacters),
            ("rôles", NameProblem::NameCharacters),
            ("a\u{7f}", NameProblem::NameCharacters),
            ("https://claims.example.com/", NameProblem::NameCharacters),
            ("other-tenant/roles", NameProblem::NameDelimiter),
            ("https://claims.example.com/other/roles", NameProblem::NameDelimiter),
            ("x#y", NameProblem::NameDelimiter),
            ("https://other.example.com/roles", foreign()),
            ("http://claims.example.com/roles", foreign()),
            ("urn:acme:roles", foreign()),
            ("URN:acme:roles", foreign()),
        ] {
            assert_eq!(namespace().qualify(name), Err(problem), "{name}");
        }
        assert!(namespace().qualify(&"a".repeat(128)).is_ok());
        assert_eq!(namespace().qualify(&"a".repeat(129)), Err(NameProblem::NameCharacters));
    }

    #[test]
    fn a_reserved_name_is_found_with_and_without_a_namespace() {
        let zitadel = Namespace::parse("urn:zitadel:iam:").unwrap();
        assert_eq!(zitadel.qualify("roles"), Err(NameProblem::Reserved));
        assert_eq!(check_without_namespace("sub"), Err(NameProblem::Reserved));
        assert_eq!(check_without_namespace("my_roles"), Ok(()));
    }
}
