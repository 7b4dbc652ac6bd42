//! `/metrics` as operators build upon it: names, labels and label values, and that `grafana/` uses these and no others.

use std::collections::{BTreeMap, BTreeSet};

use claimsmith::clock::SystemClock;
use reqwest::Method;
use serde_json::json;

use crate::support::app::{KEY, TestApp};
use crate::support::exposition::Exposition;
use crate::support::grafana::{alerts, dashboard, panels, targets};
use crate::support::metrics_catalog::{AT_ZERO, LABELLED};
use crate::support::postgres::TestDatabase;
use crate::support::promql::{Selector, named};

/// What Prometheus itself puts on every series.
const OF_THE_SCRAPE: [&str; 2] = ["job", "instance"];

/// Before anything was read or asked.
async fn just_started() -> TestApp {
    TestApp::unready(TestDatabase::create().await, &SystemClock::shared(), |_| ())
}

#[actix_rt::test]
async fn dashboard_and_alerts_name_only_what_is_exported() {
    let app = just_started().await;
    let exported = Exposition::scrape(&app).await;
    let shown = panels().iter().flat_map(targets).collect::<Vec<_>>();
    let alerting = alerts().into_iter().map(|alert| (alert.field("expr").to_owned(), String::new()));
    for (expression, legend) in shown.into_iter().chain(alerting) {
        let found = named(&expression);
        let legend = legend.split("{{").skip(1).filter_map(|rest| rest.split_once("}}")).map(|(label, _)| label);
        let grouping: Vec<&str> = found.grouping.iter().map(String::as_str).chain(legend).collect();
        for selector in found.selectors.iter().filter(|selector| selector.metric != "up") {
            assert_exported(&exported, selector, &grouping, &expression);
        }
    }
    app.stop().await;
}

fn assert_exported(exported: &Exposition, selector: &Selector, grouping: &[&str], expression: &str) {
    let samples = exported.samples(&selector.metric);
    assert!(!samples.is_empty(), "{} is not exported, in {expression}", selector.metric);
    for label in grouping.iter().filter(|label| !OF_THE_SCRAPE.contains(label)) {
        assert!(samples[0].labels.contains_key(*label), "{} has no {label}, in {expression}", selector.metric);
    }
    for (label, value) in selector.matchers.iter().filter(|(label, _)| !OF_THE_SCRAPE.contains(&label.as_str())) {
        for value in value.split('|') {
            let is_there = samples.iter().any(|sample| sample.labels.get(label).is_some_and(|found| found == value));
            assert!(is_there, "{} has no {label}={value}, in {expression}", selector.metric);
        }
    }
}

#[actix_rt::test]
async fn the_variables_of_the_dashboard_are_filled_from_what_is_exported() {
    let app = just_started().await;
    let exported = Exposition::scrape(&app).await;
    for variable in &dashboard()["templating"]["list"].as_array().unwrap()[1..] {
        let query = variable["query"]["query"].as_str().unwrap();
        let (selector, _) = query.strip_prefix("label_values(").unwrap().rsplit_once(',').unwrap();
        assert_exported(&exported, &named(selector).selectors[0], &[], query);
    }
    app.stop().await;
}

#[actix_rt::test]
async fn every_metric_of_claimsmith_is_shown_in_some_panel() {
    let app = just_started().await;
    let exported = Exposition::scrape(&app).await;
    let expressions = panels().iter().flat_map(targets).map(|(expression, _)| expression).collect::<Vec<_>>();
    let selectors = expressions.iter().flat_map(|expression| named(expression).selectors);
    let shown: BTreeSet<String> =
        selectors.filter_map(|selector| exported.family_of(&selector.metric).map(str::to_owned)).collect();
    let ours = exported.families.keys().filter(|name| name.starts_with("claimsmith_"));
    assert_eq!(ours.filter(|name| !shown.contains(*name)).collect::<Vec<_>>(), [""; 0]);
    app.stop().await;
}

