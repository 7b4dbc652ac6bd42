//! The room's metrics. Labels are closed: kinds are constants in the code, causes and states are enums.

use prometheus::{IntCounterVec, IntGaugeVec, Opts, Registry};

use super::status::{Cause, State};

/// What is counted about actors. Clones share the numbers.
#[derive(Clone)]
pub(super) struct Metrics {
    restarts: IntCounterVec,
    actors: IntGaugeVec,
}

impl Metrics {
    /// Registers the metrics.
    ///
    /// # Errors
    ///
    /// When `registry` already holds metrics of these names.
    pub(super) fn register(registry: &Registry) -> Result<Self, prometheus::Error> {
        let restarts = Opts::new("claimsmith_actor_restarts_total", "Restarts of actors, by kind of actor and cause");
        let actors = Opts::new("claimsmith_actors", "Actors, by kind of actor and state");
        let metrics = Self {
            restarts: IntCounterVec::new(restarts, &["actor", "cause"])?,
            actors: IntGaugeVec::new(actors, &["actor", "state"])?,
        };
        registry.register(Box::new(metrics.restarts.clone()))?;
        registry.register(Box::new(metrics.actors.clone()))?;
        Ok(metrics)
    }

    /// Makes every series of a kind present at zero, so that a first restart shows as an increase.
    pub(super) fn declare(&self, kind: &'static str) {
        for cause in Cause::ALL {
            self.restarts.with_label_values(&[kind, cause.label()]);
        }
        for label in State::COUNTED.into_iter().filter_map(State::label) {
            self.actors.with_label_values(&[kind, label]);
        }
    }

    /// Counts a restart.
    pub(super) fn restarted(&self, kind: &'static str, cause: Cause) {
        self.restarts.with_label_values(&[kind, cause.label()]).inc();
    }

    /// Moves one actor from one state to another.
    pub(super) fn moved(&self, kind: &'static str, from: State, to: State) {
        if let Some(label) = from.label() {
            self.actors.with_label_values(&[kind, label]).dec();
        }
        if let Some(label) = to.label() {
            self.actors.with_label_values(&[kind, label]).inc();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_series_of_a_declared_kind_is_present_at_zero() {
        let registry = Registry::new();
        Metrics::register(&registry).unwrap().declare("catalog");
        let text = prometheus::TextEncoder::new().encode_to_string(&registry.gather()).unwrap();
        for series in [
            "claimsmith_actor_restarts_total{actor=\"catalog\",cause=\"panic\"} 0",
            "claimsmith_actor_restarts_total{actor=\"catalog\",cause=\"error\"} 0",
            "claimsmith_actor_restarts_total{actor=\"catalog\",cause=\"frozen\"} 0",
            "claimsmith_actors{actor=\"catalog\",state=\"running\"} 0",
            "claimsmith_actors{actor=\"catalog\",state=\"restarting\"} 0",
            "claimsmith_actors{actor=\"catalog\",state=\"gave_up\"} 0",
        ] {
            assert!(text.contains(series), "{series} is missing in:\n{text}");
        }
    }

    #[test]
    fn a_second_registration_is_refused() {
        let registry = Registry::new();
        let first = Metrics::register(&registry);
        assert!(first.is_ok() && Metrics::register(&registry).is_err());
    }
}
