//! Random bytes and random damage: nothing panics, and nothing that is not the good token is accepted.

use std::sync::LazyLock;

use claimsmith::jose::base64url::{decode, encode};
use claimsmith::tokens::{UnverifiedToken, decode as decode_token};
use proptest::prelude::*;

use super::profile::{Profile, default};
use super::signer::{ED25519, P256};

static PROFILE: LazyLock<Profile> = LazyLock::new(default);
static GOOD: LazyLock<[String; 3]> = LazyLock::new(|| {
    let with = |alg: &str, kid: &str| PROFILE.good().header("alg", alg).header("kid", kid);
    [
        PROFILE.good().sign(),
        with("ES256", "p256").signer(&P256).sign(),
        with("EdDSA", "ed25519").signer(&ED25519).sign(),
    ]
});

/// One thing that happens to some bytes.
#[derive(Clone, Debug)]
enum Damage {
    Flip(prop::sample::Index, u8),
    Insert(prop::sample::Index, u8),
    Remove(prop::sample::Index),
    Repeat(prop::sample::Index, prop::sample::Index),
    Cut(prop::sample::Index),
}

impl Damage {
    fn apply(&self, bytes: &mut Vec<u8>) {
        let length = bytes.len();
        if length == 0 {
            return;
        }
        match self {
            Self::Flip(at, with) => bytes[at.index(length)] ^= with,
            Self::Insert(at, byte) => bytes.insert(at.index(length), *byte),
            Self::Remove(at) => drop(bytes.remove(at.index(length))),
            Self::Cut(at) => bytes.truncate(at.index(length)),
            Self::Repeat(from, to) => {
                let (from, to) = (from.index(length), to.index(length));
                bytes.extend_from_within(from.min(to)..from.max(to));
            }
        }
    }
}

fn apply(damages: &[Damage], bytes: &mut Vec<u8>) {
    for damage in damages {
        damage.apply(bytes);
    }
}

fn damages() -> impl Strategy<Value = Vec<Damage>> {
    let index = any::<prop::sample::Index>;
    let damage = prop_oneof![
        (index(), any::<u8>()).prop_map(|(at, with)| Damage::Flip(at, with)),
        (index(), any::<u8>()).prop_map(|(at, byte)| Damage::Insert(at, byte)),
        index().prop_map(Damage::Remove),
        (index(), index()).prop_map(|(from, to)| Damage::Repeat(from, to)),
        index().prop_map(Damage::Cut),
    ];
    prop::collection::vec(damage, 1..4)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn arbitrary_text_is_refused(text in ".{0,300}") {
        prop_assert!(PROFILE.decide(&text).is_err());
    }

    #[test]
    fn arbitrary_bytes_in_the_three_parts_are_read_or_refused(parts in prop::array::uniform3(prop::collection::vec(any::<u8>(), 1..80))) {
        let token = parts.map(|part| encode(&part)).join(".");
        if let Ok(compact) = decode_token(&token) {
            let _read = UnverifiedToken::parse(&compact);
        }
        prop_assert!(PROFILE.decide(&token).is_err());
    }

    #[test]
    fn a_token_with_a_damaged_text_is_refused(which in 0_usize..3, damages in damages()) {
        let good = &GOOD[which];
        let mut bytes = good.clone().into_bytes();
        apply(&damages, &mut bytes);
        let damaged = String::from_utf8_lossy(&bytes);
        if *damaged != **good {
            prop_assert!(PROFILE.decide(&damaged).is_err(), "{damaged}");
        }
    }

    #[test]
    fn a_token_with_a_damaged_part_is_refused(which in 0_usize..3, part in 0_usize..3, damages in damages()) {
        let good = &GOOD[which];
        let mut parts: Vec<Vec<u8>> = good.split('.').map(|part| decode(part.as_bytes()).unwrap()).collect();
        apply(&damages, &mut parts[part]);
        let damaged = parts.iter().map(|part| encode(part)).collect::<Vec<_>>().join(".");
        if damaged != *good {
            prop_assert!(PROFILE.decide(&damaged).is_err(), "{damaged}");
        }
    }

    /// Damage that the issuer itself signs: whatever it says, reading it does not panic.
    #[test]
    fn a_damaged_payload_that_is_signed_is_read_or_refused(damages in damages()) {
        let mut payload = PROFILE.good().claims.to_string().into_bytes();
        apply(&damages, &mut payload);
        let draft = PROFILE.good().header("alg", "EdDSA").header("kid", "ed25519").signer(&ED25519);
        let _decided = PROFILE.decide(&draft.raw_payload(&payload));
    }
}
