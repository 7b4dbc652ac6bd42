//! `[caller.<name>]`: who may ask, with which key, and for what.
//!
//! The keys themselves appear nowhere, only their hashes. What stands in the place of a hash may be a key in the clear,
//! so no problem repeats it.

mod allowance;
mod name;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use crate::config::key_digest::{KeyDigest, KeysFileError, read_keys_file};
use crate::config::problem::Fault;
use crate::config::reader::{Key, ListKey, Reader, Section};
use crate::config::value::{Choice, Value};

pub use allowance::{HintKind, Surface, TenantScope};
pub use name::CallerName;

/// The table that holds the callers.
const GROUP: &str = "caller";

/// One caller: an identity provider's hook, a gateway, an application.
#[derive(Clone, Debug)]
pub struct Caller {
    /// The SHA-256 of each key written in the configuration.
    pub keys: Vec<KeyDigest>,
    /// A file with more of them. Relative to the working directory.
    pub keys_file: Option<PathBuf>,
    /// Which tenants it may ask for.
    pub tenants: TenantScope,
    /// Which hints it may send, in the order in which they are tried.
    pub hints: Vec<HintKind>,
    /// Which surfaces it may use.
    pub surfaces: Vec<Surface>,
    /// For whom it may have tokens; the first is meant when a request names none. Empty: it may have none.
    pub audiences: Vec<String>,
    /// Answers that may be older are refused, or marked; `freshness.max_age` when absent.
    pub max_age: Option<Duration>,
    /// Answers that may be older than `max_age` are given up to this age, marked as stale; refused when absent.
    pub stale_up_to: Option<Duration>,
}

/// A caller, and the digests that its file held at start.
#[derive(Debug)]
struct Reading {
    caller: Caller,
    file_keys: Vec<KeyDigest>,
}

impl Caller {
    /// What the reference says about the tables.
    const DOC: &str =
        "Who may ask: one table for each caller, under a name of your choice. Only the file can name callers.";

    /// One caller with this key that may ask everything, for demonstrations and tests. Nobody, if the name is none.
    pub fn with_key(name: &str, key: &str) -> BTreeMap<CallerName, Self> {
        let caller = Self {
            keys: vec![KeyDigest::of_key(key)],
            keys_file: None,
            tenants: TenantScope::All,
            hints: HintKind::ALL.to_vec(),
            surfaces: Surface::ALL.to_vec(),
            audiences: Vec::new(),
            max_age: None,
            stale_up_to: None,
        };
        CallerName::new(name).map(|name| (name, caller)).into_iter().collect()
    }

    /// All digests as they are now: those of the configuration, then those of the file.
    ///
    /// Reads the file each time; blocking.
    pub fn read_keys(&self) -> Result<Vec<KeyDigest>, KeysFileError> {
        let mut keys = self.keys.clone();
        if let Some(file) = &self.keys_file {
            keys.extend(read_keys_file(file)?);
        }
        Ok(keys)
    }

    /// Reads every caller.
    pub(crate) fn read_all(reader: &mut Reader<'_>) -> BTreeMap<CallerName, Self> {
        let mut callers = BTreeMap::new();
        let mut owners = BTreeMap::new();
        for (name, reading) in reader.named_sections(GROUP, Reading::read) {
            refuse_shared_keys(reader, name, &reading, &mut owners);
            if let Some(name) = CallerName::new(name) {
                callers.insert(name, reading.caller);
                continue;
            }
            reader.require(&[&format!("{GROUP}.{name}")], false, || {
                Fault::new("is not a name for a caller", "write 1 to 64 characters of a-z, 0-9, _ and -")
            });
        }
        callers
    }

    /// Declares one caller as an example.
    pub(crate) fn declare_example(reader: &mut Reader<'_>) {
        reader.example(&format!("{GROUP}.auth0"), Self::DOC, Reading::read);
    }
}

