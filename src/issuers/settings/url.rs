//! Which URLs may be written into an issuer row: those that could be fetched, whatever the operator allows.
//!
//! Whether `http` or a private address is used is the operator's decision, made where the request is.

use super::problems::SettingsProblems;
use crate::issuers::fetch::{self, Leave};

/// Notes what is wrong with the URL at this place.
pub(crate) fn check_url(path: &str, text: &str, problems: &mut SettingsProblems) {
    if let Err(fault) = fetch::check_url(text, &Leave::EVERY) {
        let remedy = "write https://host/path, without user, password or fragment";
        problems.note(path, format!("{fault} (it is {text})"), remedy);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_accepted(text: &str) -> bool {
        let mut problems = SettingsProblems::default();
        check_url("settings.jwks_uri", text, &mut problems);
        !problems.concern("jwks_uri")
    }

    #[test]
    fn what_some_operator_may_allow_is_accepted() {
        for good in ["https://a.example/keys", "https://a.example:8443/keys?appid=1", "http://127.0.0.1:9/keys"] {
            assert!(is_accepted(good), "{good}");
        }
    }

    #[test]
    fn what_no_operator_can_allow_is_refused_when_it_is_written() {
        for bad in [
            "",
            "keys",
            "file:///etc/passwd",
            "ftp://a.example/",
            "https:a.example",
            "https://",
            "https://u@a.example/",
            "https://u:p@a.example/",
            "https://@a.example/",
            "https://a.example/#x",
            "https://a.example/#",
            "https://a.example\\@b.example/",
            " https://a.example/",
            "https://a.example/\n",
            "data:,x",
            "https://169.254.169.254/",
            "https://b\u{fc}cher.example/",
        ] {
            assert!(!is_accepted(bad), "{bad}");
        }
    }
}
