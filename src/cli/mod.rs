//! The commands. Exit codes: 0 done or stopped in order, 1 failed, 2 stopped before everything was finished, 64 the command
//! line or the configuration is wrong (`EX_USAGE` of BSD sysexits).

mod doctor;
mod issuer_check;
mod token_verify;

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::app::{Addresses, App, StartError, owner_dsn};
use crate::clock::SystemClock;
use crate::config::{self, KeyDigest, Settings, random_key};
use crate::demo;
use crate::directory::connection::{ConnectError, connect, drive};
use crate::directory::migrations::{MigrateError, migrate};
use crate::supervision::shutdown::{Exit, Shutdown, TerminationSignals};
use crate::telemetry;

#[derive(Debug, Parser)]
#[command(
    name = "claimsmith",
    version,
    about = "This user, in this tenant: which claims? From memory, from your own PostgreSQL."
)]
struct Cli {
    /// The configuration file; without it, `CLAIMSMITH_CONFIG` names one, and the environment alone may do.
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Answers callers until told to stop (SIGTERM, SIGINT; a second signal stops at once).
    Serve,
    /// Brings the database to the schema that this version needs; safe to run by many at once.
    Migrate,
    /// Proves that every change of your tables will be seen, and that the set-up is right. Exit code 1 if it is not.
    Doctor(doctor::Options),
    /// Reads the configuration, reports every mistake, and does nothing else.
    CheckConfig,
    /// Prints the configuration file with every key, its meaning and its default.
    PrintConfig,
    /// Makes a caller key: gives it to you, and the hash of it for the configuration.
    CallerKey,
    /// Issuers of tokens.
    #[command(subcommand)]
    Issuer(IssuerCommand),
    /// Tokens of users.
    #[command(subcommand)]
    Token(TokenCommand),
    /// Shows it all on a private PostgreSQL that is gone afterwards (or on `DATABASE_URL`).
    Demo(demo::Options),
}

#[derive(Debug, Subcommand)]
enum IssuerCommand {
    /// Fetches discovery and keys and reports every problem, before the issuer goes live. Exit code 1 if there is one.
    Check(issuer_check::Options),
}

#[derive(Debug, Subcommand)]
enum TokenCommand {
    /// Says whether a token is accepted, and by which check it is refused. Fetches nothing. Exit code 1 if it is refused.
    Verify(token_verify::Options),
}

#[derive(Debug, thiserror::Error)]
enum CommandError {
    #[error("the configuration has mistakes:\n{0}")]
    Configuration(config::Problems),
    #[error(transparent)]
    Start(#[from] StartError),
    #[error("the database to migrate cannot be reached")]
    Connect(#[from] ConnectError),
    #[error("the database was not migrated")]
    Migrate(#[from] MigrateError),
    #[error(transparent)]
    Issuer(#[from] issuer_check::CheckError),
    #[error(transparent)]
    Token(#[from] token_verify::TokenError),
    #[error(transparent)]
    Demo(#[from] demo::DemoError),
    #[error("the operating system refused")]
    System(#[from] std::io::Error),
    #[error("the operating system has no randomness to give")]
    Randomness,
}

impl CommandError {
    fn exit(&self) -> Exit {
        match self {
            Self::Configuration(_) | Self::Token(_) => Exit::Misconfigured,
            Self::Start(reason) if reason.is_misconfiguration() => Exit::Misconfigured,
            Self::Issuer(reason) if reason.is_misconfiguration() => Exit::Misconfigured,
            _ => Exit::Failed,
        }
    }
}

/// Runs the command that the process was started with.
pub fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // --help and --version are errors to clap, and no mistakes.
            let exit = if error.use_stderr() { Exit::Misconfigured } else { Exit::Orderly };
            let _ = error.print();
            return exit.into();
        }
    };
    match run(&cli) {
        Ok(exit) => exit.into(),
        Err(error) => {
            complain(&error);
            error.exit().into()
        }
    }
}

fn run(cli: &Cli) -> Result<Exit, CommandError> {
    match &cli.command {
        Command::Serve => serve(&settings(cli)?),
        Command::Migrate => migrate_database(&settings(cli)?),
        Command::Doctor(options) => doctor::run(options, &settings(cli)?),
        Command::CheckConfig => check_config(&settings(cli)?),
        Command::PrintConfig => print(&config::reference()),
        Command::CallerKey => caller_key(),
        Command::Issuer(IssuerCommand::Check(options)) => issuer_check::run(options, || settings(cli)),
        Command::Token(TokenCommand::Verify(options)) => token_verify::run(options),
        Command::Demo(options) => Ok(demo::main(options)?),
    }
}

fn settings(cli: &Cli) -> Result<Settings, CommandError> {
    config::load(cli.config.as_deref(), config::process_environment()).map_err(CommandError::Configuration)
}

fn serve(settings: &Settings) -> Result<Exit, CommandError> {
    telemetry::start(&settings.log);
    for warning in settings.warnings() {
        tracing::warn!("{warning}");
    }
    actix_rt::System::new().block_on(async {
        let signals = TerminationSignals::listen()?;
        let app = App::start(settings, &SystemClock::shared())?;
        let Addresses { data, gateway, grpc, ops } = app.addresses;
        tracing::info!(
            %data,
            gateway = gateway.map(tracing::field::display),
            grpc = grpc.map(tracing::field::display),
            %ops,
            "serving"
        );
        let shutdown = Shutdown::default();
        let listening = actix_rt::spawn(signals.pass_to(shutdown.clone()));
        let exit = app.run(shutdown).await;
        listening.abort();
        tracing::info!(?exit, "stopped");
        Ok(exit)
    })
}

fn migrate_database(settings: &Settings) -> Result<Exit, CommandError> {
    telemetry::start(&settings.log);
    let dsn = owner_dsn(settings)?;
    let applied = actix_rt::System::new().block_on(async {
        let (mut client, messages) = connect(&dsn).await?;
        let driver = actix_rt::spawn(drive(messages));
        let applied = migrate(&mut client).await;
        driver.abort();
        Ok::<_, CommandError>(applied?)
    })?;
    if applied.is_empty() {
        return print("the schema is current\n");
    }
    print(&format!("applied {}\n", applied.join(", ")))
}

fn check_config(settings: &Settings) -> Result<Exit, CommandError> {
    App::check(settings)?;
    for warning in settings.warnings() {
        print(&format!("warning: {warning}\n"))?;
    }
    print("the configuration is sound\n")
}

fn caller_key() -> Result<Exit, CommandError> {
    let key = random_key().map_err(|_| CommandError::Randomness)?;
    print(&format!("key (for the caller):         {key}\nhash (for the configuration): {}\n", KeyDigest::of_key(&key)))
}

fn print(text: &str) -> Result<Exit, CommandError> {
    std::io::stdout().lock().write_all(text.as_bytes())?;
    Ok(Exit::Orderly)
}

fn complain(error: &CommandError) {
    let mut text = format!("claimsmith: {error}\n");
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        // Writing to a String does not fail.
        let _ = writeln!(text, "  because {cause}");
        source = cause.source();
    }
    // Without standard error there is nobody to tell.
    let _ = std::io::stderr().lock().write_all(text.as_bytes());
}
