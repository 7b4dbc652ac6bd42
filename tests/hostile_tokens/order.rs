//! The verdict about a token depends on nothing that was verified before.

use std::sync::Arc;

use claimsmith::clock::Moment;
use claimsmith::tokens::{Class, Memory, VerifiedToken};

use super::profile::{NOW, Profile, cognito, default, entra, google, id_token};
use super::signer::RSA_FOREIGN;

type Verdict = Result<Box<str>, Class>;

#[test]
fn two_entries_decide_the_same_in_either_order() {
    let profiles = [default(), foreign(), id_token(), entra(), cognito(), google()];
    let tokens: Vec<String> = profiles.iter().flat_map(|profile| [profile.good().sign(), expired(profile)]).collect();
    for (number, one) in profiles.iter().enumerate() {
        for other in &profiles[number + 1..] {
            let forwards: Vec<_> = tokens.iter().map(|token| (verdict(one, token), verdict(other, token))).collect();
            let mut backwards: Vec<_> = tokens
                .iter()
                .rev()
                .map(|token| {
                    let second = verdict(other, token);
                    (verdict(one, token), second)
                })
                .collect();
            backwards.reverse();
            assert_eq!(forwards, backwards);
        }
    }
    for (at, profile) in profiles.iter().enumerate() {
        let accepted: Vec<usize> =
            (0..tokens.len()).filter(|number| verdict(profile, &tokens[*number]).is_ok()).collect();
        assert_eq!(accepted, [at * 2], "an entry accepts its own good token and no other entry's");
    }
}

/// CVE-2026-35039, CVE-2025-59936: what was remembered for one issuer was served for another.
#[test]
fn a_memory_that_two_entries_share_keeps_them_apart() {
    let (ours, theirs) = (default(), foreign());
    for order in [[&ours, &theirs], [&theirs, &ours]] {
        let memory = Memory::new(100);
        for entry in order {
            for token in [entry.good().sign(), expired(entry)] {
                remember(&memory, entry, &token);
            }
        }
        assert_eq!(memory.len(), 2, "a refusal is not remembered");
        for entry in order {
            assert_eq!(recall(&memory, &order, &entry.good().sign()), entry.decide(&entry.good().sign()).ok());
            assert_eq!(recall(&memory, &order, &expired(entry)), None);
        }
        // One of the two loses its key; the other's token, of the same `kid`, is still known.
        let in_force = [order[0]];
        assert_eq!(recall(&memory, &in_force, &order[1].good().sign()), None);
        assert!(recall(&memory, &in_force, &order[0].good().sign()).is_some());
    }
}

fn verdict(profile: &Profile, token: &str) -> Verdict {
    profile.decide(token).map(|verified| verified.subject).map_err(|reject| reject.class)
}

fn recall(memory: &Memory, in_force: &[&Profile], token: &str) -> Option<VerifiedToken> {
    let still = |verified: &VerifiedToken, _| {
        let entry = in_force.iter().find(|entry| entry.issuer == verified.issuer);
        entry.is_some_and(|entry| verified.key.is_some_and(|key| entry.keys.contains(&key)))
    };
    memory.get(token, Moment::START, NOW, still).map(|verified| VerifiedToken::clone(&verified))
}

fn remember(memory: &Memory, entry: &Profile, token: &str) {
    if let Ok(verified) = entry.decide(token) {
        memory.insert(token, Arc::new(verified), 1, Moment::START, NOW);
    }
}

/// Another entry, whose key has the same `kid`.
fn foreign() -> Profile {
    let mut profile = default();
    profile.issuer = "foreign".into();
    profile.rules.issuers = claimsmith::issuers::Issuers::Exact(super::profile::list(&["https://foreign.example/"]));
    let mut profile = profile.with_keys(&[RSA_FOREIGN.jwk("rsa")]);
    profile.set_good(profile.good().claim("iss", "https://foreign.example/").signer(&RSA_FOREIGN));
    profile
}

fn expired(profile: &Profile) -> String {
    profile.good().claim("exp", NOW - 3600).sign()
}
