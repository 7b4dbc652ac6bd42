//! What is wrong with one thing, and what to do about it.

use serde::Serialize;
use tokio_postgres::error::SqlState;

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Severity {
    /// A change may pass unseen, or the service does not work.
    Error,
    /// It works, with a risk that somebody should know.
    Warning,
}

/// One thing that is wrong. Texts name tables, roles and settings, never rows or connection strings.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Finding {
    /// The check that found it; stable.
    pub(super) check: &'static str,
    pub(super) severity: Severity,
    /// What it is about, as SQL would name it: `app.memberships`.
    pub(super) subject: String,
    /// What is wrong.
    pub(super) problem: String,
    /// What to do: a statement, a command, or a key of the configuration.
    pub(super) remedy: String,
}

impl Finding {
    pub(super) fn error(
        check: &'static str,
        subject: impl Into<String>,
        problem: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Self {
        let (subject, problem, remedy) = (subject.into(), problem.into(), remedy.into());
        Self { check, severity: Severity::Error, subject, problem, remedy }
    }

    pub(super) fn warning(
        check: &'static str,
        subject: impl Into<String>,
        problem: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Self {
        Self { severity: Severity::Warning, ..Self::error(check, subject, problem, remedy) }
    }

    /// A check that proves nothing, because PostgreSQL refused it.
    pub(super) fn unproved(check: &'static str, error: &tokio_postgres::Error) -> Self {
        let remedy = match error.code() {
            Some(code) if *code == SqlState::INSUFFICIENT_PRIVILEGE => {
                "mend what the check `privileges` finds, then run this again"
            }
            Some(code) if *code == SqlState::QUERY_CANCELED => "raise database.statement_timeout for this command",
            _ => "run this again; the log of the server says more",
        };
        Self::error(check, "this check", format!("it could not be made: {}", refusal(error)), remedy)
    }
}

/// What PostgreSQL says. Without the detail and the context, which may quote rows.
fn refusal(error: &tokio_postgres::Error) -> String {
    error.as_db_error().map_or_else(
        || "the connection failed".to_owned(),
        |refusal| format!("{} ({})", refusal.message(), refusal.code().code()),
    )
}
