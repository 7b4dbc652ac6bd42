//! `claimsmith doctor`: proves that every change that could alter an answer will be seen, and that the set-up is right.
//!
//! It connects as the service does and asks the catalog. Nothing is changed: what is tried is rolled back. Each check stands
//! in a file of its own under [`checks`], runs even if another found something, and says so if it could not be made.
//! This is the one command that speaks SQL: its questions are no other room's, and its remedies are statements.

mod checks;
mod examination;
mod finding;
mod measure_writes;
mod rendering;
mod report;
mod sessions;

use super::{CommandError, print};
use crate::app::{listener_dsn, owner_dsn, service_dsn};
use crate::clock::{SystemClock, random};
use crate::config::Settings;
use crate::supervision::shutdown::Exit;
use examination::{SetUp, examine};

/// How strict to be, and what to measure.
#[derive(Debug, clap::Args)]
pub(super) struct Options {
    /// Exit code 1 for warnings too.
    #[arg(long)]
    strict: bool,
    /// Prints one JSON document: `sound`, `errors`, `warnings`, `findings`, `proved`, `writes` (see sql/README.md).
    #[arg(long)]
    json: bool,
    /// Also measures what the triggers cost whoever writes to this table, on a copy that is rolled back. Connects as
    /// `database.owner_url`. Not for busy hours: it holds the commit lock for some milliseconds.
    #[arg(long, value_name = "TABLE")]
    measure_writes: Option<String>,
}

/// Runs the command.
pub(super) fn run(options: &Options, settings: &Settings) -> Result<Exit, CommandError> {
    let table = options.measure_writes.as_deref();
    let set_up = SetUp {
        service: service_dsn(settings)?,
        listener: listener_dsn(settings)?,
        writes: table.map(|table| owner_dsn(settings).map(|owner| (owner, table))).transpose()?,
        listener_key: if settings.database.listener_url.is_some() { "database.listener_url" } else { "database.url" },
    };
    let report = actix_rt::System::new().block_on(examine(&set_up, &SystemClock::shared(), &random()));
    let text = if options.json { rendering::as_json(&report)? } else { rendering::as_text(&report) };
    print(&text)?;
    Ok(if report.passes(options.strict) { Exit::Orderly } else { Exit::Failed })
}
