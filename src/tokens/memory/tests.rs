use std::cell::Cell;

use super::*;
use crate::directory::IssuerId;
use crate::tokens::TokenKind;

const NOW: i64 = 1_800_000_000;

fn verified(subject: &str, until: i64) -> Arc<VerifiedToken> {
    Arc::new(VerifiedToken {
        issuer: IssuerId::from("acme"),
        iss: "https://issuer.example/".into(),
        subject: subject.into(),
        kind: TokenKind::Access,
        client: None,
        audiences: vec!["api".into()],
        organization: None,
        scope: None,
        expires_at: until,
        not_before: None,
        issued_at: None,
        jti: None,
        key: None,
        valid: NOW - 10..until,
    })
}

fn at(seconds: u64) -> Moment {
    Moment::from_micros(seconds * 1_000_000)
}

fn remembering(tokens: &[&str]) -> Memory {
    let memory = Memory::new(DEFAULT_CAPACITY);
    for token in tokens {
        memory.insert(token, verified(token, NOW + 3600), 1, at(0), NOW);
    }
    memory
}

fn subject(memory: &Memory, token: &str, seconds: u64, unix_now: i64) -> Option<String> {
    memory.get(token, at(seconds), unix_now, |_, _| true).map(|verified| verified.subject.to_string())
}

#[test]
fn only_the_very_same_token_is_recognised() {
    let memory = remembering(&["a.b.c", "a.b.d"]);
    assert_eq!(subject(&memory, "a.b.c", 0, NOW).as_deref(), Some("a.b.c"));
    assert_eq!(subject(&memory, "a.b.d", 0, NOW).as_deref(), Some("a.b.d"));
    for other in ["a.b.C", "a.b.", "a.b.cc", "", "a.bc."] {
        assert_eq!(subject(&memory, other, 0, NOW), None, "{other}");
    }
}

#[test]
fn the_times_of_the_token_are_looked_at_with_every_hit() {
    let memory = Memory::new(10);
    memory.insert("t", verified("alice", NOW + 30), 1, at(0), NOW);
    assert!(subject(&memory, "t", 1, NOW + 29).is_some());
    assert!(subject(&memory, "t", 1, NOW + 30).is_none(), "the wall clock is past exp, though the entry is young");
    assert!(memory.is_empty());
    memory.insert("t", verified("alice", NOW + 30), 1, at(0), NOW);
    assert!(subject(&memory, "t", 1, NOW - 11).is_none(), "the wall clock was set back before nbf");
}

#[test]
fn a_token_is_remembered_no_longer_than_five_minutes_or_its_own_life() {
    let memory = remembering(&["long"]);
    assert!(subject(&memory, "long", 299, NOW + 1).is_some());
    assert!(subject(&memory, "long", 300, NOW + 1).is_none());
    memory.insert("short", verified("s", NOW + 30), 1, at(0), NOW);
    assert!(subject(&memory, "short", 30, NOW).is_none(), "a wall clock that stands still does not keep it");
    memory.insert("over", verified("o", NOW), 1, at(0), NOW);
    assert!(subject(&memory, "over", 0, NOW - 1).is_none());
}

#[test]
fn a_token_is_forgotten_when_its_key_or_entry_is_no_longer_in_force() {
    let memory = remembering(&["t"]);
    let asked = Cell::new(0);
    let in_force = |verified: &VerifiedToken, version: u64| {
        asked.set(version);
        *verified.subject == *"t" && version == 2
    };
    assert!(memory.get("t", at(0), NOW, in_force).is_none());
    assert_eq!((asked.get(), memory.len()), (1, 0));
    memory.insert("t", verified("t", NOW + 60), 2, at(0), NOW);
    assert!(memory.get("t", at(0), NOW, in_force).is_some());
}

#[test]
fn the_memory_may_be_used_from_within_the_question() {
    let memory = remembering(&["t", "u"]);
    let found = memory.get("t", at(0), NOW, |_, _| {
        memory.insert("v", verified("v", NOW + 60), 1, at(0), NOW);
        memory.get("u", at(0), NOW, |_, _| false).is_none()
    });
    assert!(found.is_some() && memory.len() == 2);
}

#[test]
fn the_number_is_bounded_and_the_coldest_go_first() {
    let memory = Memory::new(4);
    for (second, token) in ["a", "b", "c", "d"].into_iter().enumerate() {
        memory.insert(token, verified(token, NOW + 3600), 1, at(second as u64), NOW);
    }
    assert!(subject(&memory, "a", 10, NOW).is_some());
    memory.insert("e", verified("e", NOW + 3600), 1, at(11), NOW);
    assert_eq!(memory.len(), 4);
    assert!(subject(&memory, "a", 12, NOW).is_some() && subject(&memory, "b", 12, NOW).is_none());

    for capacity in [0, 1, 127, 128, 1000, DEFAULT_CAPACITY] {
        let memory = Memory::new(capacity);
        for number in 0..capacity * 3 {
            memory.insert(&number.to_string(), verified("x", NOW + 3600), 1, at(0), NOW);
        }
        assert!(memory.len() <= capacity && memory.len() * 10 >= capacity * 9, "{} of {capacity}", memory.len());
    }
}

#[test]
fn the_same_token_again_takes_the_place_of_the_first() {
    let memory = remembering(&["t"]);
    memory.insert("t", verified("again", NOW + 60), 2, at(5), NOW);
    assert_eq!((memory.len(), subject(&memory, "t", 6, NOW).as_deref()), (1, Some("again")));
}

#[test]
fn debugging_output_shows_no_token() {
    assert!(!format!("{:?}", remembering(&["secret-token"])).contains("secret"));
}
