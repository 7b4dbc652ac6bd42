//! `claimsmith issuer check`: what keeps an issuer from going live, before it does.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use deadpool_postgres::BuildError;
use prometheus::Registry;
use serde::Serialize;

use super::{CommandError, print};
use crate::app::service_dsn;
use crate::clock::{SharedClock, SystemClock};
use crate::config::Settings;
use crate::directory::connection::{PoolOptions, pool};
use crate::directory::{CatalogLoad, Directory, DirectoryError, DirectoryMetrics, Freshness, IssuerId, Server};
use crate::issuers::KeyPolicy;
use crate::issuers::check::{Finding, GrantedBy, Inquirer, Missing, Report, Severity, Suggestion, by_id, by_url};
use crate::issuers::fetch::{Authorities, FetchLimits, Fetcher, Leave, LeaveError};
use crate::issuers::opaque::Access;
use crate::supervision::shutdown::Exit;

/// Which issuer, and what may be done to reach it.
#[derive(Debug, clap::Args)]
pub(super) struct Options {
    /// The issuer: its URL, as tokens have it in `iss` (needs neither configuration nor database), or the id of its entry in
    /// the directory (needs both; what the entry may do is as configured).
    #[arg(value_name = "URL|ID")]
    issuer: String,
    /// By URL: a PEM file with the authorities to trust in place of the system's.
    #[arg(long, value_name = "FILE")]
    ca_file: Option<PathBuf>,
    /// By URL: lets hosts have private addresses, be written as addresses, and listen on any port.
    #[arg(long)]
    allow_private_addresses: bool,
    /// By URL: lets the issuer be asked without TLS, and be inside; for tests on one machine.
    #[arg(long)]
    plaintext: bool,
    /// Prints the report as one JSON object: `checked`, `sound`, `findings`, `suggestion`.
    #[arg(long)]
    json: bool,
}

