//! What the demo prints: lines to paste, in an order that tells what the service is for.

use std::fmt::Write as _;
use std::io::{self, Write as _};
use std::net::SocketAddr;

use super::issuer::{STRANGER, TRUSTED};
use super::request::post_claims;
use crate::app::Addresses;

const ALICE_IN_ACME: &str =
    r#"{"subject":{"issuer":"https://acme.eu.auth0.com/","sub":"auth0|alice"},"tenant":"acme"}"#;
const ALICE_IN_GLOBEX: &str = r#"{"user":"alice","tenant":"globex"}"#;
const ALICE_SOMEWHERE: &str = r#"{"user":"alice"}"#;
const CAROL: &str = r#"{"user":"carol","tenant":"initech"}"#;
const BOB_IN_ACME: &str = r#"{"user":"bob","tenant":"acme"}"#;
const IN_MEGACORP: &str = r#"{"user":"user-000042","tenant":"megacorp"}"#;
const BULK_CHANGE: &str = include_str!("../../sql/demo/bulk_change.sql");

/// Where everything is.
pub(super) struct Story<'demo> {
    pub(super) addresses: Addresses,
    pub(super) issuers: SocketAddr,
    pub(super) key: &'demo str,
    pub(super) psql: &'demo str,
}

impl Story<'_> {
    /// Asks the first question itself, and prints all of them.
    pub(super) async fn tell(&self) -> io::Result<()> {
        let answer = post_claims(self.addresses.data, self.key, ALICE_IN_ACME).await?;
        say(&self.text(&answer))
    }

    fn text(&self, answer: &str) -> String {
        let mut text = String::new();
        // Writing to a String does not fail.
        let _ = write!(
            text,
            "\nReady. The first answer (alice logs in to acme, through acme's own Auth0):\n\n  {answer}\n\n\
             Paste into another terminal:\n\n\
             # the same again: claims for a token\n{}\n\
             # alice in globex: other roles, never those of acme\n{}\n\
             # nothing names a tenant: her default, and the answer says so\n{}\n\
             # the tenants that she may choose from\n{}\n\
             # refused: the tenant is suspended, and bob is no member of acme\n{}\n{}\n\
             # one of 100,000 members of megacorp, an editor\n{}\n\
             # change the roles of all 100,000 members: editors become viewers; one statement, one notification\n{}\n\
             # and the answer is new\n{}\n\
             # the same with a token instead: the demo has an issuer of its own, with keys to fetch\n{}\n\
             # refused: this issuer signs just as well, but acme does not trust it\n{}\n\
             # as a gateway asks about each request: yes, and who it is, in header fields\n{}\n\
             # the issuer rotates its keys; the next token is signed by one that nobody has seen\nkill -USR1 {}\n\
             # and nobody notices\n{}\n\
             # how fresh, how many lookups, how many queries; every actor\n\
             curl -s http://{}/metrics | grep -E '^claimsmith_(feed|cache)'\ncurl -s http://{}/status\n\n\
             Ctrl-C ends it.\n",
            self.curl(ALICE_IN_ACME),
            self.curl(ALICE_IN_GLOBEX),
            self.curl(ALICE_SOMEWHERE),
            self.picker("alice"),
            self.curl(CAROL),
            self.curl(BOB_IN_ACME),
            self.curl(IN_MEGACORP),
            self.bulk_change(),
            self.curl(IN_MEGACORP),
            self.with_token(TRUSTED),
            self.with_token(STRANGER),
            self.gateway(),
            std::process::id(),
            self.with_token(TRUSTED),
            self.addresses.ops,
            self.addresses.ops,
        );
        text
    }

    fn curl(&self, body: &str) -> String {
        format!(
            "curl -s http://{}/v1/claims -H 'Authorization: Bearer {}' -d '{body}'; echo",
            self.addresses.data, self.key
        )
    }

    /// Logs alice in at an issuer, and asks with her token.
    fn with_token(&self, issuer: &str) -> String {
        let (Self { issuers, key, .. }, data) = (self, self.addresses.data);
        format!(
            "curl -s http://{data}/v1/claims -H 'Authorization: Bearer {key}' \
             -d '{{\"tenant\":\"acme\",\"token\":\"'$(curl -s 'http://{issuers}/{issuer}/token?sub=alice')'\"}}'; echo"
        )
    }

    /// Asks as a gateway does, about a request of alice's to acme.
    fn gateway(&self) -> String {
        let (Self { issuers, key, .. }, gateway) = (self, self.addresses.gateway.unwrap_or(self.addresses.data));
        format!(
            "curl -s -D - http://{gateway}/v1/authz/demo/invoices -H 'X-Gateway-Key: {key}' -H 'X-Tenant: acme' \
             -H 'Authorization: Bearer '$(curl -s 'http://{issuers}/{TRUSTED}/token?sub=alice')''"
        )
    }

    fn picker(&self, user: &str) -> String {
        let (Self { key, .. }, data) = (self, self.addresses.data);
        format!("curl -s 'http://{data}/v1/memberships?user={user}' -H 'Authorization: Bearer {key}'; echo")
    }

    fn bulk_change(&self) -> String {
        format!("{} -c \"{}\"", self.psql, BULK_CHANGE.trim())
    }
}

/// Prints for people.
pub(super) fn say(text: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes())?;
    out.flush()
}
