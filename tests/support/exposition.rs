//! What `/metrics` says, read back.

use std::collections::{BTreeMap, BTreeSet};

use super::app::TestApp;
use super::promql::named;

/// A scrape: families by name.
pub(crate) struct Exposition {
    pub(crate) families: BTreeMap<String, Family>,
}

/// Everything under one `# TYPE`.
#[derive(Debug, Default)]
pub(crate) struct Family {
    pub(crate) help: String,
    pub(crate) kind: String,
    pub(crate) samples: Vec<Sample>,
}

/// One line.
#[derive(Debug)]
pub(crate) struct Sample {
    /// With the suffix of a histogram's part.
    pub(crate) name: String,
    pub(crate) labels: BTreeMap<String, String>,
    pub(crate) value: String,
}

impl Exposition {
    pub(crate) async fn scrape(app: &TestApp) -> Self {
        let body = app.get_ops("/metrics").await.body;
        let mut read = Self { families: BTreeMap::new() };
        for line in body.as_str().unwrap().lines() {
            read.line(line);
        }
        read
    }

    fn line(&mut self, line: &str) {
        match line.splitn(4, ' ').collect::<Vec<_>>()[..] {
            ["#", "HELP", name, help] => help.clone_into(&mut self.family(name).help),
            ["#", "TYPE", name, kind] => kind.clone_into(&mut self.family(name).kind),
            _ => self.sample(line),
        }
    }

    fn family(&mut self, name: &str) -> &mut Family {
        self.families.entry(name.to_owned()).or_default()
    }

    fn sample(&mut self, line: &str) {
        let (series, value) = line.rsplit_once(' ').unwrap();
        let selector = named(series).selectors.remove(0);
        let family = self.family_of(&selector.metric).unwrap_or_else(|| panic!("{line} has no # TYPE")).to_owned();
        let labels = selector.matchers.into_iter().collect();
        self.family(&family).samples.push(Sample { name: selector.metric, labels, value: value.to_owned() });
    }

    /// The family that a series belongs to: its own name, or that of the histogram that it is a part of.
    pub(crate) fn family_of(&self, series: &str) -> Option<&str> {
        let part = ["_bucket", "_sum", "_count"].iter().find_map(|suffix| series.strip_suffix(suffix));
        let (name, _) = self.families.get_key_value(series).or_else(|| self.families.get_key_value(part?))?;
        Some(name)
    }

    /// The samples of one series name, over all label values.
    pub(crate) fn samples(&self, series: &str) -> Vec<&Sample> {
        let family = self.family_of(series).map(|name| &self.families[name].samples);
        family.into_iter().flatten().filter(|sample| sample.name == series).collect()
    }

    /// Every series, without values.
    pub(crate) fn series(&self) -> BTreeSet<String> {
        let samples = self.families.values().flat_map(|family| &family.samples);
        samples.map(|sample| format!("{}{:?}", sample.name, sample.labels)).collect()
    }
}
