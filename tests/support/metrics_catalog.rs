//! The closed sets of label values that `/metrics` promises. Dashboards and alerts of others depend on them: a value may
//! be added here, none may change its name.

use std::collections::{BTreeMap, BTreeSet};

/// A family and its labels.
pub(crate) struct Labelled {
    pub(crate) name: &'static str,
    labels: &'static [(&'static str, &'static [&'static str])],
}

const ACTOR: (&str, &[&str]) =
    ("actor", &["caller_keys", "catalog", "change_feed", "identities", "registry", "tenant"]);
const CACHE: (&str, &[&str]) = ("cache", &["identities", "roles"]);
const RESULT: (&str, &[&str]) = ("result", &["published", "fenced", "failed"]);
const SURFACE: (&str, &[&str]) = ("surface", &["claims", "memberships", "unmatched"]);
const QUERY: (&str, &[&str]) = (
    "query",
    &[
        "members",
        "identities",
        "memberships_of_user",
        "catalog",
        "id_types",
        "since",
        "prune",
        "ring",
        "schema_version",
    ],
);
const CODE: (&str, &[&str]) = (
    "code",
    &[
        "invalid_request",
        "caller_unauthenticated",
        "caller_forbidden",
        "not_a_member",
        "tenant_suspended",
        "issuer_not_trusted_by_tenant",
        "client_not_allowed",
        "tenant_unknown",
        "user_unknown",
        "tenant_conflict",
        "body_too_large",
        "tenant_required",
        "directory_unavailable",
        "too_stale",
        "overloaded",
        "not_found",
        "method_not_allowed",
        "request_timeout",
    ],
);
const DISCONNECT: (&str, &[&str]) =
    ("cause", &["unreachable", "authentication", "tls", "timeout", "wrong_role", "other", "statement", "closed"]);

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
    of("claimsmith_directory_pool_connections", &[("state", &["idle", "used"])]),
    of("claimsmith_directory_query_duration_seconds", &[QUERY]),
    of("claimsmith_directory_query_errors_total", &[QUERY]),
    of("claimsmith_feed_disconnects_total", &[DISCONNECT]),
    of("claimsmith_feed_touched_total", &[("kind", &["user", "role", "identity", "catalog", "all"])]),
    of("claimsmith_feed_wakeups_total", &[("reason", &["connect", "notification", "heartbeat"])]),
    of("claimsmith_http_request_duration_seconds", &[SURFACE]),
    of("claimsmith_http_requests_in_flight", &[SURFACE]),
    of("claimsmith_http_requests_total", &[SURFACE, ("class", &["2xx", "4xx", "5xx"])]),
    of("claimsmith_refusals_total", &[CODE]),
];

/// Counters that starting alone does not move, so that the first event shows as an increase.
pub(crate) const AT_ZERO: &[&str] = &[
    "claimsmith_actor_restarts_total",
    "claimsmith_cache_evictions_total",
    "claimsmith_cache_lookups_total",
    "claimsmith_feed_disconnects_total",
    "claimsmith_feed_resets_total",
    "claimsmith_feed_unannounced_changes_total",
    "claimsmith_http_requests_total",
    "claimsmith_refusals_total",
];

const fn of(name: &'static str, labels: &'static [(&'static str, &'static [&'static str])]) -> Labelled {
    Labelled { name, labels }
}

impl Labelled {
    /// Every combination of label values.
    pub(crate) fn combinations(&self) -> BTreeSet<BTreeMap<String, String>> {
        let mut all = BTreeSet::from([BTreeMap::new()]);
        for (label, values) in self.labels {
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
}
