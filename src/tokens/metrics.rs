//! What verification tells Prometheus.

use prometheus::{IntCounter, IntCounterVec, Opts, Registry};

use super::reject::Class;

/// Series of the room.
#[derive(Clone, Debug)]
pub struct TokenMetrics {
    pub(super) accepted: IntCounter,
    pub(super) remembered: IntCounter,
    verifications: IntCounterVec,
}

impl TokenMetrics {
    /// Registers the series, with every label value at zero.
    pub fn register(registry: &Registry) -> Result<Self, prometheus::Error> {
        let verifications = IntCounterVec::new(
            Opts::new(
                "claimsmith_token_verifications_total",
                "Tokens that were looked at, by result: accepted, remembered (verified before, and still good), or the class \
                 of the check that refused it.",
            ),
            &["result"],
        )?;
        for class in Class::EVERY {
            verifications.with_label_values(&[class.label()]);
        }
        registry.register(Box::new(verifications.clone()))?;
        Ok(Self {
            accepted: verifications.with_label_values(&["accepted"]),
            remembered: verifications.with_label_values(&["remembered"]),
            verifications,
        })
    }

    pub(super) fn refused(&self, class: Class) {
        self.verifications.with_label_values(&[class.label()]).inc();
    }
}