/// Why nothing was checked.
#[derive(Debug, thiserror::Error)]
pub(super) enum CheckError {
    /// An option that is for URLs.
    #[error(
        "{0} is for a URL; what an entry of the directory may do stands in the configuration ([issuer.ID], \
         insecure.plaintext_issuers). If you mean a URL, write it with https://"
    )]
    Option(&'static str),
    /// A file of certificates.
    #[error(transparent)]
    Leave(#[from] LeaveError),
    /// The directory does not answer.
    #[error("the directory cannot be read: check [database], and that `claimsmith migrate` has run")]
    Directory(#[from] DirectoryError),
    /// No pool.
    #[error("the connection to the database could not be prepared")]
    Pool(#[from] BuildError),
    /// No metrics.
    #[error("the process could not be set up")]
    Metrics(#[from] prometheus::Error),
}

impl CheckError {
    /// Whether the command line or the configuration is to be mended.
    pub(super) const fn is_misconfiguration(&self) -> bool {
        matches!(self, Self::Option(_) | Self::Leave(_))
    }
}

/// Runs the command; the configuration is read only if an entry of the directory is meant.
pub(super) fn run(
    options: &Options,
    settings: impl FnOnce() -> Result<Settings, CommandError>,
) -> Result<Exit, CommandError> {
    let report = if options.issuer.contains("://") { of_url(options)? } else { of_entry(options, settings)? };
    let text = if options.json { as_json(&report)? } else { as_text(&report) };
    print(&text)?;
    Ok(if report.is_sound() { Exit::Orderly } else { Exit::Failed })
}

fn of_url(options: &Options) -> Result<Report, CommandError> {
    let ca = options.ca_file.as_deref().map(Authorities::read).transpose().map_err(CheckError::Leave)?;
    let leave = Leave {
        private_addresses: options.allow_private_addresses,
        plaintext: options.plaintext,
        hosts: None,
        ca: ca.map(Arc::new),
    };
    let fetcher = Fetcher::new(FetchLimits::default(), SystemClock::shared());
    let (policy, granted_by) = (KeyPolicy::default(), GrantedBy::Options);
    let inquirer = Inquirer { fetcher: &fetcher, leave: &leave, policy: &policy, granted_by };
    Ok(actix_rt::System::new().block_on(by_url(&options.issuer, &inquirer)))
}

fn of_entry(
    options: &Options,
    settings: impl FnOnce() -> Result<Settings, CommandError>,
) -> Result<Report, CommandError> {
    let given = [
        ("--ca-file", options.ca_file.is_some()),
        ("--allow-private-addresses", options.allow_private_addresses),
        ("--plaintext", options.plaintext),
    ];
    if let Some((option, _)) = given.iter().find(|(_, is_given)| *is_given) {
        return Err(CheckError::Option(option).into());
    }
    let settings = settings()?;
    let id = IssuerId::from(options.issuer.as_str());
    let access = access(&settings, &options.issuer)?;
    let clock = SystemClock::shared();
    let limits = FetchLimits { total: settings.issuers.fetch_timeout, ..FetchLimits::default() };
    let fetcher = Fetcher::new(limits, Arc::clone(&clock));
    let policy = KeyPolicy::from(&settings.issuers);
    let granted_by = GrantedBy::Configuration(&id);
    let inquirer = Inquirer { fetcher: &fetcher, leave: &access.leave, policy: &policy, granted_by };
    actix_rt::System::new().block_on(async {
        let load = catalog(&settings, &clock).await?;
        Ok(by_id(&id, load, &access, &inquirer).await)
    })
}

/// What the operator gives the entry.
fn access(settings: &Settings, id: &str) -> Result<Access, CheckError> {
    let granted = settings.issuer_grants.get(id).cloned().unwrap_or_default();
    Ok(Access::load(&granted, settings.insecure.plaintext_issuers.contains(id))?)
}

/// Every tenant and issuer, read as the service reads them.
async fn catalog(settings: &Settings, clock: &SharedClock) -> Result<CatalogLoad, CommandError> {
    let (dsn, database) = (service_dsn(settings)?, &settings.database);
    let options = PoolOptions {
        size: 1,
        wait: database.statement_timeout,
        create: database.connect_timeout,
        max_age: database.connection_max_age,
    };
    let runtime = tokio::runtime::Handle::current();
    let make_pool = Box::new(move || pool(Arc::clone(&dsn), options, runtime.clone()));
    let metrics = DirectoryMetrics::register(&Registry::new()).map_err(CheckError::Metrics)?;
    let patience = database.statement_timeout + Duration::from_secs(1);
    let primary = Server::new("primary", make_pool, Arc::clone(clock), metrics.clone(), patience);
    let freshness = Arc::new(Freshness::new(Arc::clone(clock)));
    let directory = Directory::new(primary.map_err(CheckError::Pool)?, None, freshness, metrics);
    Ok(directory.catalog().await.map_err(CheckError::Directory)?)
}

/// A report with its verdict.
#[derive(Serialize)]
struct Judged<'r> {
    sound: bool,
    #[serde(flatten)]
    report: &'r Report,
}

fn as_json(report: &Report) -> Result<String, std::io::Error> {
    let text = serde_json::to_string_pretty(&Judged { sound: report.is_sound(), report })?;
    Ok(text + "\n")
}

fn as_text(report: &Report) -> String {
    let findings: String = report.findings.iter().map(line).collect();
    let suggestion = report.suggestion.as_ref().map(suggestion).unwrap_or_default();
    format!("{}\n\n{findings}{suggestion}\n{}\n", report.checked, verdict(report))
}

fn line(finding: &Finding) -> String {
    let mark = match finding.severity {
        Severity::Ok => "ok      ",
        Severity::Warning => "warning ",
        Severity::Problem => "PROBLEM ",
    };
    let remedy = finding.remedy.as_ref().map(|remedy| format!("          to do: {remedy}\n")).unwrap_or_default();
    format!("{mark}  {}\n{remedy}", finding.text)
}

fn suggestion(suggestion: &Suggestion) -> String {
    let row = &suggestion.row;
    let line = |Missing { path, what, remedy }: &Missing| format!("  {path}: {what}; {remedy}\n");
    let missing = suggestion.missing.iter().map(line);
    let missing: String = missing.collect();
    let missing = if missing.is_empty() { missing } else { format!("still to be filled in:\n{missing}") };
    format!("\na row for it (see sql/issuers.md):\n{row:#}\n{missing}")
}

fn verdict(report: &Report) -> String {
    let (problems, warnings) = (report.count(Severity::Problem), report.count(Severity::Warning));
    let verdict = if report.is_sound() { "sound" } else { "not sound" };
    format!("{verdict}: {}, {}", counted(problems, "problem"), counted(warnings, "warning"))
}

fn counted(number: usize, what: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} {what}{plural}")
}
