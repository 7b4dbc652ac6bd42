//! Making a caller's key.

use std::fmt::Write as _;

use aws_lc_rs::error::Unspecified;
use aws_lc_rs::rand;

/// A key of 256 random bits: `cs_` and 64 hexadecimal digits. The prefix lets a secret scanner know it.
pub fn random_key() -> Result<String, Unspecified> {
    let mut bytes = [0_u8; 32];
    rand::fill(&mut bytes)?;
    let mut key = String::from("cs_");
    for byte in bytes {
        // Writing to a String does not fail.
        let _ = write!(key, "{byte:02x}");
    }
    Ok(key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_keys_are_alike() {
        let key = random_key().unwrap();
        assert_eq!(key.len(), 3 + 64);
        assert_ne!(key, random_key().unwrap());
    }
}
