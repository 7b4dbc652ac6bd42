//! `GET /v1/discovery`: where the users of a host, a slug or a domain log in.

use serde::{Deserialize, Serialize};

use super::text::named;
use crate::error::{Code, Refusal};
use crate::tenancy::Hints;
use crate::tenancy::login::Login;

/// The query of a request: exactly one of the three.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Request {
    host: Option<String>,
    slug: Option<String>,
    domain: Option<String>,
}

impl Request {
    /// What names the tenant.
    pub fn hints(&self) -> Result<Hints<'_>, Refusal> {
        match (&self.host, &self.slug, &self.domain) {
            (Some(host), None, None) => Ok(Hints { host: Some(named("host", host)?), ..Hints::default() }),
            (None, Some(slug), None) => Ok(Hints { tenant: Some(named("slug", slug)?), ..Hints::default() }),
            (None, None, Some(domain)) => Ok(Hints { login_hint: Some(bare(domain)?), ..Hints::default() }),
            _ => Err(Refusal::new(Code::InvalidRequest, "exactly one of host=, slug= and domain= must be given")),
        }
    }
}

/// A domain, and not an address: this is asked before anybody has agreed to anything, and queries end up in logs.
fn bare(domain: &str) -> Result<&str, Refusal> {
    if domain.contains('@') {
        return Err(Refusal::new(Code::InvalidRequest, "domain must be what stands behind the @, without the rest"));
    }
    named("domain", domain)
}

#[derive(Serialize)]
struct Body<'answer> {
    logins: Vec<Line<'answer>>,
}

/// Always with all four, so that answers differ in values only.
#[derive(Serialize)]
struct Line<'answer> {
    issuer: &'answer str,
    client_id: Option<&'answer str>,
    connection: Option<&'answer str>,
    organization: Option<&'answer str>,
}

/// The body of an answer.
pub fn render(logins: &[Login]) -> Result<Vec<u8>, serde_json::Error> {
    let lines = logins.iter().map(|login| Line {
        issuer: &login.issuer,
        client_id: login.client_id.as_deref(),
        connection: login.connection.as_deref(),
        organization: login.organization.as_deref(),
    });
    serde_json::to_vec(&Body { logins: lines.collect() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_has_every_member_whether_it_says_something_or_not() {
        let login =
            Login { issuer: "https://i/".into(), client_id: None, connection: Some("c".into()), organization: None };
        let body = String::from_utf8(render(&[login]).unwrap()).unwrap();
        assert_eq!(
            body,
            r#"{"logins":[{"issuer":"https://i/","client_id":null,"connection":"c","organization":null}]}"#
        );
        assert_eq!(render(&[]).unwrap(), br#"{"logins":[]}"#);
    }
}
