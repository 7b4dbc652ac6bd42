//! Whether the service and its change feed reach a server that can be written to.

use tokio_postgres::{Client, Row};

use super::{Found, judged};
use crate::cli::doctor::finding::Finding;
use crate::directory::connection::{ConnectError, DsnSource};
use crate::directory::dsn::Dsn;

pub(in crate::cli::doctor) const CHECK: &str = "connect";
const STATEMENT: &str = include_str!("../../../../sql/doctor/server.sql");

const NAME_THE_PRIMARY: &str = "let the connection string name the primary, or all servers: \
                                postgres://user@one,two/database?target_session_attrs=read-write";

/// Opens a connection; `key` is what the configuration calls it.
pub(in crate::cli::doctor) async fn open<T>(
    source: &DsnSource,
    open: impl AsyncFnOnce(&Dsn) -> Result<T, ConnectError>,
    key: &'static str,
) -> Result<T, Finding> {
    let Ok(dsn) = source() else {
        let problem = "its connection string could be read a moment ago and cannot be read now";
        return Err(Finding::error(CHECK, key, problem, "look at the file that holds it"));
    };
    open(&dsn).await.map_err(|error| unreachable(CHECK, key, &error))
}

/// Whether what answers is a primary.
pub(in crate::cli::doctor) async fn check(client: &Client) -> Found {
    judged(client, STATEMENT, judge).await
}

fn judge(row: &Row) -> Found {
    let error = |problem, remedy| Ok(vec![Finding::error(CHECK, "database.url", problem, remedy)]);
    if row.try_get("is_standby")? {
        return error(
            "the server is a standby: it refuses LISTEN, and notifications do not travel to it",
            NAME_THE_PRIMARY,
        );
    }
    if row.try_get("is_read_only")? {
        let remedy = "take default_transaction_read_only back: ALTER ROLE … RESET default_transaction_read_only; \
                      ALTER DATABASE … RESET default_transaction_read_only;";
        return error("its transactions are read only: nothing can be announced or pruned", remedy);
    }
    Ok(Vec::new())
}

/// A connection that could not be opened.
pub(in crate::cli::doctor) fn unreachable(check: &'static str, key: &'static str, error: &ConnectError) -> Finding {
    let (problem, remedy) = match error {
        ConnectError::Unreachable(_) => {
            ("nobody answers there", "check host and port, and that the server runs and accepts connections")
        }
        ConnectError::Authentication(_) => {
            ("the server refuses the login", "check user, password and the server's pg_hba.conf")
        }
        ConnectError::Tls(_) => {
            ("there is no secure connection", "check sslmode, sslrootcert and the server's certificate")
        }
        ConnectError::Timeout(_) => {
            ("the server does not answer in time", "check the network, or raise database.connect_timeout")
        }
        ConnectError::WrongRole(_) => {
            ("the server is a standby or read only, and the service needs the primary", NAME_THE_PRIMARY)
        }
        ConnectError::Other(_) => {
            ("the server refuses the connection", "check the name of the database; the log of the server says more")
        }
    };
    Finding::error(check, key, problem, remedy)
}
