//! What the log and the counters are told about an issuer's keys. No line repeats while nothing changes.

use super::arrival::{Brought, Failure};
use super::key_set::KeySet;
use super::metrics::KeyMetrics;
use super::slot::{Desk, KeySlot};
use super::validity::KeyState;
use crate::clock::Moment;
use crate::jose::Keys;

impl KeySlot {
    /// Once per transition.
    pub(super) fn report_state(&self, desk: &mut Desk, now: Moment) {
        let (issuer, state) = (self.origin.issuer.as_str(), self.state(now));
        if std::mem::replace(&mut desk.told, state) == state {
            return;
        }
        let last_result = desk.last_result;
        match state {
            KeyState::Fresh => tracing::info!(issuer, "the issuer's keys are at hand"),
            KeyState::Stale => {
                tracing::warn!(issuer, last_result, "the issuer's keys are overdue; the last ones still count");
            }
            KeyState::Expired => {
                tracing::error!(
                    issuer,
                    last_result,
                    "the issuer's keys are too old to be trusted; its tokens are refused"
                );
            }
            KeyState::Cold | KeyState::Disabled => {}
        }
    }

    /// The first failure in a row is told to all, the others to those who look closely.
    pub(super) fn report_failure(&self, desk: &Desk, outcome: Result<Brought, Failure>, metrics: &KeyMetrics) {
        let issuer = self.origin.issuer.as_str();
        let is_first = desk.schedule.failures() == 1;
        if let (Ok(brought), true) = (&outcome, is_first) {
            self.report_dropped(brought, metrics);
        }
        let failure = outcome.err().unwrap_or_else(|| Failure::of("nothing_usable", "the key set has no usable key"));
        let Failure { class, detail, .. } = failure;
        if is_first {
            tracing::warn!(issuer, class, detail, "the issuer's keys could not be fetched; trying again");
        } else {
            tracing::debug!(issuer, class, detail, "the issuer's keys could not be fetched");
        }
    }

    /// Tells of keys that are not used, once per document. Leaked private keys are the issuer's emergency.
    pub(super) fn report_dropped(&self, brought: &Brought, metrics: &KeyMetrics) {
        let issuer = self.origin.issuer.as_str();
        let Brought::Document { document, .. } = brought else { return };
        for dropped in &document.dropped {
            let (kid, reason) = (dropped.kid.as_deref(), dropped.reason);
            metrics.dropped(reason);
            let (label, advice) = (reason.label(), reason.sentence());
            if reason.is_leak() {
                tracing::error!(issuer, kid, reason = label, advice, "a key of the issuer is not used");
            } else if reason.is_security_warning() {
                tracing::warn!(issuer, kid, reason = label, advice, "a key of the issuer is not used");
            } else {
                tracing::debug!(issuer, kid, reason = label, advice, "a key of the issuer is not used");
            }
        }
    }

    /// A `kid` that means another key than before: legitimate issuers do not do that, hijackers do.
    pub(super) fn report_rotation(&self, keys: &Keys, previous: Option<&KeySet>, metrics: &KeyMetrics) {
        let Some(previous) = previous else { return };
        metrics.rotated();
        let names = keys.replaced_material(&previous.keys);
        if names > 0 {
            let issuer = self.origin.issuer.as_str();
            metrics.replaced(names);
            tracing::warn!(
                issuer,
                names,
                "key names of the issuer mean other keys than before; the new ones count. If the issuer did not do this, \
                 somebody else did"
            );
        }
    }
}
