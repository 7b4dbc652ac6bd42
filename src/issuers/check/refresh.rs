//! How often the keys would be fetched, as the answer's headers and the service's bounds have it.

use std::time::Duration;

use super::report::Report;
use crate::issuers::KeyPolicy;
use crate::issuers::fetch::Freshness;

/// Says when the keys are fetched again.
pub(super) fn report(freshness: Freshness, policy: &KeyPolicy, report: &mut Report) {
    let said = match freshness.ttl {
        None => "its headers do not say how long the key set may be kept".to_owned(),
        Some(Duration::ZERO) => "its headers say that the key set must not be kept".to_owned(),
        Some(ttl) => format!("its headers say that the key set may be kept for {}", spoken(ttl)),
    };
    let text = format!(
        "{said}: it is fetched again every {} (at least {}, at most {}), and counts for {} while the issuer does not answer",
        spoken(policy.fresh_for(freshness.ttl)),
        spoken(policy.refresh_min),
        spoken(policy.refresh_max),
        spoken(policy.max_stale),
    );
    report.ok("refresh", text);
}

/// In the largest unit that leaves no rest.
fn spoken(duration: Duration) -> String {
    let seconds = duration.as_secs();
    match seconds {
        0 => format!("{} ms", duration.as_millis()),
        _ if seconds.is_multiple_of(3600) => format!("{} h", seconds / 3600),
        _ if seconds.is_multiple_of(60) => format!("{} min", seconds / 60),
        _ => format!("{seconds} s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(ttl: Option<u64>) -> String {
        let mut found = Report::default();
        report(Freshness { ttl: ttl.map(Duration::from_secs) }, &KeyPolicy::default(), &mut found);
        found.findings.remove(0).text
    }

    #[test]
    fn what_headers_say_is_brought_within_the_bounds() {
        assert!(text(None).contains("fetched again every 15 min "), "{}", text(None));
        assert!(text(Some(0)).contains("must not be kept: it is fetched again every 5 min "));
        assert!(text(Some(90)).contains("kept for 90 s: it is fetched again every 5 min "));
        assert!(text(Some(86_400)).contains("kept for 24 h: it is fetched again every 1 h "));
    }
}
