//! Configuration: one file, the environment over it, and every mistake reported before a port is bound.
//!
//! The room promises:
//! - A key is declared once, by the section that reads it: path, doc, unit, default and bounds. Reading, the refusal of
//!   unknown keys, the name of the environment variable and the reference file all follow from that declaration.
//! - [`load`] hands out complete [`Settings`], or all [`Problems`] together, each with its place, path and remedy.
//! - A number, duration or size cannot be declared without bounds: it would not compile (`value::Ordered`).
//! - A secret is never shown, neither by `Debug` nor in a problem.
//!
//! How a value gets in: `document` parses the file and knows line numbers, `environment` holds the `CLAIMSMITH_*`
//! variables, `reader` asks both for one declared key at a time, and `sections` say which keys there are. A reader
//! never stops at a mistake. It notes the problem, goes on with the default, and the settings are then withheld.
//!
//! Deliberately absent: reloading (only secrets and keys files are read again, by their owners), merging of several
//! files, and `DATABASE_URL`. Callers and claim expressions are tables, so they come from the file alone. Expressions
//! and database URLs are taken as text here; the rooms that use them judge their content.

mod document;
mod environment;
mod key_digest;
mod problem;
mod random_key;
mod reader;
mod reference;
mod secret;
mod sections;
mod settings;
mod suggestion;
mod value;

use std::path::Path;

use document::Document;
use environment::Environment;
use reader::Reader;

pub use environment::of_process as process_environment;
pub use key_digest::{KeyDigest, KeysFileError};
pub use problem::{Problem, Problems};
pub use random_key::random_key;
pub use reference::reference;
pub use secret::{Secret, SecretError, SecretSource};
pub use sections::cache::Cache;
pub use sections::caller::{Caller, CallerName, HintKind, Surface, TenantScope};
pub use sections::claims::Claims;
pub use sections::database::Database;
pub use sections::discovery::Discovery;
pub use sections::freshness::Freshness;
pub use sections::gateway::Gateway;
pub use sections::grpc::Grpc;
pub use sections::http::Http;
pub use sections::insecure::Insecure;
pub use sections::issuer::IssuerGrant;
pub use sections::issuers::Issuers;
pub use sections::log::{Log, LogFormat, LogLevel};
pub use sections::ops::Ops;
pub use sections::probe::Probe;
pub use sections::profile::{FieldSource, GatewayKind, OriginalFields, Profile};
pub use sections::shutdown::Shutdown;
pub use sections::supervision::Supervision;
pub use sections::tenancy::{HostPattern, Tenancy};
pub use sections::token::{SigningAlgorithm, SigningKeysAt, Token};
pub use settings::Settings;
pub use value::ByteSize;

/// Stands for the file in messages when no file was named.
const NO_FILE: &str = "configuration";

/// Reads the file at `path`, lays `environment` over it and validates everything.
///
/// Without a `path` the variable `CLAIMSMITH_CONFIG` names the file; without either, the environment alone counts.
/// Pass [`process_environment`], or pairs of your own in tests.
pub fn load(
    path: Option<&Path>,
    environment: impl IntoIterator<Item = (String, String)>,
) -> Result<Settings, Problems> {
    let (variables, named) = Environment::collect(environment);
    let Some(file) = path.map(Path::to_path_buf).or(named) else {
        return read(NO_FILE, "", variables);
    };
    if file.as_os_str().is_empty() {
        return Err(without_a_document(Problem::unnamed_file(), variables));
    }
    let name = file.display().to_string();
    match std::fs::read_to_string(&file) {
        Ok(text) => read(&name, &text, variables),
        Err(error) => Err(without_a_document(Problem::unreadable_file(&name, &error), variables)),
    }
}

/// Validates `text` as if it were the file `origin`, with `environment` over it.
pub fn parse(
    text: &str,
    origin: &str,
    environment: impl IntoIterator<Item = (String, String)>,
) -> Result<Settings, Problems> {
    let (variables, _) = Environment::collect(environment);
    read(origin, text, variables)
}

fn read(origin: &str, text: &str, variables: Environment) -> Result<Settings, Problems> {
    let document = match Document::parse(origin, text) {
        Ok(document) => document,
        Err(problem) => return Err(without_a_document(problem, variables)),
    };
    let mut reader = Reader::new(&document, variables);
    let settings = Settings::read(&mut reader);
    let (_, problems) = reader.finish();
    if problems.is_empty() { Ok(settings) } else { Err(Problems::new(problems)) }
}

/// The file says nothing usable, so what it lacks is not held against it; mistakes in the environment still are.
fn without_a_document(problem: Problem, variables: Environment) -> Problems {
    let document = Document::empty(NO_FILE);
    let mut reader = Reader::new(&document, variables);
    Settings::read(&mut reader);
    let (_, mut problems) = reader.finish();
    problems.retain(Problem::is_about_a_variable);
    problems.push(problem);
    Problems::new(problems)
}

#[cfg(test)]
mod tests;
