//! Things in a request that name a tenant.

pub use crate::config::HintKind;

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
    /// The hints that are present, in order.
    pub fn present(&self) -> impl Iterator<Item = (HintKind, &'request str)> {
        let all = [
            (HintKind::Tenant, self.tenant),
            (HintKind::Organization, self.organization),
            (HintKind::Host, self.host),
            (HintKind::Connection, self.connection),
            (HintKind::ClientId, self.client_id),
            (HintKind::Audience, self.audience),
            (HintKind::LoginHint, self.login_hint.and_then(domain)),
        ];
        all.into_iter().filter_map(|(kind, value)| Some((kind, value?)))
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
}
