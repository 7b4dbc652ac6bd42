//! Which URLs may be asked for: judged when they are configured, and again before each request.
//!
//! The filter of addresses sees only what is looked up by name, so hosts that are written as addresses are judged here.

use std::net::IpAddr;

use reqwest::Url;

use super::Leave;
use super::address::may_dial;

/// Longest URL, in bytes.
const LONGEST: usize = 2048;

/// What is wrong with a URL.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UrlFault {
    /// It does not parse, or is not written plainly.
    #[error("the URL is not one: write https://host/path in ASCII, with at most {LONGEST} characters")]
    Malformed,
    /// Neither https nor http.
    #[error("the URL must begin with https://")]
    Scheme,
    /// Not encrypted, without leave.
    #[error("the URL begins with http://, which needs the entry's id in insecure.plaintext_issuers; use https://")]
    Plaintext,
    /// `user:password@`.
    #[error("the URL names a user: remove everything up to the @")]
    UserInfo,
    /// `#…`.
    #[error("the URL has a fragment: remove it, from the # on")]
    Fragment,
    /// Another port than 443, without leave.
    #[error("the URL names another port than 443, which needs allow_private_addresses for the entry")]
    Port,
    /// The host is an address, without leave.
    #[error("the URL names an address in place of a host, which needs allow_private_addresses for the entry")]
    Address,
    /// Another host than the operator has named.
    #[error("the URL names another host than those of [issuer.<id>] in the configuration")]
    OtherHost,
    /// The host is an address that no leave opens.
    #[error("the URL names an address that is never dialled")]
    ForbiddenAddress,
}

/// The URL, if an entry with this leave may be asked there.
pub fn check(text: &str, leave: &Leave) -> Result<Url, UrlFault> {
    let authority = authority(text)?;
    if authority.contains('@') {
        return Err(UrlFault::UserInfo);
    }
    let url = Url::parse(text).map_err(|_| UrlFault::Malformed)?;
    if url.fragment().is_some() {
        return Err(UrlFault::Fragment);
    }
    match url.scheme() {
        "https" => {}
        "http" if leave.plaintext => {}
        "http" => return Err(UrlFault::Plaintext),
        _ => return Err(UrlFault::Scheme),
    }
    // The parser drops a port that is the scheme's own.
    if url.port().is_some() && !leave.reaches_inside() {
        return Err(UrlFault::Port);
    }
    let host = url.host_str().ok_or(UrlFault::Malformed)?;
    check_host(host, leave)?;
    if leave.hosts.as_ref().is_some_and(|hosts| hosts.iter().all(|named| **named != *host)) {
        return Err(UrlFault::OtherHost);
    }
    Ok(url)
}

/// What is between `://` and the path. The parser forgives much; whoever means well writes a URL plainly.
fn authority(text: &str) -> Result<&str, UrlFault> {
    let plain = text.len() <= LONGEST && text.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
    let (scheme, rest) = text.split_once(':').filter(|_| plain).ok_or(UrlFault::Malformed)?;
    if !scheme.eq_ignore_ascii_case("https") && !scheme.eq_ignore_ascii_case("http") {
        return Err(UrlFault::Scheme);
    }
    let rest = rest.strip_prefix("//").ok_or(UrlFault::Malformed)?;
    rest.split(['/', '?', '#']).next().filter(|authority| !authority.is_empty()).ok_or(UrlFault::Malformed)
}

/// `host` is normal: the parser has turned every spelling of an address, such as `0x7f.1`, into the usual one.
fn check_host(host: &str, leave: &Leave) -> Result<(), UrlFault> {
    let bare = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
    match bare.parse::<IpAddr>() {
        Err(_) => Ok(()),
        Ok(_) if !leave.reaches_inside() => Err(UrlFault::Address),
        Ok(address) if may_dial(address, true) => Ok(()),
        Ok(_) => Err(UrlFault::ForbiddenAddress),
    }
}

