//! Where an issuer's keys are: given, or found by discovery and looked up again now and then.
//!
//! Discovery is asked for at the beginning, once a day, and when the keys are not where they were. What it says moves the
//! keys to another host only if the entry names that host; otherwise they are still fetched from where they were.

use super::policy::KeyPolicy;
use crate::clock::Moment;
use crate::issuers::fetch::host_of;

/// So many answers "not found" in a row are reason to ask where the keys are.
const NOT_FOUND_TIMES: u32 = 3;

/// Where the keys are.
#[derive(Debug)]
pub(super) struct Location {
    /// Whether the entry says it; then there is no discovery.
    is_given: bool,
    uri: Option<Box<str>>,
    found_at: Option<Moment>,
    not_found: u32,
}

/// What follows from a discovery.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Move {
    /// The keys are where they were, or it is the first time.
    Settled,
    /// They have moved, to a host that the entry names or within the same host.
    Moved,
    /// They are said to have moved to a host that nobody agreed to.
    Refused,
}

impl Location {
    /// The URL of the entry, or none yet.
    pub(super) fn new(given: Option<&str>) -> Self {
        Self { is_given: given.is_some(), uri: given.map(Into::into), found_at: None, not_found: 0 }
    }

    /// Where the keys are, as far as is known.
    pub(super) fn uri(&self) -> Option<&str> {
        self.uri.as_deref()
    }

    /// Whether to ask again where they are.
    pub(super) fn is_discovery_due(&self, now: Moment, policy: &KeyPolicy) -> bool {
        let is_old = self.found_at.is_none_or(|found| now.since(found) >= policy.discovery_every);
        !self.is_given && (is_old || self.not_found >= NOT_FOUND_TIMES)
    }

    /// Discovery has said that the keys are at `uri`.
    pub(super) fn found(&mut self, uri: &str, allowed_hosts: &[Box<str>], now: Moment) -> Move {
        self.found_at = Some(now);
        self.not_found = 0;
        let step = step(self.uri(), uri, allowed_hosts);
        if step != Move::Refused {
            self.uri = Some(uri.into());
        }
        step
    }

    /// What another process found, before anything was found here.
    pub(super) fn remembered(&mut self, uri: &str) {
        self.uri.get_or_insert_with(|| uri.into());
    }

    /// The keys were asked for, and were there or not.
    pub(super) fn asked(&mut self, is_not_found: bool) {
        self.not_found = if is_not_found { self.not_found.saturating_add(1) } else { 0 };
    }
}

/// Whether keys that were at `before` may be fetched from `now`.
pub(super) fn step(before: Option<&str>, now: &str, allowed_hosts: &[Box<str>]) -> Move {
    if before.is_none_or(|before| before == now) {
        return Move::Settled;
    }
    let Some(to) = host_of(now) else { return Move::Refused };
    let same = before.and_then(host_of).is_some_and(|from| from == to);
    let agreed = allowed_hosts.iter().any(|known| known.eq_ignore_ascii_case(&to));
    if same || agreed { Move::Moved } else { Move::Refused }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    const NOW: Moment = Moment::from_micros(5_000_000);
    const KEYS: &str = "https://id.example/keys";

    fn found() -> Location {
        let mut location = Location::new(None);
        assert_eq!(location.found(KEYS, &[], NOW), Move::Settled);
        location
    }

    fn is_due(location: &Location, after: Duration) -> bool {
        location.is_discovery_due(NOW.plus(after), &KeyPolicy::default())
    }

    #[test]
    fn an_entry_that_says_where_its_keys_are_is_never_discovered() {
        let mut location = Location::new(Some(KEYS));
        for _ in 0..5 {
            location.asked(true);
        }
        assert!(!is_due(&location, Duration::from_hours(48)));
        assert_eq!(location.uri(), Some(KEYS));
    }

    #[test]
    fn discovery_is_due_at_the_beginning_and_once_a_day() {
        assert!(is_due(&Location::new(None), Duration::ZERO));
        assert!(!is_due(&found(), Duration::from_hours(24) - Duration::from_secs(1)));
        assert!(is_due(&found(), Duration::from_hours(24)));
    }

    #[test]
    fn three_answers_not_found_in_a_row_are_reason_to_ask_once() {
        let mut location = found();
        for is_not_found in [true, true, false, true, true] {
            location.asked(is_not_found);
        }
        assert!(!is_due(&location, Duration::ZERO), "two in a row");
        location.asked(true);
        assert!(is_due(&location, Duration::ZERO));
        location.found(KEYS, &[], NOW);
        assert!(!is_due(&location, Duration::ZERO));
    }

    #[test]
    fn keys_move_within_their_host_and_to_hosts_that_the_entry_names() {
        let mut location = found();
        assert_eq!(location.found("https://id.example/v2/keys", &[], NOW), Move::Moved);
        assert_eq!(location.found("https://keys.example/", &["keys.example".into()], NOW), Move::Moved);
        assert_eq!(location.uri(), Some("https://keys.example/"));
    }

    #[test]
    fn keys_that_are_said_to_be_on_another_host_are_fetched_from_where_they_were() {
        let mut location = found();
        assert_eq!(location.found("https://evil.example/keys", &["keys.example".into()], NOW), Move::Refused);
        assert_eq!(location.found("no URL", &[], NOW), Move::Refused);
        assert_eq!(location.uri(), Some(KEYS));
    }

    #[test]
    fn what_another_process_found_does_not_replace_what_was_found_here() {
        let mut location = Location::new(None);
        location.remembered("https://old.example/keys");
        assert_eq!(location.uri(), Some("https://old.example/keys"));
        let mut location = found();
        location.remembered("https://old.example/keys");
        assert_eq!(location.uri(), Some(KEYS));
    }
}
