//! `Retry-After` (RFC 9110 section 10.2.3): seconds, or a date.

use std::time::{Duration, SystemTime};

use reqwest::header::{HeaderMap, RETRY_AFTER};

use super::cache_headers::{date_of, delta_seconds};

/// Nobody is asked again sooner, and nobody can lock us out for longer.
const BOUNDS: (Duration, Duration) = (Duration::from_secs(1), Duration::from_hours(1));

/// How long the other side wants to be left alone, from one second to one hour; `None` if it says nothing intelligible.
pub(super) fn retry_after(headers: &HeaderMap, now: SystemTime) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    let (least, most) = BOUNDS;
    let wanted = match delta_seconds(text) {
        Some(wanted) => wanted,
        None => date_of(text)?.duration_since(now).unwrap_or_default(),
    };
    Some(wanted.clamp(least, most))
}

#[cfg(test)]
mod tests {
    use super::*;
    use reqwest::header::HeaderValue;
    use std::time::UNIX_EPOCH;

    /// Sun, 06 Nov 1994 08:49:37 GMT.
    const NOW: u64 = 784_111_777;

    fn wanted(value: &str) -> Option<u64> {
        let headers = HeaderMap::from_iter([(RETRY_AFTER, HeaderValue::from_str(value).unwrap())]);
        retry_after(&headers, UNIX_EPOCH + Duration::from_secs(NOW)).map(|wanted| wanted.as_secs())
    }

    #[test]
    fn it_is_seconds_or_a_date_between_a_second_and_an_hour() {
        for (value, seconds) in [
            ("0", Some(1)),
            ("1", Some(1)),
            ("120", Some(120)),
            ("3600", Some(3600)),
            ("3601", Some(3600)),
            ("99999999999999999999", Some(3600)),
            ("Sun, 06 Nov 1994 08:50:37 GMT", Some(60)),
            ("Sunday, 06-Nov-94 08:50:37 GMT", Some(60)),
            ("Sun Nov  6 08:50:37 1994", Some(60)),
            ("Sun, 06 Nov 1994 08:00:00 GMT", Some(1)),
            ("Sat, 06 Nov 2094 08:49:37 GMT", Some(3600)),
            ("soon", None),
            ("-1", None),
            ("1.5", None),
            ("+5", None),
            ("", None),
        ] {
            assert_eq!(wanted(value), seconds, "{value}");
        }
        assert_eq!(retry_after(&HeaderMap::new(), UNIX_EPOCH), None);
    }
}
