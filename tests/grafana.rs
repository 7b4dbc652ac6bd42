//! `grafana/`: rules that a dashboard and alerts keep so that whoever is woken by them knows what to do.

use std::collections::HashSet;

use serde_json::{Value, json};

use crate::support::grafana::{alerts, dashboard, panels, targets};
use crate::support::promql::named;

#[actix_rt::test]
async fn every_panel_says_what_it_shows_and_what_to_do() {
    let mut titles = HashSet::new();
    for panel in panels() {
        let title = panel["title"].as_str().unwrap();
        assert!(titles.insert(title.to_owned()), "{title} is there twice");
        let description = panel["description"].as_str().unwrap();
        assert!(description.len() > 60 && description.ends_with('.'), "{title} is not explained: {description}");
        assert!(panel["fieldConfig"]["defaults"]["unit"].is_string(), "{title} has no unit");
    }
}

#[actix_rt::test]
async fn every_expression_follows_the_variables_of_the_dashboard() {
    for (expression, _) in panels().iter().flat_map(targets) {
        for selector in named(&expression).selectors {
            for (label, value) in [("job", "$job"), ("instance", "$instance")] {
                let wanted = (label.to_owned(), value.to_owned());
                assert!(selector.matchers.contains(&wanted), "{} ignores ${label} in {expression}", selector.metric);
            }
            assert_counter_is_a_rate(&selector.metric, &expression);
        }
        assert_eq!(expression.matches('[').count(), expression.matches("[$__rate_interval]").count(), "{expression}");
    }
}

fn assert_counter_is_a_rate(metric: &str, expression: &str) {
    if ["_total", "_bucket", "_sum", "_count"].iter().any(|suffix| metric.ends_with(suffix)) {
        let is_rate =
            ["rate(", "increase("].iter().any(|function| expression.contains(&format!("{function}{metric}{{")));
        assert!(is_rate, "{metric} only ever grows in {expression}");
    }
}

#[actix_rt::test]
async fn the_dashboard_has_its_variables_and_is_changed_in_its_file_only() {
    let dashboard = dashboard();
    assert_eq!((&dashboard["uid"], &dashboard["editable"]), (&json!("claimsmith"), &json!(false)));
    let variables = dashboard["templating"]["list"].as_array().unwrap();
    let names: Vec<&Value> = variables.iter().map(|variable| &variable["name"]).collect();
    assert_eq!(names, ["datasource", "job", "instance"]);
    for variable in &variables[1..] {
        assert_eq!((&variable["refresh"], &variable["allValue"]), (&json!(2), &json!(".+")), "{}", variable["name"]);
    }
    for panel in panels() {
        let datasource = json!({"type": "prometheus", "uid": "${datasource}"});
        assert_eq!(panel["datasource"], datasource, "{}", panel["title"]);
    }
}

#[actix_rt::test]
async fn every_alert_says_how_bad_it_is_and_what_to_do() {
    assert!(!alerts().is_empty());
    for alert in alerts() {
        assert!(alert.name.starts_with("Claimsmith"), "{}", alert.name);
        assert!(["critical", "warning"].contains(&alert.field("severity")), "{} has no severity", alert.name);
        assert!(!alert.field("summary").contains("{{"), "the summary of {} groups alerts: it is constant", alert.name);
        for field in ["expr", "summary", "description", "runbook"] {
            assert!(!alert.field(field).is_empty(), "{} has no {field}", alert.name);
        }
    }
}