/// The host of a URL in lower case, without its port; `None` if it is no URL, or one without a host.
pub(in crate::issuers) fn host_of(url: &str) -> Option<String> {
    Url::parse(url).ok()?.host_str().filter(|host| !host.is_empty()).map(str::to_ascii_lowercase)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn inside() -> Leave {
        Leave { private_addresses: true, ..Leave::default() }
    }

    fn plaintext() -> Leave {
        Leave { plaintext: true, ..Leave::default() }
    }

    #[test]
    fn where_the_operator_has_named_hosts_there_are_no_others() {
        let granted = Leave { hosts: Some(["login.acme.example".into()].into()), ..Leave::default() };
        assert!(check("https://login.acme.example/keys", &granted).is_ok());
        assert!(check("https://LOGIN.acme.example/keys", &granted).is_ok());
        for other in ["https://evil.example/", "https://acme.example/", "https://login.acme.example.evil.example/"] {
            assert_eq!(check(other, &granted), Err(UrlFault::OtherHost), "{other}");
        }
    }

    #[test]
    fn a_plain_https_url_is_fine() {
        for text in [
            "https://acme.eu.auth0.com/.well-known/jwks.json",
            "https://login.example:443/keys?appid=1",
            "HTTPS://LOGIN.example",
            "https://xn--bcher-kva.example/",
        ] {
            assert!(check(text, &Leave::default()).is_ok(), "{text}");
        }
    }

    #[test]
    fn whatever_else_a_url_can_be_is_refused_and_named() {
        let long = format!("https://login.example/{}", "x".repeat(LONGEST));
        for (text, fault) in [
            ("", UrlFault::Malformed),
            ("login.example", UrlFault::Malformed),
            ("https:login.example", UrlFault::Malformed),
            ("https:///login.example", UrlFault::Malformed),
            ("https:\\\\login.example", UrlFault::Malformed),
            (" https://login.example", UrlFault::Malformed),
            ("https://login.example/\n", UrlFault::Malformed),
            ("https://b\u{fc}cher.example", UrlFault::Malformed),
            ("https://login.example:99999", UrlFault::Malformed),
            ("https://log%00in.example", UrlFault::Malformed),
            (&long, UrlFault::Malformed),
            ("file:///etc/passwd", UrlFault::Scheme),
            ("ftp://login.example", UrlFault::Scheme),
            ("gopher://login.example", UrlFault::Scheme),
            ("data:application/json,{}", UrlFault::Scheme),
            ("unix:/run/docker.sock", UrlFault::Scheme),
            ("http://login.example", UrlFault::Plaintext),
            ("https://user:hunter2@login.example", UrlFault::UserInfo),
            ("https://@login.example", UrlFault::UserInfo),
            ("https://login.example@evil.example", UrlFault::UserInfo),
            ("https://login.example/#keys", UrlFault::Fragment),
            ("https://login.example#", UrlFault::Fragment),
            ("https://login.example:8443", UrlFault::Port),
            ("https://login.example:80", UrlFault::Port),
        ] {
            assert_eq!(check(text, &Leave::default()), Err(fault), "{text}");
            assert!(!fault.to_string().contains("hunter2"));
        }
    }

    #[test]
    fn an_address_in_any_spelling_is_no_host() {
        for host in [
            "127.0.0.1",
            "127.1",
            "2130706433",
            "0x7f000001",
            "0177.0.0.1",
            "0x7f.1",
            "127.0.0.1.",
            "8.8.8.8",
            "[::1]",
            "[::ffff:127.0.0.1]",
            "[2606:4700:4700::1111]",
            "169.254.169.254",
            "%31%32%37.0.0.1",
        ] {
            let text = format!("https://{host}/");
            assert_eq!(check(&text, &Leave::default()), Err(UrlFault::Address), "{host}");
        }
    }

    #[test]
    fn leave_opens_addresses_and_ports_but_not_those_that_are_never_dialled() {
        for leave in [inside(), plaintext()] {
            for text in ["https://127.0.0.1:8443/", "https://[fd00::1]/", "https://keycloak.internal:8443/"] {
                assert!(check(text, &leave).is_ok(), "{text}");
            }
            for text in ["https://169.254.169.254/", "https://[fd00:ec2::254]/", "https://0.0.0.0/"] {
                assert_eq!(check(text, &leave), Err(UrlFault::ForbiddenAddress), "{text}");
            }
        }
    }

    #[test]
    fn only_its_own_leave_opens_plaintext() {
        assert!(check("http://127.0.0.1:9999/keys", &plaintext()).is_ok());
        assert_eq!(check("http://127.0.0.1:9999/keys", &inside()), Err(UrlFault::Plaintext));
        assert_eq!(check("file:///etc/passwd", &plaintext()), Err(UrlFault::Scheme));
    }
}
