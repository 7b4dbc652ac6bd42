//! When is a key made, when does it sign, when is it dropped? Pure, so that every replica that sees the same keys at the same
//! time comes to the same answer.
//!
//! A key is made when the newest one is as old as a key may be, is published at once, and signs once it has been published for
//! so long that every verifier has it. The very first signs at once: nobody has an older set of keys to be missing it from.
//! A key that signs no more is dropped when no token of it can be alive. It is then older than that itself, whatever else there
//! is: the order of keys is that of the moments at which they were made.
//!
//! A key that was made while a clock was ahead waits until its moment has come, and meanwhile others are made as if it were
//! not there.
//!
//! Keys of the algorithm that the configuration names are preferred, so that a change of the algorithm is a rotation like any
//! other, and replicas with different configurations do not make keys against each other.

/// For how long clocks may differ. Seconds.
pub(super) const MARGIN: i64 = 600;

/// How keys follow one another, in seconds.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rhythm {
    /// A key is made when the newest is this old.
    pub(super) rotate_every: i64,
    /// A key signs when it is this old.
    pub(super) publish_ahead: i64,
    /// A key is dropped when it has not signed for this long.
    pub(super) keep: i64,
}

/// One of the keys that there are, in the order of the moments at which they were made.
#[derive(Clone, Copy, Debug)]
pub(super) struct Age {
    /// How many came before it, where one saw the other.
    pub(super) number: u32,
    /// When it was made, seconds since the Unix epoch.
    pub(super) made_at: i64,
    /// Whether it has the algorithm that the configuration names.
    pub(super) preferred: bool,
}

/// What is to be done now.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Plan {
    /// The place of the key that signs; `None` if there is no key.
    pub(super) signs: Option<usize>,
    /// Whether another key is to be made.
    pub(super) make: bool,
    /// The places of those that sign no more, and of which tokens may be alive.
    pub(super) retired: Vec<usize>,
    /// The places of those that are to be dropped.
    pub(super) dropped: Vec<usize>,
}

/// What is to be done with these keys at this moment.
pub(super) fn plan(keys: &[Age], now: i64, rhythm: Rhythm) -> Plan {
    let signs = signs(keys, now, rhythm);
    let is_from_the_future = |key: &Age| key.made_at > now.saturating_add(MARGIN);
    let newest = keys.iter().rev().find(|key| key.preferred && !is_from_the_future(key));
    let make = newest.is_none_or(|key| now.saturating_sub(key.made_at) >= rhythm.rotate_every);
    let (mut retired, mut dropped) = (Vec::new(), Vec::new());
    for at in (0..keys.len()).filter(|at| Some(*at) != signs) {
        match retired_at(keys, at, rhythm) {
            Some(moment) if moment.saturating_add(rhythm.keep) <= now => dropped.push(at),
            Some(moment) if moment <= now => retired.push(at),
            _ => {}
        }
    }
    Plan { signs, make, retired, dropped }
}

fn signs(keys: &[Age], now: i64, rhythm: Rhythm) -> Option<usize> {
    let is_ready = |key: &Age| signs_from(key, rhythm) <= now;
    let newest = |preferred: bool| keys.iter().rposition(|key| is_ready(key) && (key.preferred || !preferred));
    newest(true).or_else(|| newest(false)).or_else(|| first(keys))
}

/// The key that was there before the others: while none is ready, only that one may have been published for long enough. Its
/// moment does not tell, because it may be from the future.
fn first(keys: &[Age]) -> Option<usize> {
    (0..keys.len()).min_by_key(|at| keys.get(*at).map(|key| key.number))
}

const fn signs_from(key: &Age, rhythm: Rhythm) -> i64 {
    key.made_at.saturating_add(rhythm.publish_ahead)
}

