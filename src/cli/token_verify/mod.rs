//! `claimsmith token verify`: "why is this token refused?", offline.
//!
//! A token is held to its entry on the way that requests take. Nothing is fetched and nobody is asked, and a token is never
//! repeated: not in an answer, and not in an error.

mod batch;
mod entries;
mod written;

use std::io::Read as _;
use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;

use super::{CommandError, print};
use crate::clock::SystemClock;
use crate::error::Refusal;
use crate::supervision::shutdown::Exit;
use crate::tokens::{Reject, TokenKind, VerifiedToken};
use entries::Entries;

/// More than any token: what is longer is refused by its size.
const MOST_INPUT: u64 = 1024 * 1024;

/// What is understood as an entry; below the options in the help.
const ENTRIES: &str = "\
An entry is what the directory has, as JSON: {\"issuer_id\": \"acme\", \"issuer\": [\"https://…\"], \"settings\": {…}}, with the
keys as \"jwks\" in its settings (sql/issuers.md has every member). Also understood: \"issuer\" as one text; no \"issuer_id\",
or \"id\" in its place; \"jwks\" beside \"settings\"; and without \"settings\", every other member as one of them.
Keys that cannot be used are left out and named. An entry with mistakes: all of them are listed, exit code 64.";

/// What to verify, and against what.
#[derive(Debug, clap::Args)]
#[command(after_help = ENTRIES)]
pub(super) struct Options {
    /// A file with an issuer entry, or a list of them. The token's `iss` chooses. May be given several times.
    #[arg(long, value_name = "FILE", required_unless_present = "batch")]
    issuer: Vec<PathBuf>,
    /// The issuer's key set, for entries without `jwks`; takes the place of `jwks_uri` and `discovery`.
    #[arg(long, value_name = "FILE")]
    jwks: Option<PathBuf>,
    /// The moment to verify at, seconds since 1970; the present if not given.
    #[arg(long, value_name = "SECONDS", allow_negative_numbers = true)]
    now: Option<i64>,
    /// Reads JSON lines `{"id", "token", "issuer"?}` from standard input and writes `{"id", "accepted", "code"}` for each.
    /// `issuer` is an entry, or the id or iss of one of --issuer; without it, all of --issuer count. Entries with mistakes
    /// have code `invalid_issuer`, unreadable lines `invalid_line`; the exit code is 0 when every line is answered.
    #[arg(long, conflicts_with = "token")]
    batch: bool,
    /// The token; without it, or as `-`, it is read from standard input, where it leaves no trace in the shell's history.
    // One at most; counted here, because an error of the parser would repeat the second.
    token: Vec<String>,
}

/// Why nothing was verified.
#[derive(Debug, thiserror::Error)]
pub(super) enum TokenError {
    /// A file that cannot be read.
    #[error("{file} cannot be read")]
    File {
        /// Its name.
        file: String,
        /// Why.
        source: std::io::Error,
    },
    /// A file that is not what it should be.
    #[error("{file} is not JSON; write {wanted}")]
    Json {
        /// Its name.
        file: String,
        /// What it should be.
        wanted: &'static str,
        /// Where it goes wrong.
        source: serde_json::Error,
    },
    /// Entries with mistakes.
    #[error("the issuer entry has mistakes:\n{}", .0.join("\n"))]
    Entry(Vec<String>),
    /// Nothing to verify.
    #[error("there is no token: give it as the last argument, or on standard input")]
    NoToken,
    /// More than one.
    #[error("give one token; it holds no blanks and no line breaks. For many, use --batch")]
    SeveralTokens,
}

pub(super) fn run(options: &Options) -> Result<Exit, CommandError> {
    let now = options.now.unwrap_or_else(|| SystemClock::shared().unix_time());
    let entries = read_entries(options)?;
    if options.batch {
        let answered = batch::run(&entries, now, std::io::stdin().lock(), std::io::stdout().lock())?;
        return Ok(answered);
    }
    let prepared = entries.prepare().map_err(TokenError::Entry)?;
    let token = token(&options.token)?;
    let (decision, exit) = match prepared.offline.verify(token.trim(), now) {
        Ok(verified) => (accepted(&verified), Exit::Orderly),
        Err(reject) => (refused(reject), Exit::Failed),
    };
    let note = |note: &String| format!("  note: {note}\n");
    let notes: String = prepared.notes.iter().map(note).collect();
    print(&(decision + &notes))?;
    Ok(exit)
}

fn read_entries(options: &Options) -> Result<Entries, CommandError> {
    let jwks = options.jwks.as_deref().map(|file| read_json(file, "a key set: {\"keys\": […]}")).transpose()?;
    let mut entries = Entries::with_keys(jwks);
    for file in &options.issuer {
        let value = read_json(file, "{\"issuer_id\": \"…\", \"issuer\": [\"https://…\"], \"settings\": {…}}")?;
        entries.add(value).map_err(TokenError::Entry)?;
    }
    Ok(entries)
}

fn token(given: &[String]) -> Result<String, CommandError> {
    let token = match given {
        [] => from_standard_input()?,
        [dash] if dash == "-" => from_standard_input()?,
        [token] => token.clone(),
        _ => return Err(TokenError::SeveralTokens.into()),
    };
    if token.trim().is_empty() { Err(TokenError::NoToken.into()) } else { Ok(token) }
}

/// Whatever is there; what is no text is no token either, and refused as such.
fn from_standard_input() -> Result<String, std::io::Error> {
    let mut bytes = Vec::new();
    std::io::stdin().lock().take(MOST_INPUT).read_to_end(&mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

fn accepted(token: &VerifiedToken) -> String {
    let kind = match token.kind {
        TokenKind::Access => "access token",
        TokenKind::Id => "ID token",
    };
    let audiences: Vec<String> = token.audiences.iter().map(|audience| one_line(audience)).collect();
    format!(
        "accepted\n  issuer entry: {}\n  kind: {kind}\n  subject: {}\n  client: {}\n  audiences: {}\n",
        one_line(token.issuer.as_str()),
        one_line(&token.subject),
        one_line(token.client.as_deref().unwrap_or("none")),
        audiences.join(", "),
    )
}

/// Claims are texts of somebody else's and may hold anything.
fn one_line(text: &str) -> String {
    text.escape_debug().collect()
}

fn refused(reject: Reject) -> String {
    format!("refused: {}\n  check: {}\n  class: {}\n", code(reject), reject.check, reject.class.label())
}

/// The stable code that callers of the service would see.
fn code(reject: Reject) -> &'static str {
    Refusal::from(reject).code.label()
}

fn read_json<T: DeserializeOwned>(file: &Path, wanted: &'static str) -> Result<T, TokenError> {
    let name = || file.display().to_string();
    let text = std::fs::read(file).map_err(|source| TokenError::File { file: name(), source })?;
    serde_json::from_slice(&text).map_err(|source| TokenError::Json { file: name(), wanted, source })
}
