//! What an answer says about its own freshness (RFC 9111).
//!
//! Says what the headers say and clamps nothing: the bounds are the schedule's.

use std::time::{Duration, SystemTime};

use actix_web::http::header::HttpDate;
use reqwest::header::{AGE, CACHE_CONTROL, DATE, EXPIRES, HeaderMap, HeaderValue};

/// What RFC 9111 makes of numbers that are too large.
const LONGEST: u64 = 1 << 31;

/// How long an answer stays fresh by its own account.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Freshness {
    /// Zero if it must not be kept, or says nonsense; `None` if it says nothing.
    pub ttl: Option<Duration>,
}

impl Freshness {
    /// What `headers` say, received at `now`. `s-maxage` is for shared caches, which we are not.
    pub(super) fn of(headers: &HeaderMap, now: SystemTime) -> Self {
        let ttl = match max_age(headers) {
            Some(max_age) => Some(max_age.saturating_sub(age(headers))),
            None => until_expiry(headers, now),
        };
        Self { ttl }
    }
}

/// The smallest that any line says. A directive that contradicts itself is on the safe side.
fn max_age(headers: &HeaderMap) -> Option<Duration> {
    let directives = headers.get_all(CACHE_CONTROL).into_iter().flat_map(|line| match line.to_str() {
        Ok(line) => split_outside_quotes(line),
        // Not even text.
        Err(_) => vec!["no-store"],
    });
    directives.filter_map(ttl_of_directive).min()
}

fn ttl_of_directive(directive: &str) -> Option<Duration> {
    let (name, value) = directive.split_once('=').unwrap_or((directive, ""));
    match name.trim().to_ascii_lowercase().as_str() {
        "no-store" | "no-cache" => Some(Duration::ZERO),
        "max-age" => Some(delta_seconds(value.trim().trim_matches('"')).unwrap_or_default()),
        _ => None,
    }
}

/// The parts between commas. A quoted part, as in `no-cache="set-cookie, x"`, is one.
fn split_outside_quotes(line: &str) -> Vec<&str> {
    let mut quoted = false;
    line.split(|character| {
        quoted ^= character == '"';
        character == ',' && !quoted
    })
    .collect()
}

fn age(headers: &HeaderMap) -> Duration {
    let text = headers.get(AGE).and_then(|age| age.to_str().ok()).unwrap_or_default();
    delta_seconds(text.split(',').next().unwrap_or_default().trim()).unwrap_or_default()
}

fn until_expiry(headers: &HeaderMap, now: SystemTime) -> Option<Duration> {
    let expires = headers.get(EXPIRES)?;
    let date = headers.get(DATE).and_then(date_in).unwrap_or(now);
    // What is no date, such as "0", means that the answer has expired; so does a date in the past.
    Some(date_in(expires).and_then(|expires| expires.duration_since(date).ok()).unwrap_or_default())
}

/// Digits only; too many of them are 2³¹ seconds.
pub(super) fn delta_seconds(text: &str) -> Option<Duration> {
    let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| Duration::from_secs(text.parse().map_or(LONGEST, |seconds: u64| seconds.min(LONGEST))))
}

/// A date in any of the three spellings of HTTP.
pub(super) fn date_of(text: &str) -> Option<SystemTime> {
    text.parse::<HttpDate>().ok().map(SystemTime::from)
}

fn date_in(value: &HeaderValue) -> Option<SystemTime> {
    value.to_str().ok().and_then(date_of)
}

#[cfg(test)]
mod tests {
    use super::*;
    use reqwest::header::HeaderName;
    use std::time::UNIX_EPOCH;

    /// Sun, 06 Nov 1994 08:49:37 GMT.
    const NOW: u64 = 784_111_777;

    fn headers(lines: &[(&str, &str)]) -> HeaderMap {
        let pair = |(name, value): &(&str, &str)| (name.parse::<HeaderName>().unwrap(), value.parse().unwrap());
        let mut headers = HeaderMap::new();
        for (name, value) in lines.iter().map(pair) {
            headers.append(name, value);
        }
        headers
    }

    fn ttl(lines: &[(&str, &str)]) -> Option<u64> {
        Freshness::of(&headers(lines), UNIX_EPOCH + Duration::from_secs(NOW)).ttl.map(|ttl| ttl.as_secs())
    }

    #[test]
    fn cache_control_decides() {
        for (value, seconds) in [
            ("max-age=600", Some(600)),
            ("public, max-age=600, must-revalidate", Some(600)),
            ("MAX-AGE = 600", Some(600)),
            ("max-age=\"600\"", Some(600)),
            ("s-maxage=5, max-age=600", Some(600)),
            ("s-maxage=5", None),
            ("public", None),
            ("", None),
            ("max-age=0", Some(0)),
            ("no-store", Some(0)),
            ("no-cache", Some(0)),
            ("No-Cache, max-age=600", Some(0)),
            ("no-cache=\"max-age=5, x\", max-age=600", Some(0)),
            ("private=\"no-store, max-age=1\", max-age=600", Some(600)),
            ("max-age", Some(0)),
            ("max-age=", Some(0)),
            ("max-age=-1", Some(0)),
            ("max-age=+5", Some(0)),
            ("max-age=1.5", Some(0)),
            ("max-age=soon", Some(0)),
            ("max-age=600, max-age=60", Some(60)),
            ("max-age=99999999999999999999", Some(LONGEST)),
            ("max-age=4294967296", Some(LONGEST)),
            ("max-agee=600", None),
            ("\"max-age=600", None),
        ] {
            assert_eq!(ttl(&[("cache-control", value)]), seconds, "{value}");
        }
    }

    #[test]
    fn every_line_of_cache_control_counts() {
        assert_eq!(ttl(&[("cache-control", "public"), ("cache-control", "max-age=600")]), Some(600));
        assert_eq!(ttl(&[("cache-control", "max-age=600"), ("cache-control", "no-store")]), Some(0));
        let mut unreadable = headers(&[("cache-control", "max-age=600")]);
        unreadable.append(CACHE_CONTROL, HeaderValue::from_bytes(b"\xff").unwrap());
        assert_eq!(Freshness::of(&unreadable, UNIX_EPOCH).ttl, Some(Duration::ZERO));
    }

    #[test]
    fn time_that_an_answer_spent_in_a_cache_is_taken_off() {
        for (age, seconds) in [
            ("100", 500),
            ("600", 0),
            ("601", 0),
            ("99999999999999999999", 0),
            ("old", 600),
            ("-5", 600),
            ("9, 8", 591),
        ] {
            assert_eq!(ttl(&[("cache-control", "max-age=600"), ("age", age)]), Some(seconds), "{age}");
        }
    }

    #[test]
    fn without_max_age_expires_decides() {
        let date = ("date", "Sun, 06 Nov 1994 08:49:37 GMT");
        let later = ("expires", "Sun, 06 Nov 1994 09:49:37 GMT");
        assert_eq!(ttl(&[date, later]), Some(3600));
        assert_eq!(ttl(&[later]), Some(3600), "without a date our own clock stands in");
        assert_eq!(ttl(&[("date", "Sun, 06 Nov 1994 09:39:37 GMT"), later]), Some(600), "by the clock of the sender");
        assert_eq!(ttl(&[date, later, ("cache-control", "max-age=60")]), Some(60));
        for nonsense in ["0", "-1", "never", "", "Sun, 06 Nov 1994 08:00:00 GMT"] {
            assert_eq!(ttl(&[date, ("expires", nonsense)]), Some(0), "{nonsense}");
        }
        assert_eq!(ttl(&[]), None);
    }
}
