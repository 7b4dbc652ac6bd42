//! `[tenancy]`: what names a tenant in every deployment of the adopter's application.

use crate::config::reader::{ListKey, Section};
use crate::config::value::{Free, Value};

/// Stands for the label that names the tenant.
const LABEL: &str = "{tenant}.";

/// What names a tenant, whatever the directory says.
#[derive(Clone, Debug)]
pub struct Tenancy {
    /// Hosts whose first label is the id of a tenant.
    pub host_patterns: Vec<HostPattern>,
}

impl Tenancy {
    /// What the reference says about the table.
    pub(crate) const DOC: &str = "What names a tenant besides the hints that the directory lists for it.";

    /// Reads the table.
    pub(crate) fn read(section: &mut Section<'_, '_>) -> Self {
        let doc = "Hosts whose first label is a tenant's id, such as \"{tenant}.app.example\". They come before \
                   the hosts that tenants list.";
        Self { host_patterns: section.list(ListKey::new("host_patterns", doc, Vec::new())) }
    }
}

/// `{tenant}.` in front of a domain: the host of every tenant is its id in that place.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct HostPattern {
    domain: Box<str>,
}

impl HostPattern {
    /// The pattern, if the text is one.
    pub fn new(text: &str) -> Option<Self> {
        let domain = text.strip_prefix(LABEL)?;
        domain.split('.').all(is_label).then(|| Self { domain: domain.into() })
    }

    /// What stands behind the label: `app.example`.
    pub fn domain(&self) -> &str {
        &self.domain
    }
}

impl Value for HostPattern {
    fn kind() -> String {
        "a host pattern".into()
    }

    fn remedy() -> String {
        "write {tenant} in front of a domain in lower case, without a port: \"{tenant}.app.example\"".into()
    }

    fn from_text(text: &str) -> Option<Self> {
        Self::new(text)
    }

    fn to_toml(&self) -> String {
        format!("\"{LABEL}{}\"", self.domain)
    }
}

impl Free for HostPattern {}

/// A label of a host name, in lower case (RFC 1123 section 2.1).
fn is_label(label: &str) -> bool {
    let letters = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-');
    (1..=63).contains(&label.len()) && label.bytes().all(letters) && !label.starts_with('-') && !label.ends_with('-')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_is_the_tenant_in_front_of_a_domain() {
        for domain in ["app.example", "localhost", "a-b.1.example", "xn--bcher-kva.example"] {
            let pattern = HostPattern::new(&format!("{{tenant}}.{domain}")).unwrap();
            assert_eq!((pattern.domain(), pattern.to_toml()), (domain, format!("\"{{tenant}}.{domain}\"")));
        }
    }

    #[test]
    fn what_could_never_match_a_host_is_refused() {
        for text in [
            "",
            "app.example",
            "*.app.example",
            "{tenant}",
            "{tenant}.",
            "{tenant}.app.example.",
            "{tenant}..example",
            "{tenant}.App.example",
            "{tenant}.app.example:443",
            "{tenant}.{tenant}.example",
            "a.{tenant}.example",
            "{tenant}-app.example",
            "{tenant}.-app.example",
            "{tenant}.b\u{fc}cher.example",
            " {tenant}.app.example",
        ] {
            assert_eq!(HostPattern::new(text), None, "{text}");
        }
    }
}
