//! The revocation probe's own connection: it changes one row of the directory, and says where that change stands in the log.
//!
//! Never the pool's: its role may write what the service's role may not. It leads to the primary and keeps its session, for
//! replicas that share a canary take turns by a lock of the session: a pooler in transaction mode is noticed and refused.
//!
//! Deliberately absent: reading the canary, which is the probe's business and is done as a request would; and the server's
//! own words in errors, which may quote rows.

use std::time::Duration;

use tokio::time::timeout;
use tokio_postgres::error::SqlState;
use tokio_postgres::{Client, Row, Statement};
use tokio_util::task::AbortOnDropHandle;

use super::connection::{self, ConnectError, DsnSource, drive};
use super::place::Place;

const SESSION: &str = include_str!("../../sql/probe/session.sql");
const PLACE: &str = include_str!("../../sql/probe/place.sql");
const TAKE_TURN: &str = include_str!("../../sql/probe/take_turn.sql");
const END_TURN: &str = include_str!("../../sql/probe/end_turn.sql");
const GRANT: &str = include_str!("../../sql/probe/grant.sql");
const REVOKE: &str = include_str!("../../sql/probe/revoke.sql");

/// Who the canary is, and how it is changed.
#[derive(Clone, Debug)]
pub struct CanarySettings {
    /// In which tenant.
    pub tenant: String,
    /// Which user.
    pub user: String,
    /// The role that is granted and revoked.
    pub role: String,
    /// What grants it; by default a row of `claimsmith_data.membership_role`.
    pub grant: Option<String>,
    /// What revokes it.
    pub revoke: Option<String>,
    /// How long a statement may take by our own clock.
    pub patience: Duration,
}

/// What is done to the canary.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flip {
    /// It gets its role.
    Grant,
    /// It loses it.
    Revoke,
}

impl Flip {
    const fn label(self) -> &'static str {
        match self {
            Self::Grant => "grant",
            Self::Revoke => "revoke",
        }
    }
}

/// Why the canary could not be changed.
#[derive(Debug, thiserror::Error)]
pub enum CanaryError {
    /// No connection.
    #[error("the probe has no connection")]
    Connect(#[from] ConnectError),
    /// A statement failed.
    #[error("the probe's statement {what} failed")]
    Statement {
        /// Which.
        what: &'static str,
        /// What PostgreSQL or the connection said.
        #[source]
        source: tokio_postgres::Error,
    },
    /// A statement was not answered.
    #[error("the probe's statement {what} was not answered in time")]
    TimedOut {
        /// Which.
        what: &'static str,
    },
    /// `claimsmith.consistency_token()` gave something else.
    #[error("what should be a consistency token is none")]
    NotAToken,
    /// Another session answered than the one that took the turn.
    #[error("the turn was taken in another session")]
    OtherSession,
}

impl CanaryError {
    /// What went wrong and what to do, without any of the server's own words: for logs and `/status`.
    pub fn label(&self) -> String {
        match self {
            Self::Connect(error) => format!("no connection ({}): {error}", error.label()),
            Self::Statement { what, source } => match source.code() {
                None => format!("{what}: the connection was lost"),
                Some(code) if *code == SqlState::INSUFFICIENT_PRIVILEGE => {
                    format!("{what}: the probe's role lacks a right (42501); sql/probe/setup.sql has those it needs")
                }
                Some(code) => format!("{what}: PostgreSQL refused with SQLSTATE {}", code.code()),
            },
            Self::TimedOut { what } => format!("{what}: not answered in time"),
            Self::NotAToken => "claimsmith.consistency_token() gave no token; run `claimsmith migrate`".to_owned(),
            Self::OtherSession => {
                "a pooler in transaction mode is in the way; give probe.url a direct connection".to_owned()
            }
        }
    }
}

/// The connection.
pub struct Canary {
    client: Client,
    place: Statement,
    settings: CanarySettings,
    /// The position that this session drew last.
    drawn: Option<i64>,
    _driver: AbortOnDropHandle<()>,
}

impl Canary {
    /// Connects on the current runtime; the connection string is read now.
    pub async fn connect(dsn: &DsnSource, settings: CanarySettings) -> Result<Self, CanaryError> {
        let dsn = dsn().map_err(ConnectError::Other)?;
        let (client, messages) = Box::pin(connection::connect(&dsn)).await?;
        let driver = AbortOnDropHandle::new(tokio::spawn(drive(messages)));
        let CanarySettings { tenant, user, role, patience, .. } = &settings;
        within("session", *patience, client.query_one(SESSION, &[tenant, user, role])).await?;
        let place = within("consistency_token", *patience, client.prepare(PLACE)).await?;
        Ok(Self { client, place, settings, drawn: None, _driver: driver })
    }

    /// The newest place of the log.
    pub async fn newest(&mut self) -> Result<Place, CanaryError> {
        self.draw().await.map(|(place, _)| place)
    }

    /// False while another replica has its turn.
    pub async fn take_turn(&self) -> Result<bool, CanaryError> {
        column(&self.one("turn", TAKE_TURN).await?, "turn", "has_turn")
    }

    /// Lets another replica have its turn.
    pub async fn end_turn(&self) -> Result<(), CanaryError> {
        let had_turn: bool = column(&self.one("turn", END_TURN).await?, "turn", "had_turn")?;
        if had_turn { Ok(()) } else { Err(CanaryError::OtherSession) }
    }

    /// Changes the canary in one transaction, and returns when its COMMIT has been acknowledged. `None`: it was so already,
    /// or nothing of what was changed is watched.
    pub async fn flip(&mut self, flip: Flip) -> Result<Option<Place>, CanaryError> {
        let statements = match flip {
            Flip::Grant => self.settings.grant.as_deref().unwrap_or(GRANT),
            Flip::Revoke => self.settings.revoke.as_deref().unwrap_or(REVOKE),
        };
        self.run("BEGIN", "BEGIN").await?;
        self.run(flip.label(), statements).await?;
        let (place, is_drawn) = self.draw().await?;
        self.run("COMMIT", "COMMIT").await?;
        Ok(is_drawn.then_some(place))
    }

    /// The newest place, and whether this session has drawn a position since it last asked.
    async fn draw(&mut self) -> Result<(Place, bool), CanaryError> {
        const WHAT: &str = "consistency_token";
        let row = within(WHAT, self.settings.patience, self.client.query_one(&self.place, &[])).await?;
        let drawn: Option<i64> = column(&row, WHAT, "drawn")?;
        let is_news = drawn != std::mem::replace(&mut self.drawn, drawn);
        let token: String = column(&row, WHAT, "token")?;
        Ok((token.parse().map_err(|_| CanaryError::NotAToken)?, is_news))
    }

    async fn run(&self, what: &'static str, statements: &str) -> Result<(), CanaryError> {
        within(what, self.settings.patience, self.client.batch_execute(statements)).await
    }

    async fn one(&self, what: &'static str, statement: &str) -> Result<Row, CanaryError> {
        within(what, self.settings.patience, self.client.query_one(statement, &[])).await
    }
}

async fn within<T>(
    what: &'static str,
    patience: Duration,
    answer: impl Future<Output = Result<T, tokio_postgres::Error>>,
) -> Result<T, CanaryError> {
    let answered = timeout(patience, answer).await.map_err(|_| CanaryError::TimedOut { what })?;
    answered.map_err(|source| CanaryError::Statement { what, source })
}

fn column<'row, T>(row: &'row Row, what: &'static str, name: &str) -> Result<T, CanaryError>
where
    T: tokio_postgres::types::FromSql<'row>,
{
    row.try_get(name).map_err(|source| CanaryError::Statement { what, source })
}
