//! Checks 13 to 15: `exp`, `nbf`, `iat`.
//!
//! A `NumericDate` may be an integer or a fraction (RFC 7519 section 2). Nothing wraps: numbers are brought into a checked
//! range first, and sums saturate. The leeway is applied once, here. Both the check and the memory of verified tokens go
//! by the same four bounds.

use std::ops::Range;

use super::reject::{Class, Reject};
use crate::issuers::Rules;
use crate::jose::{Json, Object};

/// The end of the year 9999. A later `exp` means "never", which no token may say.
const LATEST: i64 = 253_402_300_799;

/// The most that clocks may differ, seconds, whatever an entry says.
const MOST_LEEWAY: i64 = 60;

/// The times of a token, and when it is accepted.
#[derive(Debug, PartialEq)]
pub(super) struct Times {
    pub(super) expires_at: i64,
    pub(super) not_before: Option<i64>,
    pub(super) issued_at: Option<i64>,
    /// The seconds at which it is accepted, leeway included.
    pub(super) valid: Range<i64>,
}

/// Checks the times of a token at this moment, seconds since 1970.
pub(super) fn check(claims: &Object<'_>, rules: &Rules, unix_now: i64) -> Result<Times, Reject> {
    let leeway = rules.leeway.clamp(0, MOST_LEEWAY);
    let exp = NumericDate::of(claims, "exp", 13)?.ok_or(Reject::by(13, Class::MissingClaim))?;
    if exp.whole > LATEST || exp.ceiling() == 0 {
        return Err(Reject::by(13, Class::BadTime));
    }
    let mut valid = i64::MIN..exp.ceiling().saturating_add(leeway);
    refuse_if(unix_now >= valid.end, Reject::by(13, Class::Expired))?;

    let nbf = NumericDate::of(claims, "nbf", 14)?;
    if let Some(nbf) = nbf {
        valid.start = nbf.ceiling().saturating_sub(leeway);
        refuse_if(unix_now < valid.start, Reject::by(14, Class::NotYetValid))?;
    }

    let iat = NumericDate::of(claims, "iat", 15)?;
    match iat {
        Some(iat) => {
            refuse_if(iat > exp, Reject::by(15, Class::BadTime))?;
            valid.start = valid.start.max(iat.ceiling().saturating_sub(leeway));
            if let Some(most) = rules.max_token_age {
                valid.end = valid.end.min(iat.whole.saturating_add(most).saturating_add(leeway).saturating_add(1));
            }
            refuse_if(!valid.contains(&unix_now), Reject::by(15, Class::BadTime))?;
        }
        None => refuse_if(rules.max_token_age.is_some(), Reject::by(15, Class::MissingClaim))?,
    }
    let seconds = |date: NumericDate| date.whole;
    Ok(Times { expires_at: exp.ceiling(), not_before: nbf.map(seconds), issued_at: iat.map(seconds), valid })
}

fn refuse_if(wrong: bool, reject: Reject) -> Result<(), Reject> {
    if wrong { Err(reject) } else { Ok(()) }
}

/// Seconds since 1970, from 0 to one second past [`LATEST`], which stands for everything later.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
struct NumericDate {
    whole: i64,
    /// At least 0 and less than 1.
    fraction: f64,
}

impl NumericDate {
    fn of(claims: &Object<'_>, name: &str, check: u8) -> Result<Option<Self>, Reject> {
        let Some(claim) = claims.get(name) else { return Ok(None) };
        // A time of another type is refused, never taken for absent (CVE-2026-25537).
        Self::read(claim).map(Some).ok_or(Reject::by(check, Class::BadTime))
    }

    fn read(claim: &Json<'_>) -> Option<Self> {
        let number = claim.as_number()?;
        if let Some(whole) = number.as_i64() {
            return (whole >= 0).then_some(Self { whole: whole.min(LATEST + 1), fraction: 0.0 });
        }
        let seconds = number.as_f64().filter(|seconds| *seconds >= 0.0)?;
        let whole = whole_seconds(seconds);
        Some(Self { whole, fraction: if whole > LATEST { 0.0 } else { seconds.fract() } })
    }

    /// The first whole second that is not before it.
    fn ceiling(self) -> i64 {
        self.whole + i64::from(self.fraction > 0.0)
    }
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "a conversion from float to integer saturates, and it is cut to range"
)]
fn whole_seconds(seconds: f64) -> i64 {
    (seconds.floor() as i64).clamp(0, LATEST + 1)
}

#[cfg(test)]
mod tests;