/// When a later key takes the place of this one.
fn retired_at(keys: &[Age], at: usize, rhythm: Rhythm) -> Option<i64> {
    let own = keys.get(at)?;
    let later = keys.iter().skip(at + 1).filter(|later| later.preferred || !own.preferred);
    later.map(|later| signs_from(later, rhythm)).min()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const RHYTHM: Rhythm = Rhythm { rotate_every: 1_000, publish_ahead: 100, keep: 50 };

    fn made(moments: &[i64]) -> Vec<Age> {
        (1..).zip(moments).map(|(number, made_at)| Age { number, made_at: *made_at, preferred: true }).collect()
    }

    fn planned(moments: &[i64], now: i64) -> (Option<usize>, bool, Vec<usize>, Vec<usize>) {
        let Plan { signs, make, retired, dropped } = plan(&made(moments), now, RHYTHM);
        (signs, make, retired, dropped)
    }

    #[test]
    fn the_first_key_signs_at_once_and_the_next_after_it_was_published() {
        assert_eq!(planned(&[], 0), (None, true, vec![], vec![]));
        assert_eq!(planned(&[0], 0), (Some(0), false, vec![], vec![]));
        assert_eq!(planned(&[0], 999), (Some(0), false, vec![], vec![]));
        assert_eq!(planned(&[0], 1_000), (Some(0), true, vec![], vec![]));
        assert_eq!(planned(&[0, 1_000], 1_099), (Some(0), false, vec![], vec![]));
        assert_eq!(planned(&[0, 1_000], 1_100), (Some(1), false, vec![0], vec![]));
        assert_eq!(planned(&[0, 1_000], 1_149), (Some(1), false, vec![0], vec![]));
        assert_eq!(planned(&[0, 1_000], 1_150), (Some(1), false, vec![], vec![0]));
    }

    #[test]
    fn after_a_long_sleep_the_old_key_signs_until_the_new_one_was_published() {
        assert_eq!(planned(&[0], 9_000), (Some(0), true, vec![], vec![]));
        assert_eq!(planned(&[0, 9_000], 9_001), (Some(0), false, vec![], vec![]));
        assert_eq!(planned(&[0, 9_000], 9_100), (Some(1), false, vec![0], vec![]));
    }

    #[test]
    fn another_algorithm_is_a_rotation_and_the_way_back_needs_no_new_key() {
        let key = |made_at, preferred| Age { number: 1, made_at, preferred };
        let plan_of = |keys: &[Age], now| plan(keys, now, RHYTHM);
        assert!(plan_of(&[key(0, false)], 10).make);
        let changed = [key(0, false), key(10, true)];
        assert_eq!((plan_of(&changed, 50).signs, plan_of(&changed, 110).signs), (Some(0), Some(1)));
        assert_eq!(plan_of(&changed, 160).dropped, [0]);
        let back = [key(0, true), key(10, false)];
        let plan = plan_of(&back, 200);
        assert_eq!((plan.signs, plan.make, plan.dropped), (Some(0), false, vec![]));
    }

    #[test]
    fn a_key_from_the_future_does_not_sign() {
        assert_eq!(planned(&[0, 5_000], 900), (Some(0), false, vec![], vec![]));
    }

    #[test]
    fn a_key_from_the_future_does_not_stop_rotation() {
        let far = 1_000_000;
        assert_eq!(planned(&[0, far], 999), (Some(0), false, vec![], vec![]));
        assert_eq!(planned(&[0, far], 1_000), (Some(0), true, vec![], vec![]));
        assert_eq!(planned(&[0, 1_000, far], 1_100), (Some(1), false, vec![0], vec![]));
        assert_eq!(planned(&[0, 2_000 + MARGIN], 2_000), (Some(0), false, vec![], vec![]), "clocks differ a little");
        assert_eq!(planned(&[0, 1_000, far], far), (Some(1), false, vec![], vec![0]), "its moment has come");
        assert_eq!(planned(&[0, 1_000, far], far + 100), (Some(2), false, vec![1], vec![0]));
    }

    #[test]
    fn a_first_key_from_the_future_signs_until_another_was_published() {
        let key = |number, made_at| Age { number, made_at, preferred: true };
        let (alone, both) = ([key(1, 1_000_000)], [key(2, 10), key(1, 1_000_000)]);
        let of = |keys: &[Age], now| plan(keys, now, RHYTHM);
        assert_eq!((of(&alone, 10).signs, of(&alone, 10).make), (Some(0), true));
        assert_eq!((of(&both, 10).signs, of(&both, 10).make), (Some(1), false));
        assert_eq!((of(&both, 109).signs, of(&both, 110).signs), (Some(1), Some(0)));
        assert!(of(&both, 110).dropped.is_empty());
    }

    proptest! {
        /// A verifier that keeps a set for less than `publish_ahead` has the key of every token.
        #[test]
        fn whatever_signs_was_published_in_time_and_stays_as_long_as_its_tokens(
            steps in prop::collection::vec(1_i64..400, 1..60),
        ) {
            let (mut now, mut keys) = (0, Vec::<Age>::new());
            let (mut published_since, mut signed_last) = (Vec::<i64>::new(), Vec::<Option<i64>>::new());
            let mut gone = std::collections::BTreeSet::new();
            for step in steps {
                if plan(&keys, now, RHYTHM).make {
                    keys.push(Age { number: 1, made_at: now, preferred: true });
                    published_since.push(now);
                    signed_last.push(None);
                }
                let Plan { signs, dropped, .. } = plan(&keys, now, RHYTHM);
                let signs = signs.unwrap();
                prop_assert!(signs == 0 || now - published_since[signs] >= RHYTHM.publish_ahead);
                prop_assert!(!gone.contains(&signs));
                signed_last[signs] = Some(now);
                for place in dropped {
                    let idle = now - signed_last[place].unwrap_or(i64::MIN / 2);
                    prop_assert!(idle > RHYTHM.keep, "a token of it may be alive");
                    gone.insert(place);
                }
                now += step;
            }
        }
    }
}
