//! The mark of RSA moduli made by a broken key generator (ROCA, CVE-2017-15361), which can be factored.
//!
//! That generator's primes are powers of 65537 modulo a product of small primes, and so is their product. A modulus that is
//! such a power modulo each of these primes by chance is one in 240 million.

const PRIMES: [u32; 38] = [
    3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71, 73, 79, 83, 89, 97, 101, 103, 107, 109,
    113, 127, 131, 137, 139, 149, 151, 157, 163, 167,
];

/// Whether a modulus (big-endian) bears the mark.
pub(super) fn is_marked(modulus: &[u8]) -> bool {
    PRIMES.iter().all(|&prime| {
        let remainder = modulus.iter().fold(0, |rest, &byte| ((rest << 8) | u32::from(byte)) % prime);
        is_power_of_65537(remainder, prime)
    })
}

fn is_power_of_65537(value: u32, prime: u32) -> bool {
    let powers = std::iter::successors(Some(1), |power| Some(power * (65_537 % prime) % prime));
    powers.take(prime as usize).any(|power| power == value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn powers_of_65537_are_marked_and_their_neighbours_are_not() {
        let power = 65_537_u128.pow(7).to_be_bytes();
        assert!(is_marked(&power));
        assert!(is_marked(&[1]), "the power zero");
        assert!(!is_marked(&(65_537_u128.pow(7) + 2).to_be_bytes()));
        assert!(!is_marked(&[0]));
    }
}
