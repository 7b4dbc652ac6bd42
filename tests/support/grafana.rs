//! The files of `grafana/`, as far as tests ask about them.

use serde_json::Value;

const DASHBOARD: &str = include_str!("../../grafana/dashboards/claimsmith.json");
const ALERTS: &str = include_str!("../../grafana/alerts.yaml");

/// The dashboard.
pub(crate) fn dashboard() -> Value {
    serde_json::from_str(DASHBOARD).unwrap()
}

/// Its panels without the rows' titles.
pub(crate) fn panels() -> Vec<Value> {
    let panels = dashboard()["panels"].as_array().unwrap().clone();
    panels.into_iter().filter(|panel| panel["type"] != "row").collect()
}

/// The expressions of a panel, each with its legend.
pub(crate) fn targets(panel: &Value) -> Vec<(String, String)> {
    let text = |target: &Value, key: &str| target[key].as_str().unwrap().to_owned();
    let targets = panel["targets"].as_array().unwrap();
    targets.iter().map(|target| (text(target, "expr"), text(target, "legendFormat"))).collect()
}

/// One alert, by the names of its fields.
pub(crate) struct Alert {
    pub(crate) name: String,
    fields: Vec<(String, String)>,
}

impl Alert {
    /// A field, at whatever depth; empty when there is none.
    pub(crate) fn field(&self, name: &str) -> &str {
        self.fields.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value)
    }
}

/// The alerts. Reads only the YAML that the file is written in: scalars on one line, or folded with `>-`.
pub(crate) fn alerts() -> Vec<Alert> {
    ALERTS.split("- alert:").skip(1).map(alert).collect()
}

fn alert(block: &str) -> Alert {
    let (name, rest) = block.split_once('\n').unwrap();
    let mut fields: Vec<(String, String)> = Vec::new();
    let mut folded = None;
    for line in rest.lines().filter(|line| !line.trim().is_empty()) {
        let indent = line.len() - line.trim_start().len();
        if folded.is_some_and(|key| indent > key) {
            let value = &mut fields.last_mut().unwrap().1;
            value.push_str(if value.is_empty() { "" } else { " " });
            value.push_str(line.trim());
            continue;
        }
        let (key, value) = line.trim().split_once(':').unwrap_or_else(|| panic!("{line} has no key"));
        folded = (value.trim() == ">-").then_some(indent);
        let value = if folded.is_some() { "" } else { value.trim().trim_matches('"') };
        fields.push((key.to_owned(), value.to_owned()));
    }
    Alert { name: name.trim().to_owned(), fields }
}

#[test]
fn folded_and_plain_fields_are_read() {
    let read = alert(" Down\n  expr: >-\n    up\n    == 0\n  for: 2m\n  labels:\n    severity: critical\n\n");
    assert_eq!((read.name.as_str(), read.field("expr"), read.field("for")), ("Down", "up == 0", "2m"));
    assert_eq!((read.field("severity"), read.field("labels"), read.field("runbook")), ("critical", "", ""));
}
