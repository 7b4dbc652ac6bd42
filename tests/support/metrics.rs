//! Metrics that count, as whole numbers.

use super::app::TestApp;
use super::wait::until;

impl TestApp {
    /// The value of a counter or of a gauge that counts; see [`TestApp::metric`] for how a series is written.
    pub(crate) async fn count(&self, series: &str) -> usize {
        let exposition = self.get_ops("/metrics").await.body;
        let mut lines = exposition.as_str().unwrap_or_default().lines();
        let value = lines.find_map(|line| line.strip_prefix(series)?.strip_prefix(' '));
        value.and_then(|value| value.parse().ok()).unwrap_or_else(|| panic!("{series} is not there, or counts nothing"))
    }

    /// The sum of every series of this name, whatever its labels; zero without any.
    pub(crate) async fn count_of_all(&self, name: &str) -> usize {
        let exposition = self.get_ops("/metrics").await.body;
        let lines = exposition.as_str().unwrap_or_default().lines();
        let labelled = lines.filter_map(|line| line.strip_prefix(name)?.strip_prefix('{'));
        labelled.filter_map(|line| line.rsplit(' ').next()?.parse::<usize>().ok()).sum()
    }

    /// Waits until a series has this value.
    #[track_caller]
    pub(crate) fn count_becomes(&self, series: &str, value: usize) -> impl Future<Output = ()> {
        until("the metric has the value that is waited for", move || async move {
            (self.count(series).await == value).then_some(())
        })
    }
}
