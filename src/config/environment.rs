//! The environment: `http.answer_deadline` is overridden by `CLAIMSMITH_HTTP_ANSWER_DEADLINE`.
//!
//! The name of a variable is computed from the declared path, so the two cannot drift apart. A variable with our prefix
//! that names no key is a mistake, with one exception: Kubernetes gives every pod variables named after the services
//! around it, and a service called `claimsmith` would otherwise keep its own pods from starting.

use std::collections::BTreeMap;
use std::path::PathBuf;

/// What every variable of ours begins with.
const PREFIX: &str = "CLAIMSMITH_";
/// Names the file; it is not a key.
pub(crate) const FILE: &str = "CLAIMSMITH_CONFIG";

/// The variables with our prefix that no key has asked for yet.
#[derive(Debug, Default)]
pub(crate) struct Environment {
    variables: BTreeMap<String, String>,
}

impl Environment {
    /// Keeps what is ours, and sets apart the file that `CLAIMSMITH_CONFIG` names.
    pub(crate) fn collect(pairs: impl IntoIterator<Item = (String, String)>) -> (Self, Option<PathBuf>) {
        let mut variables: BTreeMap<_, _> = pairs.into_iter().filter(|(name, _)| name.starts_with(PREFIX)).collect();
        let file = variables.remove(FILE).map(PathBuf::from);
        (Self { variables }, file)
    }

    /// The value of `variable`, which then counts as known.
    pub(crate) fn take(&mut self, variable: &str) -> Option<String> {
        self.variables.remove(variable)
    }

    /// The names that no key asked for.
    pub(crate) fn unknown(self) -> impl Iterator<Item = String> {
        self.variables.into_iter().filter(|(name, value)| !is_kubernetes_service(name, value)).map(|(name, _)| name)
    }
}

/// The variable that overrides the key at `path`.
pub(crate) fn variable_of(path: &str) -> String {
    format!("{PREFIX}{}", path.replace('.', "_").to_ascii_uppercase())
}

/// The process's environment, as [`load`](super::load) takes it.
///
/// Characters that are not Unicode are replaced rather than refused: most variables are not ours to judge.
pub fn of_process() -> impl Iterator<Item = (String, String)> {
    std::env::vars_os().map(|(name, value)| (name.to_string_lossy().into_owned(), value.to_string_lossy().into_owned()))
}

/// `…_SERVICE_HOST`, `…_SERVICE_PORT[_NAME]`, `…_PORT=tcp://…` and `…_PORT_8080_TCP[_ADDR]`.
fn is_kubernetes_service(name: &str, value: &str) -> bool {
    if name.ends_with("_SERVICE_HOST") || name.contains("_SERVICE_PORT") {
        return true;
    }
    if name.ends_with("_PORT") {
        return value.contains("://");
    }
    name.split_once("_PORT_").is_some_and(|(_, rest)| rest.starts_with(|first: char| first.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unknown(pairs: &[(&str, &str)]) -> Vec<String> {
        let pairs = pairs.iter().map(|&(name, value)| (name.to_owned(), value.to_owned()));
        Environment::collect(pairs).0.unknown().collect()
    }

    #[test]
    fn the_variable_follows_from_the_path() {
        assert_eq!(variable_of("http.answer_deadline"), "CLAIMSMITH_HTTP_ANSWER_DEADLINE");
    }

    #[test]
    fn what_kubernetes_sets_for_services_is_nobody_s_mistake() {
        let injected = [
            ("CLAIMSMITH_SERVICE_HOST", "10.0.0.1"),
            ("CLAIMSMITH_SERVICE_PORT_HTTP", "8080"),
            ("CLAIMSMITH_OPS_PORT", "tcp://10.0.0.1:9090"),
            ("CLAIMSMITH_PORT_8080_TCP_ADDR", "10.0.0.1"),
        ];
        assert_eq!(unknown(&injected), Vec::<String>::new());
        assert_eq!(unknown(&[("CLAIMSMITH_HTTP_PORT", "8080")]), ["CLAIMSMITH_HTTP_PORT"]);
    }

    #[test]
    fn other_people_s_variables_are_left_alone() {
        assert_eq!(unknown(&[("DATABASE_URL", "x"), ("PATH", "/bin")]), Vec::<String>::new());
    }
}
