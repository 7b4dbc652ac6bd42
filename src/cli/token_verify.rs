//! `claimsmith token verify`: "why is this token refused?", offline.

use std::io::{BufRead as _, Read as _, Write as _};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{CommandError, print};
use crate::clock::SystemClock;
use crate::directory::IssuerRow;
use crate::supervision::shutdown::Exit;
use crate::tokens::{Offline, Reject, TokenKind, VerifiedToken};

/// What to verify, and against what.
#[derive(Debug, clap::Args)]
pub(super) struct Options {
    /// The issuer entry as JSON, as the directory has it: `{"issuer_id", "issuer": ["https://…"], "settings": {…}}`, or a list
    /// of entries, of which the token's `iss` chooses.
    #[arg(long, value_name = "FILE", required_unless_present = "batch")]
    issuer: Option<PathBuf>,
    /// The issuer's key set, for entries without `jwks` in their settings. Nothing is fetched.
    #[arg(long, value_name = "FILE")]
    jwks: Option<PathBuf>,
    /// The moment to verify at, seconds since 1970; the present if not given.
    #[arg(long, value_name = "SECONDS", allow_negative_numbers = true)]
    now: Option<i64>,
    /// Reads JSON lines `{"id", "token", "issuer"?}` from standard input, where `issuer` is an entry in place of --issuer, and
    /// writes `{"id", "accepted", "code"}` for each.
    #[arg(long, conflicts_with = "token")]
    batch: bool,
    /// The token; without it, or as `-`, it is read from standard input, where it leaves no trace in the shell's history.
    token: Option<String>,
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
    #[error("{file} is not {wanted}")]
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
}

/// One line of a batch.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    id: Value,
    token: String,
    issuer: Option<Value>,
}

/// What is said of it.
#[derive(Serialize)]
struct Verdict<'line> {
    id: &'line Value,
    accepted: bool,
    code: Option<&'static str>,
}

pub(super) fn run(options: &Options) -> Result<Exit, CommandError> {
    let now = options.now.unwrap_or_else(|| SystemClock::shared().unix_time());
    let jwks = options.jwks.as_deref().map(|file| read_json(file, "a key set")).transpose()?;
    let given = options.issuer.as_deref().map(|file| read_json::<Value>(file, "JSON")).transpose()?;
    let given = given.map(|entries| offline(entries, jwks.as_ref())).transpose()?;
    if options.batch {
        return batch(given.as_ref(), jwks.as_ref(), now);
    }
    let token = token(options.token.as_deref())?;
    match given.map(|issuers| issuers.verify(token.trim(), now)) {
        Some(Ok(verified)) => print(&accepted(&verified)),
        Some(Err(reject)) => print(&refused(reject)).map(|_| Exit::Failed),
        None => Err(TokenError::Entry(vec!["name a file with --issuer".to_owned()]).into()),
    }
}

fn token(given: Option<&str>) -> Result<String, CommandError> {
    if let Some(token) = given.filter(|token| *token != "-") {
        return Ok(token.to_owned());
    }
    let mut token = String::new();
    std::io::stdin().lock().read_to_string(&mut token)?;
    Ok(token)
}

fn accepted(token: &VerifiedToken) -> String {
    let kind = match token.kind {
        TokenKind::Access => "access token",
        TokenKind::Id => "ID token",
    };
    format!(
        "accepted\n  issuer entry: {}\n  kind: {kind}\n  subject: {}\n  client: {}\n  audiences: {}\n",
        token.issuer,
        token.subject,
        token.client.as_deref().unwrap_or("none"),
        token.audiences.join(", "),
    )
}

fn refused(reject: Reject) -> String {
    format!("refused: {}\n  check: {}\n  class: {}\n", reject.class.code(), reject.check, reject.class.label())
}

fn batch(given: Option<&Offline>, jwks: Option<&Value>, now: i64) -> Result<Exit, CommandError> {
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    let mut exit = Exit::Orderly;
    for text in std::io::stdin().lock().lines() {
        let text = text?;
        if text.trim().is_empty() {
            continue;
        }
        let (id, code) = match serde_json::from_str::<Line>(&text) {
            Ok(line) => (line.id.clone(), judge(line, given, jwks, now)),
            // An unreadable line is answered in its place, so that lines in and lines out stay side by side.
            Err(_) => (Value::Null, Some("invalid_line")),
        };
        if matches!(code, Some("invalid_line" | "invalid_issuer")) {
            exit = Exit::Failed;
        }
        serde_json::to_writer(&mut out, &Verdict { id: &id, accepted: code.is_none(), code })
            .map_err(std::io::Error::from)?;
        out.write_all(b"\n")?;
    }
    out.flush()?;
    Ok(exit)
}

/// The code of the refusal; `None` when the token is accepted.
fn judge(line: Line, given: Option<&Offline>, jwks: Option<&Value>, now: i64) -> Option<&'static str> {
    let own = line.issuer.map(|entry| offline(entry, jwks));
    let issuers = match &own {
        Some(Ok(own)) => own,
        Some(Err(_)) => return Some("invalid_issuer"),
        None => match given {
            Some(given) => given,
            None => return Some("invalid_issuer"),
        },
    };
    issuers.verify(&line.token, now).err().map(|reject| reject.class.code())
}

/// The entries, with the key set for those that have none.
fn offline(entries: Value, jwks: Option<&Value>) -> Result<Offline, TokenError> {
    let entries = if entries.is_array() { entries } else { Value::Array(vec![entries]) };
    let rows = Vec::<IssuerRow>::deserialize(entries);
    let rows = rows
        .map_err(|error| TokenError::Entry(vec![format!("an entry is {{\"issuer_id\", \"issuer\", …}}: {error}")]))?;
    let rows = rows.into_iter().map(|row| with_keys(row, jwks)).collect();
    Offline::new(rows).map_err(TokenError::Entry)
}

fn with_keys(mut row: IssuerRow, jwks: Option<&Value>) -> IssuerRow {
    if let (Some(jwks), Some(Value::Object(settings))) = (jwks, &mut row.settings) {
        settings.entry("jwks").or_insert_with(|| jwks.clone());
    }
    row
}

fn read_json<T: serde::de::DeserializeOwned>(file: &Path, wanted: &'static str) -> Result<T, TokenError> {
    let name = || file.display().to_string();
    let text = std::fs::read(file).map_err(|source| TokenError::File { file: name(), source })?;
    serde_json::from_slice(&text).map_err(|source| TokenError::Json { file: name(), wanted, source })
}
