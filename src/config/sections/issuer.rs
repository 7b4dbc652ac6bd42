//! `[issuer.<id>]`: what the operator adds to an entry of the directory's issuer catalog.
//!
//! The entry itself belongs to whoever may write to the directory, who may be a tenant's administrator. What could be
//! used to reach into the operator's network, or is a secret, therefore stands here.

use std::collections::BTreeMap;
use std::path::PathBuf;

use crate::config::problem::Fault;
use crate::config::reader::{Key, ListKey, Reader, SecretKey, Section};
use crate::config::secret::SecretSource;

/// The table that holds the groups.
const GROUP: &str = "issuer";

const CLIENT_SECRET: SecretKey = SecretKey {
    name: "client_secret",
    file_name: "client_secret_file",
    doc: "The secret of client_id.",
    example: r#""secret""#,
    file_example: r#""/run/secrets/acme_client_secret""#,
};

/// What the operator adds to an entry of the issuer catalog. The default is nothing.
#[derive(Clone, Debug, Default)]
pub struct IssuerGrant {
    /// Whether its hosts may have private addresses and loopback, be written as addresses, and listen on any port.
    pub allow_private_addresses: bool,
    /// The only hosts that may be asked for the entry; empty is any. The entry's row names the host, and whoever may write the
    /// row is not to send a secret, or a request to the inside, where the operator never meant it to go.
    pub hosts: Vec<String>,
    /// A PEM file with the authorities to trust in place of the system's. Relative to the working directory.
    pub ca_file: Option<PathBuf>,
    /// As whom its introspection endpoint, or GitHub, is asked.
    pub client_id: Option<String>,
    /// The secret of `client_id`.
    pub client_secret: Option<SecretSource>,
}

impl IssuerGrant {
    /// What the reference says about the tables.
    const DOC: &str = "What the operator adds to an entry of the directory's issuer catalog: one table for each, under the \
        entry's id. Only the file can name entries.";

    /// Reads every group, by the id of its entry.
    pub(crate) fn read_all(reader: &mut Reader<'_>) -> BTreeMap<String, Self> {
        let groups = reader.named_sections(GROUP, Self::read);
        groups.into_iter().map(|(id, grant)| (id.to_owned(), grant)).collect()
    }

    /// Declares one group as an example.
    pub(crate) fn declare_example(reader: &mut Reader<'_>) {
        reader.example(&format!("{GROUP}.acme"), Self::DOC, Self::read);
    }

    fn read(section: &mut Section<'_, '_>) -> Self {
        let grant = Self {
            allow_private_addresses: section.read(Key::new(
                "allow_private_addresses",
                "Lets the issuer's hosts have private addresses, be written as addresses, and listen on any port.",
                false,
            )),
            hosts: section.list(ListKey::optional(
                "hosts",
                "The only hosts that may be asked for the entry, whatever its row says. Needed with a secret, or with \
                 allow_private_addresses.",
                &["login.acme.example".to_owned()],
            )),
            ca_file: section
                .optional_text(
                    "ca_file",
                    "A file with the certificates (PEM) of the authorities to trust for it, in place of the system's.",
                    r#""/etc/claimsmith/acme_ca.pem""#,
                )
                .map(PathBuf::from),
            client_id: section.optional_text(
                "client_id",
                "As whom its introspection endpoint, or GitHub, is asked.",
                r#""claimsmith""#,
            ),
            client_secret: section.optional_secret(&CLIENT_SECRET),
        };
        let complete = grant.client_id.is_some() || grant.client_secret.is_none();
        section.require(&["client_id", "client_secret", "client_secret_file"], complete, || {
            Fault::new("is missing, but its secret is given", "name the client that the secret belongs to")
        });
        let is_bounded = !grant.hosts.is_empty() || (grant.client_secret.is_none() && !grant.allow_private_addresses);
        section.require(&["hosts"], is_bounded, || {
            Fault::new(
                "is missing",
                "name the hosts that the secret or the permission is for, such as [\"login.acme.example\"]",
            )
        });
        grant
    }
}
