//! Quantities with a unit: durations and sizes.

use std::fmt;
use std::time::Duration;

use toml::de::DeValue;

use super::{Ordered, Value};

/// Units of a duration in milliseconds, largest first.
const DURATION_UNITS: [(&str, u64); 4] = [("h", 3_600_000), ("m", 60_000), ("s", 1_000), ("ms", 1)];
/// Units of a size in bytes, largest first.
const SIZE_UNITS: [(&str, u64); 4] = [("TiB", 1 << 40), ("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10)];

/// An amount of memory or data.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ByteSize(u64);

impl ByteSize {
    /// So many bytes.
    #[must_use]
    pub const fn from_bytes(bytes: u64) -> Self {
        Self(bytes)
    }

    /// So many times 1024 bytes, saturating.
    #[must_use]
    pub const fn from_kib(kib: u64) -> Self {
        Self(kib.saturating_mul(1 << 10))
    }

    /// So many times 1024 × 1024 bytes, saturating.
    #[must_use]
    pub const fn from_mib(mib: u64) -> Self {
        Self(mib.saturating_mul(1 << 20))
    }

    /// In bytes.
    #[must_use]
    pub const fn as_bytes(self) -> u64 {
        self.0
    }

    /// In bytes, as lengths are counted; saturating where addresses are narrower than 64 bits.
    #[must_use]
    pub fn as_len(self) -> usize {
        usize::try_from(self.0).unwrap_or(usize::MAX)
    }
}

impl fmt::Display for ByteSize {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&written(self.0, &SIZE_UNITS).unwrap_or_else(|| self.0.to_string()))
    }
}

impl Value for ByteSize {
    fn kind() -> String {
        "a size".into()
    }

    fn remedy() -> String {
        "write a number and KiB, MiB, GiB or TiB, for example \"512MiB\", or a plain number of bytes".into()
    }

    fn from_text(text: &str) -> Option<Self> {
        usize::from_text(text)
            .and_then(|bytes| u64::try_from(bytes).ok())
            .or_else(|| measured(text, &SIZE_UNITS))
            .map(Self)
    }

    fn from_toml(value: &DeValue<'_>) -> Option<Self> {
        match value.as_str() {
            Some(text) => Self::from_text(text),
            None => usize::from_toml(value).and_then(|bytes| u64::try_from(bytes).ok()).map(Self),
        }
    }

    fn to_toml(&self) -> String {
        if self.0 == 0 { "0".into() } else { format!("\"{self}\"") }
    }
}

impl Ordered for ByteSize {}

impl Value for Duration {
    fn kind() -> String {
        "a duration".into()
    }

    fn remedy() -> String {
        "write a whole number and ms, s, m or h in quotes, for example \"700ms\"".into()
    }

    fn from_text(text: &str) -> Option<Self> {
        measured(text, &DURATION_UNITS).map(Self::from_millis)
    }

    fn to_toml(&self) -> String {
        let milliseconds = u64::try_from(self.as_millis()).unwrap_or(u64::MAX);
        let text = written(milliseconds, &DURATION_UNITS).unwrap_or_else(|| "0s".into());
        format!("\"{text}\"")
    }
}

impl Ordered for Duration {}

/// `15m` in the base unit. `None` when the number or the unit is not known, or the product is too large.
fn measured(text: &str, units: &[(&str, u64)]) -> Option<u64> {
    let digits_end = text.find(|character: char| !character.is_ascii_digit())?;
    let (digits, unit) = text.split_at_checked(digits_end)?;
    let factor = units.iter().find(|(name, _)| *name == unit)?.1;
    digits.parse::<u64>().ok()?.checked_mul(factor)
}

/// The amount in the largest unit that divides it; `None` for zero, or when none does.
fn written(amount: u64, units: &[(&str, u64)]) -> Option<String> {
    let (name, factor) = units.iter().find(|&&(_, factor)| amount != 0 && amount.is_multiple_of(factor))?;
    Some(format!("{}{name}", amount / factor))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read_in_every_unit_and_written_in_the_largest() {
        for (text, milliseconds) in [("700ms", 700), ("2s", 2_000), ("15m", 900_000), ("1h", 3_600_000), ("0s", 0)] {
            let duration = Duration::from_text(text);
            assert_eq!(duration, Some(Duration::from_millis(milliseconds)), "{text}");
            assert_eq!(duration.unwrap().to_toml(), format!("\"{text}\""));
        }
    }

    #[test]
    fn a_duration_without_a_whole_number_and_a_unit_is_refused() {
        for wrong in
            ["", "5", "s", "1.5s", "-1s", "+1s", "1 s", "1d", "1S", "99999999999999999999h", "9999999999999999h"]
        {
            assert_eq!(Duration::from_text(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn sizes_are_read_with_binary_units_or_as_bytes() {
        assert_eq!(ByteSize::from_text("512MiB"), Some(ByteSize::from_mib(512)));
        assert_eq!(ByteSize::from_text("16KiB"), Some(ByteSize::from_bytes(16_384)));
        assert_eq!(ByteSize::from_text("1000"), Some(ByteSize::from_bytes(1_000)));
        assert_eq!(ByteSize::from_kib(64).to_string(), "64KiB");
        for wrong in ["", "64KB", "64kib", "MiB", "1.5MiB", "-1", "99999999TiB"] {
            assert_eq!(ByteSize::from_text(wrong), None, "{wrong}");
        }
    }
}