impl Reading {
    fn read(section: &mut Section<'_, '_>) -> Self {
        let keys_doc =
            "The SHA-256 of each key, as `claimsmith caller-key` prints it. Two keys, while one replaces the other.";
        let keys = section.list(
            ListKey::required("keys", keys_doc, &[KeyDigest::example()])
                .or_file("keys_file", r#""/run/secrets/auth0_keys""#),
        );
        let keys_file = section.list_file("keys_file");
        section.require(&["keys", "keys_file"], !keys.is_empty() || keys_file.is_some(), || {
            Fault::new("is missing", "run `claimsmith caller-key` and write the line it prints, or name a keys_file")
        });
        let file_keys =
            keys_file.as_ref().map_or(Ok(Vec::new()), |file| read_keys_file(file)).unwrap_or_else(|error| {
                section.require(&["keys_file"], false, || error.fault());
                Vec::new()
            });
        let tenants = TenantScope::read(section);
        let hints_doc = "Which hints the caller may send to name a tenant, in the order in which they are tried.";
        let hints = section.list(ListKey::new("hints", hints_doc, HintKind::ALL.to_vec()));
        let surfaces_doc = "Which protocols the caller may speak.";
        let surfaces = section.list(ListKey::new("surfaces", surfaces_doc, Surface::ALL.to_vec()));
        section
            .require(&["surfaces"], !surfaces.is_empty(), || Fault::new("is empty", "name one, or remove the caller"));
        let audiences = audiences(section);
        let (max_age, stale_up_to) = ages(section);
        Self {
            caller: Caller { keys, keys_file, tenants, hints, surfaces, audiences, max_age, stale_up_to },
            file_keys,
        }
    }
}

/// For whom the caller may have tokens.
fn audiences(section: &mut Section<'_, '_>) -> Vec<String> {
    let audiences = section.list(ListKey::optional(
        "audiences",
        "For whom the caller may exchange tokens (POST /v1/token); the first is meant when a request names none. Absent: it \
         may exchange none.",
        &["https://orders.internal".to_owned()],
    ));
    section.require(&["audiences"], audiences.iter().all(|audience| !audience.trim().is_empty()), || {
        Fault::new("has an empty audience", "remove it")
    });
    audiences
}

/// How old an answer may be for this caller, and how old it may be if it says so.
fn ages(section: &mut Section<'_, '_>) -> (Option<Duration>, Option<Duration>) {
    let bounds = Duration::from_millis(100)..=Duration::from_hours(24);
    let max_age = section.optional(&Key::within(
        "max_age",
        "Answers that may be older are refused, instead of those older than freshness.max_age.",
        Duration::from_secs(5),
        bounds.clone(),
    ));
    let stale_up_to = section.optional(&Key::within(
        "stale_up_to",
        "Answers that may be older than max_age are given up to this age, marked \"stale\": true. Absent: they are refused.",
        Duration::from_mins(10),
        bounds,
    ));
    if let (Some(max_age), Some(stale_up_to)) = (max_age, stale_up_to) {
        section.require(&["stale_up_to", "max_age"], stale_up_to > max_age, || {
            Fault::new(
                format!("{} is not longer than max_age ({})", stale_up_to.bare(), max_age.bare()),
                "raise it, or leave it out",
            )
        });
    }
    (max_age, stale_up_to)
}

/// A key proves who calls, so two callers cannot share one. `owners` says who has which so far.
fn refuse_shared_keys<'d>(
    reader: &mut Reader<'d>,
    name: &'d str,
    reading: &Reading,
    owners: &mut BTreeMap<KeyDigest, &'d str>,
) {
    for (key, digests) in [("keys", &reading.caller.keys), ("keys_file", &reading.file_keys)] {
        for digest in digests {
            let owner = *owners.entry(*digest).or_insert(name);
            reader.require(&[&format!("{GROUP}.{name}.{key}")], owner == name, || {
                Fault::new(format!("holds a key of {GROUP}.{owner} too"), "give each caller a key of its own")
            });
        }
    }
}
