//! Things that name a tenant: what the caller sends, and what the issuer of the user's token has signed.

use std::fmt;

pub use crate::config::HintKind;
use crate::directory::IssuerId;

/// Whether a value of this kind that belongs to no tenant is a mistake. A client or an audience may be shared by all
/// tenants, so one that is listed nowhere says nothing; an organization that is listed nowhere is unknown.
pub(super) const fn must_be_known(kind: HintKind) -> bool {
    matches!(kind, HintKind::Tenant | HintKind::Organization | HintKind::Host)
}

/// The hints of one request, borrowed from it.
#[derive(Clone, Copy, Debug, Default)]
#[expect(missing_docs, reason = "each is the hint of the kind of the same name")]
pub struct Hints<'request> {
    pub tenant: Option<&'request str>,
    pub organization: Option<&'request str>,
    pub host: Option<&'request str>,
    pub connection: Option<&'request str>,
    pub client_id: Option<&'request str>,
    pub audience: Option<&'request str>,
    pub login_hint: Option<&'request str>,
}

impl<'request> Hints<'request> {
    /// The hints that are present.
    pub fn present(&self) -> impl Iterator<Item = (HintKind, &'request str)> {
        HintKind::SENT.iter().filter_map(|kind| Some((*kind, self.of(*kind)?)))
    }

    /// The hint of this kind. A login hint counts if it has a domain.
    pub(super) fn of(&self, kind: HintKind) -> Option<&'request str> {
        match kind {
            HintKind::Tenant => self.tenant,
            HintKind::Organization => self.organization,
            HintKind::Host => self.host,
            HintKind::Connection => self.connection,
            HintKind::ClientId => self.client_id,
            HintKind::Audience => self.audience,
            HintKind::LoginHint => self.login_hint.and_then(domain),
            HintKind::Issuer => None,
        }
    }
}

/// What the issuer of the user's token says about the tenant. It is signed, so what a caller may send does not limit it.
#[derive(Clone, Copy, Debug, Default)]
pub struct SignedHints<'token> {
    /// The entry that speaks for the user. All that a user has who is named by subject and not by token.
    pub issuer: Option<&'token IssuerId>,
    /// The issuer's organization.
    pub organization: Option<&'token str>,
    /// The client that the token was issued to.
    pub client_id: Option<&'token str>,
    /// Whom the token is for.
    pub audiences: &'token [Box<str>],
}

impl<'token> SignedHints<'token> {
    /// The kinds that a token may say something about.
    pub(super) const KINDS: [HintKind; 3] = [HintKind::Organization, HintKind::ClientId, HintKind::Audience];

    /// The hints of this kind.
    pub(super) fn of(&self, kind: HintKind) -> impl Iterator<Item = &'token str> {
        let (single, several): (_, &[Box<str>]) = match kind {
            HintKind::Organization => (self.organization, &[]),
            HintKind::ClientId => (self.client_id, &[]),
            HintKind::Audience => (None, self.audiences),
            _ => (None, &[]),
        };
        single.into_iter().chain(several.iter().map(|audience| &**audience))
    }
}

/// Where a hint stood, for people.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Origin {
    /// Its kind.
    pub kind: HintKind,
    /// Whether the issuer said so, and not the caller.
    pub signed: bool,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let owner = if self.signed && self.kind != HintKind::Issuer { "the token's " } else { "" };
        write!(f, "{owner}{}", self.kind.as_str())
    }
}

/// `alice@acme.example` → `acme.example`; a bare domain stays; anything else names nobody.
fn domain(login_hint: &str) -> Option<&str> {
    let domain = login_hint.rsplit_once('@').map_or(login_hint, |(_, domain)| domain);
    domain.contains('.').then_some(domain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_login_hint_names_by_its_domain() {
        assert_eq!(domain("alice@acme.example"), Some("acme.example"));
        assert_eq!(domain("acme.example"), Some("acme.example"));
        assert_eq!(domain("alice"), None);
    }

    #[test]
    fn whose_word_a_hint_is_can_be_told() {
        let told = |kind, signed| Origin { kind, signed }.to_string();
        assert_eq!(told(HintKind::Organization, true), "the token's organization");
        assert_eq!(told(HintKind::Organization, false), "organization");
        assert_eq!(told(HintKind::Issuer, true), "issuer");
    }
}
