//! `[database]`: how the directory is reached.

use std::time::Duration;

use crate::config::reader::{Key, SecretKey, Section};
use crate::config::secret::SecretSource;

const URL: SecretKey = SecretKey {
    name: "url",
    file_name: "url_file",
    doc: "Where and as whom the service logs in, as libpq writes it.",
    example: r#""postgres://claimsmith:password@localhost:5432/app""#,
    file_example: r#""/run/secrets/database_url""#,
};

const LISTENER_URL: SecretKey = SecretKey {
    name: "listener_url",
    file_name: "listener_url_file",
    doc: "A direct connection for the change feed, when url goes through a transaction pooler.",
    example: r#""postgres://claimsmith:password@localhost:5432/app""#,
    file_example: r#""/run/secrets/listener_url""#,
};

const REPLICA_URL: SecretKey = SecretKey {
    name: "replica_url",
    file_name: "replica_url_file",
    doc: "A read replica that loads are taken from where that is new enough; the primary otherwise.",
    example: r#""postgres://claimsmith:password@localhost:5433/app""#,
    file_example: r#""/run/secrets/replica_url""#,
};

const OWNER_URL: SecretKey = SecretKey {
    name: "owner_url",
    file_name: "owner_url_file",
    doc: "The role that `claimsmith migrate` logs in as; url when absent.",
    example: r#""postgres://owner:password@localhost:5432/app""#,
    file_example: r#""/run/secrets/owner_url""#,
};

/// How the directory is reached.
#[derive(Clone, Debug)]
pub struct Database {
    /// Where and as whom to log in.
    pub url: SecretSource,
    /// The same for the change feed, when `url` goes through a transaction pooler.
    pub listener_url: Option<SecretSource>,
    /// A read replica that loads may be taken from.
    pub replica_url: Option<SecretSource>,
    /// The role that `migrate` logs in as; `url` when absent.
    pub owner_url: Option<SecretSource>,
    /// Connections that load misses, per server.
    pub pool_size: usize,
    /// A pooled connection that is older is replaced.
    pub connection_max_age: Duration,
    /// How long connecting may take.
    pub connect_timeout: Duration,
    /// How long one statement may take.
    pub statement_timeout: Duration,
}

impl Database {
    /// What the reference says about the table.
    pub(crate) const DOC: &str = "The PostgreSQL that holds the directory.";

    /// Reads the table.
    pub(crate) fn read(section: &mut Section<'_, '_>) -> Self {
        Self {
            url: section.required_secret(&URL),
            listener_url: section.optional_secret(&LISTENER_URL),
            replica_url: section.optional_secret(&REPLICA_URL),
            owner_url: section.optional_secret(&OWNER_URL),
            pool_size: section.read(
                Key::within("pool_size", "How many connections load what is not in memory, per server.", 8, 1..=1000)
                    .of("connections"),
            ),
            connection_max_age: section.read(Key::within(
                "connection_max_age",
                "A pooled connection is replaced when it is older, so that a name that leads elsewhere by now is followed.",
                Duration::from_mins(5),
                Duration::from_secs(1)..=Duration::from_hours(24),
            )),
            connect_timeout: section.read(Key::within(
                "connect_timeout",
                "How long connecting may take.",
                Duration::from_secs(3),
                Duration::from_millis(100)..=Duration::from_mins(1),
            )),
            statement_timeout: section.read(Key::within(
                "statement_timeout",
                "How long one statement may take.",
                Duration::from_secs(2),
                Duration::from_millis(10)..=Duration::from_mins(1),
            )),
        }
    }
}
