//! Why the directory has no answer.

use tokio_postgres::error::SqlState;

/// Why the directory has no answer.
#[derive(Debug, thiserror::Error)]
pub enum DirectoryError {
    /// No connection could be had in time.
    #[error("no connection to PostgreSQL could be had")]
    Pool(#[from] deadpool_postgres::PoolError),
    /// The statement failed or was cut off.
    #[error("the query {query} failed")]
    Query {
        /// The statement's name in `sql/queries`.
        query: &'static str,
        /// What PostgreSQL or the connection said.
        #[source]
        source: tokio_postgres::Error,
    },
    /// No answer came although the server should have given up by itself.
    #[error("the query {query} was not answered in time")]
    TimedOut {
        /// The statement's name in `sql/queries`.
        query: &'static str,
    },
    /// The answer belongs to another history than the one that the change feed follows.
    #[error("the query {query} was answered by a server whose history is not the one that is followed")]
    OtherHistory {
        /// The statement's name in `sql/queries`.
        query: &'static str,
    },
    /// The answer is older than what the change feed has told before: a standby passes for the primary.
    #[error("the query {query} was answered by a server that is behind the change feed")]
    Behind {
        /// The statement's name in `sql/queries`.
        query: &'static str,
    },
    /// A contract view is not what `sql/README.md` says it must be.
    #[error("the directory breaks its contract: {0}")]
    Contract(String),
}

impl DirectoryError {
    /// What went wrong without any of the server's own words, which may quote rows: for logs.
    pub fn label(&self) -> String {
        match self {
            Self::Pool(deadpool_postgres::PoolError::Timeout(_)) => "the pool has no connection to give".to_owned(),
            Self::Pool(_) => "connect".to_owned(),
            Self::Query { query, source } => {
                format!("query {query}: {}", source.code().map_or("connection", SqlState::code))
            }
            Self::TimedOut { query } => format!("query {query}: timed out"),
            Self::OtherHistory { query } => format!("query {query}: another history"),
            Self::Behind { query } => format!("query {query}: behind the change feed"),
            Self::Contract(what) => format!("contract: {what}"),
        }
    }
}
