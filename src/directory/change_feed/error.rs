//! Why the change feed has no connection.

use tokio_postgres::error::SqlState;

use crate::directory::connection::ConnectError;

/// What PostgreSQL says when the schema is not there, or not granted.
const MISSING: [SqlState; 4] = [
    SqlState::UNDEFINED_FUNCTION,
    SqlState::UNDEFINED_TABLE,
    SqlState::INVALID_SCHEMA_NAME,
    SqlState::INSUFFICIENT_PRIVILEGE,
];
/// Why a session of the feed has ended.
#[derive(Debug, thiserror::Error)]
pub(super) enum FeedError {
    #[error("could not connect")]
    Connect(#[from] ConnectError),
    #[error("a statement of the change feed failed")]
    Statement(#[from] tokio_postgres::Error),
    #[error("the server did not answer within the heartbeat's time-out")]
    TimedOut(#[from] tokio::time::error::Elapsed),
    #[error("the server closed the connection")]
    Closed,
    #[error("the server is not the primary any more")]
    Demoted,
    #[error("the server's log does not continue what was followed")]
    Reset,
}

/// Every cause of being without a connection, for metrics that exist before the first.
pub(in crate::directory) fn disconnect_causes() -> impl Iterator<Item = &'static str> {
    ConnectError::LABELS.into_iter().chain(["statement", "timeout", "closed", "reset"])
}

impl FeedError {
    /// The metric label.
    pub(super) fn cause(&self) -> &'static str {
        match self {
            Self::Connect(error) => error.label(),
            // "cannot execute LISTEN during recovery"
            Self::Statement(error) if error.code() == Some(&SqlState::READ_ONLY_SQL_TRANSACTION) => {
                ConnectError::WRONG_ROLE
            }
            Self::Statement(_) => "statement",
            Self::TimedOut(_) => "timeout",
            Self::Closed => "closed",
            Self::Demoted => ConnectError::WRONG_ROLE,
            Self::Reset => "reset",
        }
    }

    /// What the operator may do, without the server's own words, which may quote anything.
    pub(super) fn hint(&self) -> &'static str {
        match self {
            _ if self.cause() == ConnectError::WRONG_ROLE => {
                "the change feed needs the primary; does the connection string name all candidates?"
            }
            Self::Connect(error) if error.label() == "authentication" => {
                "check the role and password of the connection string"
            }
            Self::Reset => {
                "everything is read anew; was there a failover, was a backup restored, or was the feed away for longer than \
                 freshness.keep_changes?"
            }
            Self::Statement(error) if error.code().is_some_and(|code| MISSING.contains(code)) => {
                "is the schema there and may the role use it? run `claimsmith migrate`, then claimsmith.grant_service"
            }
            _ => "it is tried again",
        }
    }
}
