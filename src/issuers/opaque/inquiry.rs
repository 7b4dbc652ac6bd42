//! One question to an issuer about one token, and what its answer comes to.
//!
//! The secret is read for each question, so that a rotated one counts at once. No failure quotes an answer or a token.

use std::sync::Arc;

use reqwest::StatusCode;

use super::access::{Access, Credentials};
use super::breaker::Health;
use super::introspected::Verdict;
use super::introspection::Unreadable;
use super::{github, introspection};
use crate::clock::SharedClock;
use crate::config::{Secret, SecretError, SecretSource};
use crate::issuers::fetch::{FetchError, Fetcher};
use crate::issuers::{Entry, GitHub, Introspection, Source};

/// Why a question brought no verdict.
#[derive(Debug, thiserror::Error)]
pub(super) enum Failure {
    /// The entry's tokens are not of a kind that its issuer is asked about.
    #[error("the entry does not say how its issuer is asked")]
    NotAsked,
    /// The operator configured no client for the entry.
    #[error("there are no credentials: write client_id and client_secret_file into [issuer.<id>]")]
    NoCredentials,
    /// GitHub's address of a check holds the application's identifier.
    #[error("the client_id in [issuer.<id>] is no identifier of an application: copy it from GitHub")]
    NotAnApplication,
    /// The secret cannot be read.
    #[error(transparent)]
    Secret(#[from] SecretError),
    /// The issuer does not know us.
    #[error("the issuer refuses our credentials (status {0}): check client_id and secret in [issuer.<id>]")]
    Refused(StatusCode),
    /// No answer.
    #[error(transparent)]
    Fetch(#[from] FetchError),
    /// An answer with a status that the protocol does not have.
    #[error("the answer has status {0}: check the endpoint's address")]
    Status(StatusCode),
    /// An answer that says nothing.
    #[error(transparent)]
    Unreadable(#[from] Unreadable),
    /// A defect of ours; the log has the panic.
    #[error("the question ended in a panic")]
    Panicked,
}

impl Failure {
    /// Every label.
    pub(super) const LABELS: [&'static str; 5] = ["credentials", "throttled", "unreachable", "status", "unreadable"];

    /// The failure as a metric label.
    pub(super) fn label(&self) -> &'static str {
        match self {
            Self::NotAsked | Self::NoCredentials | Self::NotAnApplication | Self::Secret(_) | Self::Refused(_) => {
                "credentials"
            }
            Self::Fetch(error) => match error.status() {
                Some(403 | 429) => "throttled",
                Some(_) => "status",
                None => "unreachable",
            },
            Self::Status(_) => "status",
            Self::Unreadable(_) | Self::Panicked => "unreadable",
        }
    }

    /// What it says about the endpoint. What one odd token can cause must not keep others from being asked about.
    pub(super) fn health(&self) -> Health {
        match self {
            Self::Unreadable(_) | Self::Panicked => Health::Well,
            Self::Status(status) if [400, 413, 414, 422].contains(&status.as_u16()) => Health::Well,
            Self::Fetch(error) => Health::Ill { retry_after: error.retry_after() },
            _ => Health::Ill { retry_after: None },
        }
    }

    /// Whether the operator has to do something about it.
    pub(super) fn is_ours(&self) -> bool {
        self.label() == "credentials"
    }
}

/// Asks one issuer.
pub(super) struct Inquiry {
    pub(super) entry: Arc<Entry>,
    pub(super) access: Access,
    pub(super) fetcher: Fetcher,
    pub(super) clock: SharedClock,
}

impl Inquiry {
    /// Has the issuer say what a token is.
    pub(super) async fn ask(&self, token: &str) -> Result<Verdict, Failure> {
        match &self.entry.source {
            Source::Introspection(introspection) => self.introspect(introspection, token).await,
            Source::GitHub(github) => self.check(github, token).await,
            // No actor is started for these.
            Source::None | Source::Keys(_) => Err(Failure::NotAsked),
        }
    }

    async fn introspect(&self, introspection: &Introspection, token: &str) -> Result<Verdict, Failure> {
        let (client_id, secret) = self.credentials().await?;
        let (form, leave) = (introspection::form(token), &self.access.leave);
        let (status, body) =
            self.fetcher.post_form(&introspection.endpoint, &form, Some((client_id, &secret)), leave).await?;
        match status {
            StatusCode::OK => Ok(introspection::read(&body, &self.entry.rules, self.clock.unix_time())?),
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => Err(Failure::Refused(status)),
            _ => Err(Failure::Status(status)),
        }
    }

    async fn check(&self, github: &GitHub, token: &str) -> Result<Verdict, Failure> {
        let (client_id, secret) = self.credentials().await?;
        let url = github::url(&github.api, client_id).ok_or(Failure::NotAnApplication)?;
        let (question, leave) = (github::question(token), &self.access.leave);
        let (status, body) = self.fetcher.post_json(&url, &question, Some((client_id, &secret)), leave).await?;
        match status {
            StatusCode::OK => Ok(github::read(&body, client_id, &self.entry.rules, self.clock.unix_time())?),
            StatusCode::NOT_FOUND | StatusCode::UNPROCESSABLE_ENTITY => Ok(Verdict::Inactive),
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => Err(Failure::Refused(status)),
            _ => Err(Failure::Status(status)),
        }
    }

    async fn credentials(&self) -> Result<(&str, Secret), Failure> {
        let Credentials { client_id, secret } = self.access.credentials.as_ref().ok_or(Failure::NoCredentials)?;
        let source = secret.clone();
        let secret = match source {
            SecretSource::Inline(secret) => secret,
            // A file system may be slow, and this thread is shared.
            SecretSource::File(_) => {
                let read = tokio::task::spawn_blocking(move || source.read());
                read.await.map_err(|_| Failure::Panicked)??
            }
        };
        Ok((client_id, secret))
    }
}
