//! `[probe]`: the revocation probe, which is off unless it is given a role to change its canary with.

use std::time::Duration;

use crate::config::problem::Fault;
use crate::config::reader::{Key, SecretKey, Section};
use crate::config::secret::SecretSource;

const URL: SecretKey = SecretKey {
    name: "url",
    file_name: "url_file",
    doc: "Switches the probe on. Where and as whom it logs in: the primary without a pooler, and a role that may change the \
          canary and nothing else (sql/README.md). Read again for each connection.",
    example: r#""postgres://claimsmith_probe:password@localhost:5432/app""#,
    file_example: r#""/run/secrets/probe_url""#,
};

/// How the service measures itself.
#[derive(Clone, Debug)]
pub struct Probe {
    /// Where and as whom to log in.
    pub url: SecretSource,
    /// The tenant of the canary.
    pub tenant: String,
    /// The user that is the canary.
    pub user: String,
    /// The role that is granted and revoked.
    pub role: String,
    /// Time between two rounds, and how long an effect is waited for.
    pub every: Duration,
    /// What grants the role; `None` is the statement for the default tables.
    pub grant: Option<String>,
    /// What revokes it.
    pub revoke: Option<String>,
}

impl Probe {
    /// What the reference says about the table.
    pub(crate) const DOC: &str = "The revocation probe: grants and revokes a role of a canary, a user whom nobody else \
                                  changes, and measures how soon this replica's answers show it. Off unless url is given.";

    /// Reads the table; `None` is off.
    pub(crate) fn read(section: &mut Section<'_, '_>) -> Option<Self> {
        let url = section.optional_secret(&URL);
        let mut name = |name, doc| section.read(Key::new(name, doc, "canary".to_owned()));
        let tenant = name("tenant", "The tenant of the canary. It is the canary's alone, and restricts no client.");
        let user =
            name("user", "The user that is the canary, a member of the tenant. Replicas share it and take turns.");
        let role = name("role", "The role that is granted and revoked. The tenant's claim template must show it.");
        let every = section.read(Key::within(
            "every",
            "Time between two rounds of one grant and one revocation; also how long each may take until it counts as late.",
            Duration::from_secs(5),
            Duration::from_millis(200)..=Duration::from_hours(1),
        ));
        let grant = section.optional_text(
            "grant",
            "What grants the role, for tables of your own: SQL of one statement or several, run as one transaction. It may \
             read current_setting('claimsmith.canary_tenant'), canary_user and canary_role. By default a row is inserted into \
             claimsmith_data.membership_role.",
            r#""CALL app.grant_canary()""#,
        );
        let revoke = section.optional_text("revoke", "What revokes it.", r#""CALL app.revoke_canary()""#);
        section.require(&["revoke", "grant"], grant.is_some() == revoke.is_some(), || {
            Fault::new("goes with probe.grant, and only one of them is given", "give both, or neither")
        });
        Some(Self { url: url?, tenant, user, role, every, grant, revoke })
    }
}