#[actix_rt::test]
async fn every_family_is_explained_typed_and_named_by_its_unit() {
    let app = just_started().await;
    for (name, family) in Exposition::scrape(&app).await.families {
        assert!(name.starts_with("claimsmith_") || name.starts_with("process_"), "{name}");
        assert!(!family.help.is_empty() && !family.samples.is_empty(), "{name} has no # HELP or no sample");
        assert_eq!(family.kind == "counter", name.ends_with("_total"), "{name} is a {}", family.kind);
        assert!(["counter", "gauge", "histogram"].contains(&family.kind.as_str()), "{name} is a {}", family.kind);
        let words: Vec<&str> = name.split('_').collect();
        let speaks_of = |unit: &[&str]| words.iter().any(|word| unit.contains(word));
        assert!(!speaks_of(&["ms", "milliseconds", "us", "kb", "mb", "percent", "count"]), "{name}: not a base unit");
        if speaks_of(&["duration", "age", "time", "timestamp", "latency"]) {
            assert_eq!(words.last(), Some(&"seconds"), "{name}");
        }
        if speaks_of(&["memory", "size"]) {
            assert_eq!(words.last(), Some(&"bytes"), "{name}");
        }
    }
    app.stop().await;
}

#[actix_rt::test]
async fn every_closed_label_value_is_there_from_the_start() {
    let app = just_started().await;
    let exported = Exposition::scrape(&app).await;
    let labelled: BTreeMap<&str, _> = LABELLED.iter().map(|family| (family.name, family.combinations())).collect();
    for (name, family) in &exported.families {
        let without_le = |labels: &BTreeMap<String, String>| {
            labels.iter().filter(|(label, _)| *label != "le").map(|(l, v)| (l.clone(), v.clone())).collect()
        };
        let found: BTreeSet<BTreeMap<String, String>> =
            family.samples.iter().map(|sample| without_le(&sample.labels)).collect();
        let promised = labelled.get(name.as_str()).cloned().unwrap_or_else(|| BTreeSet::from([BTreeMap::new()]));
        assert_eq!(found, promised, "{name}");
    }
    for name in AT_ZERO {
        let samples = exported.samples(name);
        assert!(samples.iter().all(|sample| sample.value == "0"), "{name} does not start at zero: {samples:?}");
        assert!(!samples.is_empty(), "{name} is not exported");
    }
    app.stop().await;
}

#[actix_rt::test]
async fn no_request_adds_a_series_whatever_it_contains() {
    let app = TestApp::start().await;
    let before = Exposition::scrape(&app).await.series();
    for tenant in ["acme", "globex", "big", "initech", "no\"such{tenant=\"x\"}\n", "Ω", ""] {
        for user in ["alice", "bob", "user-7", "nobody\\\"", "\u{1F600}"] {
            app.claims(&json!({"user": user, "tenant": tenant})).await;
            app.claims(&json!({"subject": {"issuer": tenant, "sub": user}, "hints": {"host": user}})).await;
        }
    }
    for path in ["/", "/v1/claims/acme", "/v1/memberships?user=alice", "/v1/memberships?nobody=1", "/%22%7Ba%7D?b=c"] {
        for (method, key) in [(Method::GET, KEY), (Method::GET, "cs_other"), (Method::DELETE, KEY)] {
            let odd = app.client.request(method, app.data(path)).bearer_auth(key).header("x-request-id", "odd\"id{}");
            odd.body("{\"user\": 7").send().await.unwrap();
        }
    }
    let after = Exposition::scrape(&app).await;
    assert_eq!(after.series().difference(&before).collect::<Vec<_>>(), [""; 0]);
    for code in ["not_found", "not_a_member", "tenant_unknown", "method_not_allowed", "caller_unauthenticated"] {
        let refused = app.metric(&format!("claimsmith_refusals_total{{code=\"{code}\"}}")).await;
        assert!(refused > 0.0, "no request was refused with {code}");
    }
    app.stop().await;
}
