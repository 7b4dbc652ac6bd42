//! What a token of one issuer entry has to be: the entry's settings, filled in and checked, ready to be compared with.
//!
//! Plain data. `settings` makes it, `tokens` compares with it. The token never chooses anything here.

use crate::jose::Algorithm;

/// What a token of one issuer entry has to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rules {
    /// Which `iss` the entry stands for.
    pub issuers: Issuers,
    /// Which signature algorithms count.
    pub algorithms: Box<[Algorithm]>,
    /// How an access token looks; `None` if access tokens are refused.
    pub access: Option<KindRule>,
    /// How an ID token looks; `None` if ID tokens are refused. At least one of the two is accepted.
    pub id: Option<KindRule>,
    /// Which clients a token may have been issued to; `None` is any. Compared with the first of [`Rules::client_claims`]
    /// that the token has; a token that has none of them is refused.
    pub authorized_parties: Option<Box<[Box<str>]>>,
    /// Where the client stands, such as `azp`, `client_id`, `cid`, `appid`, in the order in which they are looked for.
    pub client_claims: Box<[Box<str>]>,
    /// Claims that must be present and not null.
    pub required_claims: Box<[ClaimPath]>,
    /// Claims that must have one of these values.
    pub required_values: Box<[RequiredValue]>,
    /// Whether a key must say which issuer it signs for (Entra's member `issuer` of a JWK), with `{tenantid}` standing for
    /// the token's tenant.
    pub key_issuer: bool,
    /// How wrong the clocks may be, seconds, at most 60.
    pub leeway: i64,
    /// How old a token may be by its `iat`, seconds; `None` is as old as its `exp` allows. When set, `iat` is required.
    pub max_token_age: Option<i64>,
    /// Whether a token that is bound to a key of its sender (`cnf`, RFC 7800) is taken as a bearer token, because the
    /// gateway has checked the proof.
    pub accept_sender_constrained: bool,
    /// Which claims make the subject, joined by `:`. `["sub"]`, or `["tid", "oid"]` for Entra.
    pub subject: Box<[Box<str>]>,
    /// Which claim names an organization of the provider, as the hint `organization`.
    pub organization: Option<Box<str>>,
}

/// Which `iss` an entry stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Issuers {
    /// These, to the letter. Never empty; the first is the canonical one.
    Exact(Box<[Box<str>]>),
    /// Entra: `https://login.microsoftonline.com/{tenantid}/v2.0`, with the claim `tid`, a lower-case GUID, in the braces.
    Template {
        /// The template; holds `{tenantid}` exactly once.
        template: Box<str>,
        /// Which tenants of the provider; `None` is any.
        tenants: Option<Box<[Box<str>]>>,
    },
}

/// How one kind of token looks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KindRule {
    /// Accepted `typ` of the header, in lower case and without `application/`. Empty: absent or `jwt`.
    pub typ: Box<[Box<str>]>,
    /// Whom it must be for.
    pub audience: AudienceRule,
    /// Values that tell this kind from the other, such as `token_use` = `access` or the payload's `typ` = `Bearer`.
    pub values: Box<[RequiredValue]>,
}

/// Whom a token must be for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AudienceRule {
    /// `aud` holds one of these. Never empty.
    AnyOf(Box<[Box<str>]>),
    /// There need be no `aud` (Cognito access tokens): `client_id` is one of these. Never empty.
    Client(Box<[Box<str>]>),
}

/// A claim that must have one of some values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequiredValue {
    /// Which claim.
    pub claim: ClaimPath,
    /// Which values; strings only.
    pub any_of: Box<[Box<str>]>,
}

/// The name of a claim, or a JSON pointer (RFC 6901) to one inside another, such as `/firebase/tenant`. A name that begins
/// with `/` is always a pointer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClaimPath(pub Box<str>);
