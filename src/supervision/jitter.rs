//! Random numbers that keep restarts apart. Not for secrets.

use std::sync::atomic::{AtomicU64, Ordering};

/// A seeded, shareable generator (`SplitMix64`: Steele, Lea, Flood 2014).
#[derive(Debug)]
pub(super) struct Jitter {
    state: AtomicU64,
}

impl Jitter {
    const STEP: u64 = 0x9E37_79B9_7F4A_7C15;

    /// A generator that yields the same numbers for the same seed.
    pub(super) fn seeded(seed: u64) -> Self {
        Self { state: AtomicU64::new(seed) }
    }

    /// The next number, from 0 to 1.
    pub(super) fn next(&self) -> f64 {
        let state = self.state.fetch_add(Self::STEP, Ordering::Relaxed).wrapping_add(Self::STEP);
        let first = (state ^ (state >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let second = (first ^ (first >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        let mixed = second ^ (second >> 31);
        let high_half = u32::try_from(mixed >> 32).unwrap_or(u32::MAX);
        f64::from(high_half) / f64::from(u32::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_fill_the_range_from_zero_to_one() {
        let jitter = Jitter::seeded(7);
        let numbers: Vec<f64> = (0..1000).map(|_| jitter.next()).collect();
        assert!(numbers.iter().all(|number| (0.0..=1.0).contains(number)));
        for tenth in 0..10 {
            let low = f64::from(tenth) / 10.0;
            let count = numbers.iter().filter(|number| (low..low + 0.1).contains(*number)).count();
            assert!((50..200).contains(&count), "{count} of 1000 numbers between {low} and {}", low + 0.1);
        }
    }

    #[test]
    fn seeds_tell_generators_apart() {
        assert!((Jitter::seeded(1).next() - Jitter::seeded(2).next()).abs() > f64::EPSILON);
    }
}
