//! Many tokens: a JSON line in, a JSON line out, in the same order.
//!
//! Every line is answered, whatever is on it. Entries that stand on lines are compiled once for all lines on which they look
//! the same.

use std::borrow::Cow;
use std::io::{BufRead, BufWriter, Write};

use hashbrown::HashMap;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use serde_json::value::RawValue;

use super::entries::Entries;
use super::{CommandError, TokenError, code};
use crate::supervision::shutdown::Exit;
use crate::tokens::Offline;

const INVALID_LINE: &str = "invalid_line";
const INVALID_ISSUER: &str = "invalid_issuer";

/// Entries of lines that are remembered; a batch in which no two are alike must not fill the memory.
const MOST_REMEMBERED: usize = 1024;

/// One line. A member that is not known is a mistake: it would be passed over in silence, and decide nothing.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Line<'l> {
    #[serde(borrow)]
    id: &'l RawValue,
    #[serde(borrow)]
    token: Cow<'l, str>,
    #[serde(borrow)]
    issuer: Option<&'l RawValue>,
}

/// As much as is needed to answer a line that is wrong.
#[derive(Deserialize)]
struct Address<'l> {
    #[serde(borrow)]
    id: Option<&'l RawValue>,
}

/// What is said of it.
#[derive(Serialize)]
struct Verdict<'l> {
    id: Option<&'l RawValue>,
    accepted: bool,
    code: Option<&'static str>,
}

/// Answers every line.
pub(super) fn run(
    entries: &Entries,
    now: i64,
    mut input: impl BufRead,
    output: impl Write,
) -> Result<Exit, CommandError> {
    let mut judge = Judge::new(entries, now)?;
    let mut output = BufWriter::new(output);
    let mut line = Vec::new();
    while input.read_until(b'\n', &mut line)? > 0 {
        if !line.trim_ascii().is_empty() {
            let verdict = judge.verdict(line.trim_ascii());
            serde_json::to_writer(&mut output, &verdict).map_err(std::io::Error::from)?;
            output.write_all(b"\n")?;
        }
        line.clear();
    }
    output.flush()?;
    Ok(Exit::Orderly)
}

struct Judge<'e> {
    entries: &'e Entries,
    /// For lines without an entry, if any was given.
    usual: Option<Offline>,
    /// By what stands on the line; `None` if it cannot be used.
    remembered: HashMap<Box<str>, Option<Offline>>,
    now: i64,
}

impl<'e> Judge<'e> {
    fn new(entries: &'e Entries, now: i64) -> Result<Self, TokenError> {
        let usual = if entries.is_empty() { None } else { Some(entries.prepare().map_err(TokenError::Entry)?.offline) };
        Ok(Self { entries, usual, remembered: HashMap::new(), now })
    }

    fn verdict<'l>(&mut self, line: &'l [u8]) -> Verdict<'l> {
        let (id, code) = if let Ok(line) = serde_json::from_slice::<Line<'l>>(line) {
            (Some(line.id), self.code(&line))
        } else {
            let address = serde_json::from_slice::<Address<'l>>(line);
            (address.ok().and_then(|address| address.id), Some(INVALID_LINE))
        };
        Verdict { id, accepted: code.is_none(), code }
    }

    /// The code of the refusal; `None` when the token is accepted.
    fn code(&mut self, line: &Line<'_>) -> Option<&'static str> {
        let now = self.now;
        let Some(offline) = self.offline(line.issuer) else { return Some(INVALID_ISSUER) };
        offline.verify(&line.token, now).err().map(code)
    }

    fn offline(&mut self, issuer: Option<&RawValue>) -> Option<&Offline> {
        let Some(issuer) = issuer.map(RawValue::get) else { return self.usual.as_ref() };
        if !self.remembered.contains_key(issuer) {
            if self.remembered.len() >= MOST_REMEMBERED {
                self.remembered.clear();
            }
            self.remembered.insert(issuer.into(), made(self.entries, issuer));
        }
        self.remembered.get(issuer)?.as_ref()
    }
}

/// An entry, or the name of one that was given.
fn made(entries: &Entries, issuer: &str) -> Option<Offline> {
    match serde_json::from_str(issuer).ok()? {
        Value::String(name) => entries.called(&name),
        written => entries.others(written),
    }
}
