//! What the data plane tells Prometheus. Every label value is one of a closed set: never a path, a tenant or a user.

use prometheus::{
    Histogram, HistogramOpts, HistogramVec, IntCounter, IntCounterVec, IntGauge, IntGaugeVec, Opts, Registry,
};

use crate::directory::Reading;
use crate::error::Code;

/// What a path belongs to.
#[derive(Clone, Copy, Debug)]
pub(super) enum Route {
    Claims,
    Discovery,
    Gateway,
    GatewayGrpc,
    Introspect,
    Memberships,
    MinPosition,
    Token,
    WellKnown,
    Unmatched,
}

impl Route {
    const EVERY: [Self; 10] = [
        Self::Claims,
        Self::Discovery,
        Self::Gateway,
        Self::GatewayGrpc,
        Self::Introspect,
        Self::Memberships,
        Self::MinPosition,
        Self::Token,
        Self::WellKnown,
        Self::Unmatched,
    ];

    const fn label(self) -> &'static str {
        match self {
            Self::Claims => "claims",
            Self::Discovery => "discovery",
            Self::Gateway => "gateway",
            Self::GatewayGrpc => "gateway_grpc",
            Self::Introspect => "introspect",
            Self::Memberships => "memberships",
            Self::MinPosition => "min_position",
            Self::Token => "token",
            Self::WellKnown => "well_known",
            Self::Unmatched => "unmatched",
        }
    }
}

/// Series of the data plane.
#[derive(Clone, Debug)]
pub struct HttpMetrics {
    claims: RouteMetrics,
    discovery: RouteMetrics,
    gateway: RouteMetrics,
    gateway_grpc: RouteMetrics,
    introspect: RouteMetrics,
    memberships: RouteMetrics,
    min_position: RouteMetrics,
    token: RouteMetrics,
    well_known: RouteMetrics,
    unmatched: RouteMetrics,
    refusals: IntCounterVec,
    age_bound: Histogram,
    stale: IntCounter,
}

/// Series of one surface, resolved once so that a request touches nothing but counters.
#[derive(Clone, Debug)]
pub(super) struct RouteMetrics {
    classes: [IntCounter; 3],
    pub(super) duration: Histogram,
    in_flight: IntGauge,
}

/// Counts a request as long as it lives, also when its connection is reset under it.
pub(super) struct InFlight(IntGauge);

impl Drop for InFlight {
    fn drop(&mut self) {
        self.0.dec();
    }
}

const CLASSES: [&str; 3] = ["2xx", "4xx", "5xx"];

impl HttpMetrics {
    /// Registers the series, with every label value at zero.
    pub fn register(registry: &Registry) -> Result<Self, prometheus::Error> {
        let requests = IntCounterVec::new(
            Opts::new("claimsmith_http_requests_total", "Requests to the data plane, by surface and class of status."),
            &["surface", "class"],
        )?;
        let duration = HistogramVec::new(
            HistogramOpts::new(
                "claimsmith_http_request_duration_seconds",
                "Time from the head of a request to the head of its answer, by surface.",
            )
            // Answers from memory take microseconds; the rest are the deadlines of those who call.
            .buckets(vec![
                0.000_025, 0.000_05, 0.000_1, 0.000_25, 0.000_5, 0.001, 0.005, 0.02, 0.1, 0.2, 0.7, 1.0, 2.0, 5.0,
            ]),
            &["surface"],
        )?;
        let in_flight = IntGaugeVec::new(
            Opts::new("claimsmith_http_requests_in_flight", "Requests being answered, by surface."),
            &["surface"],
        )?;
        let of = |route: Route| RouteMetrics {
            classes: CLASSES.map(|class| requests.with_label_values(&[route.label(), class])),
            duration: duration.with_label_values(&[route.label()]),
            in_flight: in_flight.with_label_values(&[route.label()]),
        };
        let [
            claims,
            discovery,
            gateway,
            gateway_grpc,
            introspect,
            memberships,
            min_position,
            token,
            well_known,
            unmatched,
        ] = Route::EVERY.map(of);
        let metrics = Self {
            claims,
            discovery,
            gateway,
            gateway_grpc,
            introspect,
            memberships,
            min_position,
            token,
            well_known,
            unmatched,
            refusals: IntCounterVec::new(
                Opts::new("claimsmith_refusals_total", "Refused requests, by the stable code of the refusal."),
                &["code"],
            )?,
            age_bound: Histogram::with_opts(
                HistogramOpts::new("claimsmith_answer_age_bound_seconds", "Age bound of the answers that were given.")
                    .buckets(vec![0.1, 0.25, 0.5, 1.0, 1.5, 2.0, 3.0, 5.0, 10.0, 30.0, 60.0]),
            )?,
            stale: IntCounter::new(
                "claimsmith_stale_answers_total",
                "Answers that were given although they were older than max_age, to callers that have stale_up_to.",
            )?,
        };
        for code in Code::EVERY {
            metrics.refusals.with_label_values(&[code.label()]);
        }
        registry.register(Box::new(requests))?;
        registry.register(Box::new(duration))?;
        registry.register(Box::new(in_flight))?;
        registry.register(Box::new(metrics.refusals.clone()))?;
        registry.register(Box::new(metrics.age_bound.clone()))?;
        registry.register(Box::new(metrics.stale.clone()))?;
        Ok(metrics)
    }

    pub(super) const fn of(&self, route: Route) -> &RouteMetrics {
        match route {
            Route::Claims => &self.claims,
            Route::Discovery => &self.discovery,
            Route::Gateway => &self.gateway,
            Route::GatewayGrpc => &self.gateway_grpc,
            Route::Introspect => &self.introspect,
            Route::Memberships => &self.memberships,
            Route::MinPosition => &self.min_position,
            Route::Token => &self.token,
            Route::WellKnown => &self.well_known,
            Route::Unmatched => &self.unmatched,
        }
    }

    pub(super) fn observe_age(&self, reading: &Reading, stale: bool) {
        self.age_bound.observe(reading.age_bound.unwrap_or_default().as_secs_f64());
        if stale {
            self.stale.inc();
        }
    }

    pub(super) fn refused(&self, code: Code) {
        self.refusals.with_label_values(&[code.label()]).inc();
    }
}

impl RouteMetrics {
    pub(super) fn enter(&self) -> InFlight {
        self.in_flight.inc();
        InFlight(self.in_flight.clone())
    }

    pub(super) fn answered(&self, status: u16) {
        let [success, client, server] = &self.classes;
        match status {
            0..=399 => success.inc(),
            400..=499 => client.inc(),
            _ => server.inc(),
        }
    }
}
