//! What a token of one issuer entry has to be: the entry's settings, filled in and checked, ready to be compared with.
//!
//! `settings` makes it; `tokens` holds signed claims to it, `opaque` an issuer's answer. What both ask is answered here, once,
//! so that the two cannot come to differ; how a refusal is called is theirs. The token never chooses anything here.

use crate::jose::{Algorithm, Json, Object};

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
    pub key_issuer_check: bool,
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

/// A claim that is there and not of the form that it has to have. It is never taken for absent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Malformed;

impl Rules {
    /// Nothing is accepted.
    pub fn nothing(issuers: Issuers) -> Self {
        Self {
            issuers,
            algorithms: Box::default(),
            access: None,
            id: None,
            authorized_parties: None,
            client_claims: Box::default(),
            required_claims: Box::default(),
            required_values: Box::default(),
            key_issuer_check: false,
            leeway: 0,
            max_token_age: None,
            accept_sender_constrained: false,
            subject: Box::new(["sub".into()]),
            organization: None,
        }
    }

    /// Whether every claim that is required is there, and not null.
    pub fn has_required_claims(&self, claims: &Object<'_>) -> bool {
        self.required_claims.iter().all(|path| path.find(claims).is_some_and(|claim| !claim.is_null()))
    }

    /// Whether every claim of which values are required has one of them.
    pub fn has_required_values(&self, claims: &Object<'_>) -> bool {
        self.required_values.iter().all(|required| required.holds(claims))
    }

    /// The subject: the subject claims, joined by `:`.
    pub fn subject_of(&self, claims: &Object<'_>) -> Option<Box<str>> {
        // A `sub` that is there is sound, even if another claim identifies.
        claims.get("sub").is_none_or(|sub| sound(sub).is_some()).then_some(())?;
        let (last, others) = self.subject.split_last()?;
        let mut subject = String::new();
        for name in others {
            // Only the last may hold a `:`, so that two subjects never join to the same text.
            subject.push_str(sound(claims.get(name)?).filter(|part| !part.contains(':'))?);
            subject.push(':');
        }
        subject.push_str(sound(claims.get(last)?)?);
        Some(subject.into())
    }

    /// The organization. It is a hint: one that is no text is malformed, so that nobody takes it for none.
    pub fn organization_of(&self, claims: &Object<'_>) -> Result<Option<Box<str>>, Malformed> {
        match self.organization.as_ref().and_then(|name| claims.get(name)) {
            None | Some(Json::Null) => Ok(None),
            Some(Json::Text(organization)) if !organization.is_empty() => Ok(Some(organization.as_ref().into())),
            Some(_) => Err(Malformed),
        }
    }
}

impl RequiredValue {
    /// Whether the claim is one of the texts that are allowed. A list that contains one is not one.
    pub fn holds(&self, claims: &Object<'_>) -> bool {
        self.claim.find(claims).and_then(Json::as_str).is_some_and(|value| lists(&self.any_of, value))
    }
}

impl AudienceRule {
    /// Whether claims with these audiences are for whom the rule says.
    pub fn admits(&self, claims: &Object<'_>, audiences: &[&str]) -> bool {
        match self {
            Self::AnyOf(ours) => audiences.iter().any(|audience| lists(ours, audience)),
            Self::Client(ours) => {
                claims.get("client_id").and_then(Json::as_str).is_some_and(|client| lists(ours, client))
            }
        }
    }

    /// Whom the rule is for: API identifiers or client ids.
    pub const fn trusted(&self) -> &[Box<str>] {
        match self {
            Self::AnyOf(ours) | Self::Client(ours) => ours,
        }
    }
}

/// The audiences that an `aud` names; none if there is no `aud`.
///
/// A list that holds anything but texts is malformed as a whole: a reader that skips what it does not expect would see
/// another audience than one that stops there.
pub fn audiences<'c>(aud: Option<&'c Json<'_>>) -> Result<Vec<&'c str>, Malformed> {
    match aud {
        None => Ok(Vec::new()),
        Some(Json::Text(one)) => Ok(vec![one.as_ref()]),
        Some(Json::Array(several)) => several.iter().map(|one| one.as_str().ok_or(Malformed)).collect(),
        Some(_) => Err(Malformed),
    }
}

/// Whether a list of the settings has this text, to the letter.
pub fn lists(list: &[Box<str>], text: &str) -> bool {
    list.iter().any(|item| **item == *text)
}

/// A text that may be a part of a subject.
fn sound<'c>(claim: &'c Json<'_>) -> Option<&'c str> {
    claim.as_str().filter(|text| !text.is_empty() && !has_control(text))
}

fn has_control(text: &str) -> bool {
    // Almost every subject is ASCII, and bytes are looked at faster than characters.
    if text.is_ascii() { text.bytes().any(|byte| byte.is_ascii_control()) } else { text.contains(char::is_control) }
}
