//! Checks 7 and 21: what kind of token it is.
//!
//! An ID token is not an access token, though the same keys sign both. What tells, in this order:
//!
//! 1. the header's `typ`: `at+jwt` is an access token, and what the entry does not list is no token for us;
//! 2. what the claims call themselves: `token_use` (Cognito), the payload's `typ` (Keycloak);
//! 3. the values that the entry gives each kind;
//! 4. the audience, if the entry accepts both kinds and nothing has told: for a client of the entry's ID tokens it is one.
//!
//! What nothing tells from an access token is searched for the marks of an ID token. Not told apart: an ID token without
//! `nonce` and hashes whose audience is one that the entry accepts for access tokens, from a provider that marks nothing.
//! An entry that accepts both kinds should therefore give them different audiences.

use super::audience;
use super::header::is_media_type;
use super::reject::{Class, Reject};
use super::verified::TokenKind;
use crate::issuers::{KindRule, Rules};
use crate::jose::{Json, Object};

/// The media type of an access token (RFC 9068).
pub(super) const AT_JWT: &str = "at+jwt";

/// What a token is, and how it has to look.
#[derive(Clone, Copy, Debug)]
pub(super) struct Kind<'r> {
    pub(super) kind: TokenKind,
    pub(super) rule: &'r KindRule,
    /// Whether `typ` says so.
    pub(super) is_at_jwt: bool,
    /// Whether the token says so itself, in the header or in the claims.
    is_told: bool,
}

/// Check 7, and which kind it is.
pub(super) fn decide<'r>(typ: Option<&str>, claims: &Object<'_>, rules: &'r Rules) -> Result<Kind<'r>, Reject> {
    let access = rules.access.as_ref().filter(|rule| fits_typ(TokenKind::Access, rule, typ));
    let id = rules.id.as_ref().filter(|rule| fits_typ(TokenKind::Id, rule, typ));
    if access.is_none() && id.is_none() {
        return Err(Reject::by(7, Class::WrongType));
    }
    let named = named_kind(claims)?;
    let fits = |kind, rule: &&KindRule| named.is_none_or(|named| named == kind) && fits_values(rule, claims);
    let access = access.filter(|rule| fits(TokenKind::Access, rule));
    let id = id.filter(|rule| fits(TokenKind::Id, rule));
    let (kind, rule) = match (access, id) {
        (Some(access), Some(id)) => choose(access, id, claims)?,
        (Some(access), None) => (TokenKind::Access, access),
        (None, Some(id)) => (TokenKind::Id, id),
        (None, None) => return Err(Reject::by(21, Class::WrongType)),
    };
    let is_at_jwt = typ.is_some_and(|typ| is_media_type(typ, AT_JWT));
    Ok(Kind { kind, rule, is_at_jwt, is_told: is_at_jwt || named.is_some() || !rule.values.is_empty() })
}

/// Check 21: no mark of another kind.
pub(super) fn check(kind: &Kind<'_>, claims: &Object<'_>) -> Result<(), Reject> {
    let has = |name: &&str| claims.get(name).is_some();
    let mut is_other = claims.get("events").is_some(); // a logout token, or another security event (RFC 8417)
    if kind.kind == TokenKind::Access && !kind.is_at_jwt {
        is_other |= ["at_hash", "c_hash", "s_hash"].iter().any(has);
        // Keycloak puts the login's nonce into access tokens too, and says `Bearer`.
        is_other |= !kind.is_told && has(&"nonce");
    }
    if is_other { Err(Reject::by(21, Class::WrongType)) } else { Ok(()) }
}

/// Whether a kind may have this `typ`. Unless the entry lists some: none, `JWT`, and for access tokens `at+jwt`.
fn fits_typ(kind: TokenKind, rule: &KindRule, typ: Option<&str>) -> bool {
    let is_at_jwt = typ.is_some_and(|typ| is_media_type(typ, AT_JWT));
    match (kind, typ) {
        (TokenKind::Id, Some(_)) if is_at_jwt => false,
        (_, typ) if !rule.typ.is_empty() => {
            typ.is_some_and(|typ| rule.typ.iter().any(|listed| is_media_type(typ, listed)))
        }
        (_, None) => true,
        (_, Some(typ)) => is_at_jwt || is_media_type(typ, "jwt"),
    }
}

/// What the claims call themselves, if anything.
fn named_kind(claims: &Object<'_>) -> Result<Option<TokenKind>, Reject> {
    let by_use = match claims.get("token_use").and_then(Json::as_str) {
        Some("access") => Some(TokenKind::Access),
        Some("id") => Some(TokenKind::Id),
        _ => None,
    };
    let by_typ = match claims.get("typ").and_then(Json::as_str) {
        Some("Bearer") => Some(TokenKind::Access),
        Some("ID") => Some(TokenKind::Id),
        Some("Refresh" | "Offline" | "Logout") => return Err(Reject::by(21, Class::WrongType)),
        _ => None,
    };
    match (by_use, by_typ) {
        (Some(one), Some(other)) if one != other => Err(Reject::by(21, Class::WrongType)),
        (one, other) => Ok(one.or(other)),
    }
}

fn fits_values(rule: &KindRule, claims: &Object<'_>) -> bool {
    rule.values.iter().all(|required| required.holds(claims))
}

/// Both are possible: values that only one of them asks for tell, else the audience.
fn choose<'r>(
    access: &'r KindRule,
    id: &'r KindRule,
    claims: &Object<'_>,
) -> Result<(TokenKind, &'r KindRule), Reject> {
    let is_id = match (access.values.is_empty(), id.values.is_empty()) {
        (true, false) => true,
        (false, true) => false,
        _ => id.audience.admits(claims, &audience::read(claims)?),
    };
    Ok(if is_id { (TokenKind::Id, id) } else { (TokenKind::Access, access) })
}

#[cfg(test)]
mod tests;
