//! The closed sets of label values that `/metrics` promises. Dashboards and alerts of others depend on them: a value may
//! be added here, none may change its name.

mod labels;

use std::collections::{BTreeMap, BTreeSet};

use labels::{
    ACTOR, CACHE, CODE, DISCONNECT, DISCOVERED, DROPPED, KEYS_FETCHED, MISS, PROTOCOL, QUERY, RESULT, SURFACE, VERDICT,
    VERIFICATION,
};

/// A label and its values.
type Label = (&'static str, &'static [&'static str]);

/// A family and its labels: the combinations of their values, and those of other labels' values for what has others.
pub(crate) struct Labelled {
    pub(crate) name: &'static str,
    labels: &'static [Label],
    or: Option<&'static [Label]>,
}

/// Every family with labels.
pub(crate) const LABELLED: &[Labelled] = &[
    of("claimsmith_actor_restarts_total", &[ACTOR, ("cause", &["panic", "error", "frozen"])]),
    of("claimsmith_actors", &[ACTOR, ("state", &["running", "restarting", "gave_up"])]),
    of("claimsmith_build_info", &[("version", &[env!("CARGO_PKG_VERSION")])]),
    of("claimsmith_cache_bytes", &[CACHE]),
    of("claimsmith_cache_entries", &[CACHE]),
    of("claimsmith_cache_evictions_total", &[CACHE, ("cause", &["memory", "idle"])]),
    of("claimsmith_cache_invalidations_total", &[CACHE, ("scope", &["subjects", "whole"])]),
    of("claimsmith_cache_invalidation_passes_total", &[CACHE]),
    of("claimsmith_cache_load_keys", &[CACHE]),
    of("claimsmith_cache_loads_total", &[CACHE, RESULT]),
    of("claimsmith_cache_lookups_total", &[CACHE, ("result", &["hit", "negative_hit", "miss"])]),
    of("claimsmith_catalog_loads_total", &[RESULT]),
    of("claimsmith_directory_pool_connections", &[("server", &["primary", "replica"]), ("state", &["idle", "used"])]),
    of("claimsmith_directory_query_duration_seconds", &[QUERY]),
    of("claimsmith_directory_query_errors_total", &[QUERY]),
    of(
        "claimsmith_directory_replica_loads_total",
        &[("outcome", &["answered", "not_comparable", "other_history", "failed"])],
    ),
    of("claimsmith_feed_disconnects_total", &[DISCONNECT]),
    of("claimsmith_feed_touched_total", &[("kind", &["user", "role", "identity", "catalog", "all"])]),
    of("claimsmith_feed_wakeups_total", &[("reason", &["connect", "notification", "heartbeat", "asked"])]),
    of("claimsmith_http_request_duration_seconds", &[SURFACE]),
    of("claimsmith_http_requests_in_flight", &[SURFACE]),
    of("claimsmith_http_requests_total", &[SURFACE, ("class", &["2xx", "4xx", "5xx"])]),
    of("claimsmith_internal_token_checks_total", &[("result", &["current", "outdated", "invalid"])]),
    of("claimsmith_internal_tokens_total", &[("outcome", &["signed", "given_again", "refused"])]),
    either(
        "claimsmith_issuer_fetches_total",
        &[("document", &["discovery"]), DISCOVERED],
        &[("document", &["keys"]), KEYS_FETCHED],
    ),
    of("claimsmith_issuer_key_misses_total", &[MISS]),
    of("claimsmith_issuer_key_sets", &[("state", &["cold", "fresh", "stale", "expired"])]),
    of("claimsmith_issuer_keys_dropped_total", &[DROPPED]),
    of("claimsmith_opaque_breakers_open", &[PROTOCOL]),
    of("claimsmith_opaque_lookups_total", &[PROTOCOL, ("result", &["hit", "negative_hit", "miss"])]),
    of("claimsmith_opaque_question_duration_seconds", &[PROTOCOL]),
    of("claimsmith_opaque_questions_total", &[PROTOCOL, VERDICT]),
    of("claimsmith_opaque_turned_away_total", &[PROTOCOL, ("cause", &["down", "waiting", "late"])]),
    of("claimsmith_probe_flips_total", &[("outcome", &["seen", "late", "stale", "failed"])]),
    of("claimsmith_refusals_total", &[CODE]),
    of("claimsmith_token_verifications_total", &[VERIFICATION]),
];

/// Counters that starting alone does not move, so that the first event shows as an increase.
pub(crate) const AT_ZERO: &[&str] = &[
    "claimsmith_actor_restarts_total",
    "claimsmith_cache_evictions_total",
    "claimsmith_cache_lookups_total",
    "claimsmith_directory_replica_loads_total",
    "claimsmith_feed_caught_up_changes_total",
    "claimsmith_feed_disconnects_total",
    "claimsmith_feed_resets_total",
    "claimsmith_feed_unannounced_changes_total",
    "claimsmith_http_requests_total",
    "claimsmith_internal_token_checks_total",
    "claimsmith_internal_tokens_total",
    "claimsmith_issuer_fetches_total",
    "claimsmith_issuer_key_misses_total",
    "claimsmith_issuer_keys_dropped_total",
    "claimsmith_issuer_keys_replaced_total",
    "claimsmith_issuer_rotations_total",
    "claimsmith_opaque_lookups_total",
    "claimsmith_opaque_questions_total",
    "claimsmith_opaque_turned_away_total",
    "claimsmith_probe_flips_total",
    "claimsmith_refusals_total",
    "claimsmith_signing_key_rotations_total",
    "claimsmith_signing_key_store_failures_total",
    "claimsmith_stale_answers_total",
    "claimsmith_token_verifications_total",
];

const fn of(name: &'static str, labels: &'static [Label]) -> Labelled {
    Labelled { name, labels, or: None }
}

const fn either(name: &'static str, labels: &'static [Label], or: &'static [Label]) -> Labelled {
    Labelled { name, labels, or: Some(or) }
}

impl Labelled {
    /// Every combination of label values.
    pub(crate) fn combinations(&self) -> BTreeSet<BTreeMap<String, String>> {
        std::iter::once(self.labels).chain(self.or).flat_map(product).collect()
    }
}

fn product(labels: &[Label]) -> BTreeSet<BTreeMap<String, String>> {
    let mut all = BTreeSet::from([BTreeMap::new()]);
    for (label, values) in labels {
        let with = |value: &str| {
            let with_value = |mut one: BTreeMap<String, String>| {
                one.insert((*label).to_owned(), value.to_owned());
                one
            };
            all.iter().cloned().map(with_value).collect::<Vec<_>>()
        };
        all = values.iter().flat_map(|value| with(value)).collect();
    }
    all
}
