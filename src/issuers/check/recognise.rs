//! Which provider an issuer's URL belongs to, as far as the URL tells.

use reqwest::Url;

/// The preset, as rows name it.
pub(super) fn preset(issuer: &str) -> Option<&'static str> {
    let url = Url::parse(issuer).ok()?;
    let host = url.host_str()?;
    by_host(host, url.path()).or_else(|| by_path(url.path()))
}

fn by_host(host: &str, path: &str) -> Option<&'static str> {
    let exact = EXACT.iter().find(|(known, _)| *known == host).map(|(_, preset)| *preset);
    let by_end = || ENDS.iter().find(|(end, _)| host.ends_with(end)).map(|(_, preset)| *preset);
    exact.or_else(by_end).or_else(|| entra(host, path)).or_else(|| amazon(host))
}

const EXACT: &[(&str, &str)] = &[
    ("accounts.google.com", "google"),
    ("appleid.apple.com", "apple"),
    ("container.googleapis.com", "kubernetes"),
    ("github.com", "github"),
    ("gitlab.com", "gitlab"),
    ("securetoken.google.com", "firebase"),
    ("slack.com", "slack"),
    ("sts.windows.net", "entra_v1"),
    ("token.actions.githubusercontent.com", "github_actions"),
];

const ENDS: &[(&str, &str)] = &[
    (".auth0.com", "auth0"),
    (".okta.com", "okta"),
    (".oktapreview.com", "okta"),
    (".okta-emea.com", "okta"),
    ("kubernetes.default.svc", "kubernetes"),
    ("kubernetes.default.svc.cluster.local", "kubernetes"),
];

/// The clouds of Microsoft. Without a version, the document itself says that it is another issuer's.
fn entra(host: &str, path: &str) -> Option<&'static str> {
    let is_entra = ["login.microsoftonline.com", "login.microsoftonline.us", "login.partner.microsoftonline.cn"];
    if !is_entra.contains(&host) {
        return None;
    }
    let shared = ["/common/", "/organizations/", "/consumers/", "/%7Btenantid%7D/", "/{tenantid}/"];
    let is_shared = shared.iter().any(|tenant| path.starts_with(tenant));
    Some(if is_shared { "entra_multi_tenant" } else { "entra_v2" })
}

fn amazon(host: &str) -> Option<&'static str> {
    let service = host.strip_suffix(".amazonaws.com").or_else(|| host.strip_suffix(".amazonaws.com.cn"))?;
    match service.split('.').collect::<Vec<_>>()[..] {
        ["cognito-idp", _] => Some("cognito"),
        ["oidc", "eks", _] => Some("kubernetes"),
        _ => None,
    }
}

/// Providers that run anywhere.
fn by_path(path: &str) -> Option<&'static str> {
    let (_, realm) = path.rsplit_once("/realms/")?;
    (!realm.is_empty()).then_some("keycloak")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::issuers::presets::Preset;

    #[test]
    fn a_provider_is_known_by_its_host_or_by_its_path() {
        for (issuer, expected) in [
            ("https://acme.eu.auth0.com/", Some("auth0")),
            ("https://acme.okta.com/oauth2/default", Some("okta")),
            ("https://login.microsoftonline.com/11111111-2222-4333-8444-555555555555/v2.0", Some("entra_v2")),
            ("https://login.microsoftonline.com/common/v2.0", Some("entra_multi_tenant")),
            ("https://sts.windows.net/11111111-2222-4333-8444-555555555555/", Some("entra_v1")),
            ("https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_AbC", Some("cognito")),
            ("https://oidc.eks.eu-west-1.amazonaws.com/id/ABC", Some("kubernetes")),
            ("https://id.acme.example/realms/acme", Some("keycloak")),
            ("https://id.acme.example/auth/realms/acme", Some("keycloak")),
            ("https://auth0.com.evil.example/", None),
            ("https://evilauth0.com/", None),
            ("https://login.acme.example", None),
            ("accounts.google.com", None),
        ] {
            assert_eq!(preset(issuer), expected, "{issuer}");
        }
    }

    #[test]
    fn what_is_recognised_is_a_preset() {
        let named = EXACT.iter().chain(ENDS).map(|(_, preset)| *preset);
        for preset in named.chain(["entra_v2", "entra_multi_tenant", "cognito", "keycloak"]) {
            assert!(Preset::NAMES.iter().any(|(name, _)| *name == preset), "{preset}");
        }
    }
}
