//! Hosts as hints.
//!
//! The rule: the first label of a host is a tenant's id, if what stands behind it is the domain of a pattern and there is such
//! a tenant. Any other host names the tenant that lists it. So of `{tenant}.app.example` and `acme.app.example` the tenant is `acme`, and
//! neither `app.example` nor `www.acme.app.example` has one.
//!
//! Hosts are compared without case, port and final dot. A name beyond ASCII is compared as browsers send it (`xn--…`).

use std::sync::Arc;

use crate::config::HostPattern;

/// The domains below which every label is a tenant's id.
#[derive(Clone, Debug, Default)]
pub struct HostPatterns(Arc<[HostPattern]>);

impl HostPatterns {
    /// These.
    pub fn new(patterns: &[HostPattern]) -> Self {
        Self(patterns.into())
    }

    /// The label that stands where a pattern has the tenant. There is never more than one: the first dot decides.
    pub(super) fn tenant<'host>(&self, host: &'host str) -> Option<&'host str> {
        let (label, domain) = host.split_once('.')?;
        self.0.iter().any(|pattern| pattern.domain() == domain).then_some(label).filter(|label| is_label(label))
    }
}

/// As hosts are compared.
pub(super) fn canonical(host: &str) -> String {
    let with_port = host.rsplit_once(':').filter(|(_, port)| port.bytes().all(|byte| byte.is_ascii_digit()));
    let host = with_port.map_or(host, |(host, _)| host);
    host.strip_suffix('.').unwrap_or(host).to_ascii_lowercase()
}

/// Letters, digits and hyphens, as a host name has them: an id with anything else in it cannot be meant.
fn is_label(label: &str) -> bool {
    let letters = label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    (1..=63).contains(&label.len()) && letters && !label.starts_with('-') && !label.ends_with('-')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tenant(host: &str) -> Option<String> {
        let patterns = ["{tenant}.app.example", "{tenant}.example", "{tenant}.localhost"];
        let patterns: Vec<_> = patterns.iter().map(|pattern| HostPattern::new(pattern).unwrap()).collect();
        HostPatterns::new(&patterns).tenant(&canonical(host)).map(str::to_owned)
    }

    #[test]
    fn the_label_in_front_of_a_domain_is_the_tenant() {
        for host in ["acme.app.example", "ACME.App.Example", "acme.app.example.", "acme.app.example:8443"] {
            assert_eq!(tenant(host).as_deref(), Some("acme"), "{host}");
        }
        assert_eq!(tenant("acme.app.example.:443").as_deref(), Some("acme"));
        assert_eq!(tenant("acme.localhost:3000").as_deref(), Some("acme"));
        assert_eq!(tenant("xn--bcher-kva.app.example").as_deref(), Some("xn--bcher-kva"));
        // One label in front of the shorter domain, and it is no tenant's unless somebody is called so.
        assert_eq!(tenant("app.example").as_deref(), Some("app"));
    }

    #[test]
    fn a_host_that_is_not_one_label_in_front_of_a_domain_has_no_tenant() {
        for host in [
            "",
            ".",
            "acme",
            "localhost",
            ".app.example",
            "..app.example",
            "www.acme.app.example",
            "acme.app.example..",
            "acme.app.example.evil.example",
            "acme.app.example:80:80",
            "acme.app.example:http",
            "acme.app.exampl",
            "https://acme.app.example",
            "user@acme.app.example",
            "acme.app.example/",
            "acme .app.example",
            "-acme.app.example",
            "acme-.app.example",
            "a_b.app.example",
            "b\u{fc}cher.app.example",
            "*.app.example",
            "[::1]:80",
            "%61cme.app.example",
            "acme\0.app.example",
        ] {
            assert_eq!(tenant(host), None, "{host}");
        }
        assert_eq!(tenant(&format!("{}.app.example", "a".repeat(63))).map(|label| label.len()), Some(63));
        assert_eq!(tenant(&format!("{}.app.example", "a".repeat(64))), None);
    }

    #[test]
    fn without_a_pattern_no_host_has_a_tenant() {
        assert_eq!(HostPatterns::default().tenant("acme.app.example"), None);
    }
}
