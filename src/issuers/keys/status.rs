//! One issuer entry's keys, as `/status` shows them.

use serde::Serialize;

use super::slot::KeySlot;
use super::validity::KeyState;
use crate::clock::Moment;

/// One issuer entry's keys, as `/status` shows them.
#[derive(Clone, Debug, Serialize)]
pub struct KeyStatus {
    /// The entry.
    pub issuer: String,
    /// What its keys are worth.
    pub state: KeyState,
    /// How many usable ones there are.
    pub keys: usize,
    /// Counts the sets since the entry was taken up.
    pub generation: u64,
    /// When the issuer last confirmed the set, in seconds since the Unix epoch.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub confirmed_at_unix_seconds: Option<f64>,
    /// Where the keys are fetched, if that is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub uri: Option<String>,
    /// What the last fetch came to.
    pub last_fetch: &'static str,
    /// Failed fetches since the last good one.
    pub failures: u32,
    /// Whether a fetch is under way.
    pub fetching: bool,
    /// When the next one is due, in milliseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_fetch_ms: Option<u64>,
}

impl KeySlot {
    /// How the keys are.
    pub fn status(&self, now: Moment) -> KeyStatus {
        let desk = self.desk.lock();
        let published = self.published.load();
        let set = published.as_ref();
        KeyStatus {
            issuer: self.origin.issuer.to_string(),
            state: self.state(now),
            keys: set.map_or(0, |set| set.keys.len()),
            generation: set.map_or(0, |set| set.generation),
            confirmed_at_unix_seconds: set.map(|set| set.confirmed_at).filter(|_| !self.origin.is_inline()),
            uri: desk.location.uri().map(str::to_owned),
            last_fetch: desk.last_result,
            failures: desk.schedule.failures(),
            fetching: desk.schedule.is_in_flight(),
            next_fetch_ms: desk.schedule.due().map(|due| u64::try_from(due.since(now).as_millis()).unwrap_or(u64::MAX)),
        }
    }
}
