//! Moments as GitHub writes them: `2011-09-08T17:26:27Z` (RFC 3339 in UTC), to seconds since 1970.

/// The second that a text names; `None` if it is written in any other way.
pub(super) fn parse_utc(text: &str) -> Option<i64> {
    let [date, time] = split(text.strip_suffix('Z')?, 'T')?;
    let [year, month, day] = split(date, '-')?;
    let [hour, minute, second] = split(time.split_once('.').map_or(time, |(whole, _)| whole), ':')?;
    let (year, month, day) = (number(year, 4, 1970..=9999)?, number(month, 2, 1..=12)?, number(day, 2, 1..=31)?);
    let (hour, minute) = (number(hour, 2, 0..=23)?, number(minute, 2, 0..=59)?);
    let second = number(second, 2, 0..=60)?;
    Some(((days(year, month, day) * 24 + hour) * 60 + minute) * 60 + second)
}

fn split<const PARTS: usize>(text: &str, at: char) -> Option<[&str; PARTS]> {
    text.split(at).collect::<Vec<_>>().try_into().ok()
}

fn number(text: &str, digits: usize, range: std::ops::RangeInclusive<i64>) -> Option<i64> {
    let is_number = text.len() == digits && text.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| text.parse().ok())?.filter(|number| range.contains(number))
}

/// Days since 1970 in the Gregorian calendar, with years that begin in March, so that the leap day is the last one.
const fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let since_march = (month + 9) % 12;
    let day_of_year = (153 * since_march + 2) / 5 + day - 1;
    year * 365 + year / 4 - year / 100 + year / 400 + day_of_year - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_counted_from_1970() {
        for (text, seconds) in [
            ("1970-01-01T00:00:00Z", 0),
            ("2000-02-29T00:00:00Z", 951_782_400),
            ("2011-09-08T17:26:27Z", 1_315_502_787),
            ("2024-12-31T23:59:59.999Z", 1_735_689_599),
            ("2100-03-01T00:00:00Z", 4_107_542_400),
            ("9999-12-31T23:59:59Z", 253_402_300_799),
        ] {
            assert_eq!(parse_utc(text), Some(seconds), "{text}");
        }
    }

    #[test]
    fn any_other_spelling_is_refused() {
        for text in [
            "",
            "2011-09-08",
            "2011-09-08T17:26:27",
            "2011-09-08T17:26:27+02:00",
            "2011-13-08T17:26:27Z",
            "2011-09-08T24:26:27Z",
            "2011-9-8T17:26:27Z",
            "+011-09-08T17:26:27Z",
            "1315502787",
            "2011-09-08T17:26:27ZZ",
        ] {
            assert_eq!(parse_utc(text), None, "{text}");
        }
    }
}
