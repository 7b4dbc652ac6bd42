//! Which URLs may be written into an issuer row, as far as their text tells.
//!
//! Whether `http` or a private address is used is the operator's decision, made where the request is.

use reqwest::Url;

use super::problems::SettingsProblems;

/// Notes what is wrong with the URL at this place.
pub(crate) fn check_url(path: &str, text: &str, problems: &mut SettingsProblems) {
    if let Some(what) = fault(text) {
        problems.note(path, format!("{text} {what}"), "write https://host/path, without user, password or fragment");
    }
}

/// The host of a URL, if it is one.
pub(crate) fn host_of(text: &str) -> Option<String> {
    Url::parse(text).ok()?.host_str().map(str::to_owned)
}

fn fault(text: &str) -> Option<&'static str> {
    // The parser drops or mends these in silence, and then something else is fetched than what was written.
    if text.chars().any(|character| character.is_control() || character.is_whitespace() || character == '\\') {
        return Some("holds a blank, a control character or a backslash");
    }
    let Ok(url) = Url::parse(text) else { return Some("is no URL") };
    if !matches!(url.scheme(), "https" | "http") || !text.contains("://") {
        return Some("is neither https:// nor http://");
    }
    if !url.username().is_empty() || url.password().is_some() || authority(text).contains('@') {
        return Some("names a user");
    }
    if url.fragment().is_some() {
        return Some("has a fragment");
    }
    url.host_str().is_none_or(str::is_empty).then_some("has no host")
}

fn authority(text: &str) -> &str {
    let rest = text.split_once("://").map_or(text, |(_, rest)| rest);
    rest.split(['/', '?', '#']).next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_web_addresses_pass() {
        for good in ["https://a.example/keys", "https://a.example:8443/keys?appid=1", "http://127.0.0.1:9/keys"] {
            assert_eq!(fault(good), None, "{good}");
        }
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
        ] {
            assert!(fault(bad).is_some(), "{bad}");
        }
    }
}
