//! What to do about a document that cannot be had.

use super::inquirer::GrantedBy;
use crate::issuers::fetch::{FetchFault, TlsFault, UrlFault};

/// What to do about it.
pub(super) fn of(fault: &FetchFault, granted_by: GrantedBy<'_>) -> String {
    match fault {
        FetchFault::Url(UrlFault::Plaintext) => plaintext(granted_by),
        FetchFault::Url(UrlFault::Port | UrlFault::Address) | FetchFault::RefusedAddress => inside(granted_by),
        FetchFault::Tls(TlsFault::Untrusted) => authority(granted_by),
        FetchFault::Redirect { target, .. } => {
            format!(
                "write the URL at {target} that the redirect ends at, if the issuer's operator says that it is the right one"
            )
        }
        other => plain(other).to_owned(),
    }
}

const fn plain(fault: &FetchFault) -> &'static str {
    match fault {
        FetchFault::Url(UrlFault::ForbiddenAddress) => "use another address: no leave opens this one",
        FetchFault::Url(_) => "correct the URL",
        FetchFault::Dns => "check the host's name, and the DNS of this machine and of the service's",
        FetchFault::Tls(TlsFault::NoRoots) => "install the package ca-certificates here and where the service runs",
        FetchFault::Tls(_) => "have the issuer's operator correct its certificate or its TLS",
        FetchFault::Status(404) => {
            "check how the issuer is spelled; if it has no such document, write jwks_uri into the settings"
        }
        FetchFault::Status(_) => "ask the issuer's operator, and check the URL",
        FetchFault::Html => "check the URL, which must be that of a JSON document",
        FetchFault::TooLarge { .. } | FetchFault::Encoding | FetchFault::UnaskedNotModified => {
            "have the issuer's operator send the plain document; the service does not read this either"
        }
        FetchFault::Connect | FetchFault::Timeout | FetchFault::Broken => {
            "check that the issuer is up and that firewalls let this machine, and the service's, reach it"
        }
        // These have remedies that depend on who asks.
        FetchFault::RefusedAddress | FetchFault::Redirect { .. } => "check the URL",
    }
}

fn plaintext(granted_by: GrantedBy<'_>) -> String {
    match granted_by {
        GrantedBy::Options => "write https://; for a test on one machine, run again with --plaintext".to_owned(),
        GrantedBy::Configuration(id) => {
            format!("use https://; for a test on one machine, list {id} in insecure.plaintext_issuers")
        }
    }
}

fn inside(granted_by: GrantedBy<'_>) -> String {
    match granted_by {
        GrantedBy::Options => {
            "if the issuer is meant to be inside, run again with --allow-private-addresses, and write \
            allow_private_addresses = true under [issuer.ID] of the service's configuration"
                .to_owned()
        }
        GrantedBy::Configuration(id) => {
            format!("if the issuer is meant to be inside, write allow_private_addresses = true under [issuer.{id}]")
        }
    }
}

fn authority(granted_by: GrantedBy<'_>) -> String {
    match granted_by {
        GrantedBy::Options => {
            "if the authority is a private one, run again with --ca-file, and name it as ca_file under \
            [issuer.ID] of the service's configuration"
                .to_owned()
        }
        GrantedBy::Configuration(id) => {
            format!("if the authority is a private one, name its certificates as ca_file under [issuer.{id}]")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::directory::IssuerId;

    #[test]
    fn what_has_to_be_granted_is_named_where_it_can_be() {
        let id = IssuerId::from("acme");
        for (fault, option, key) in [
            (UrlFault::Plaintext.into(), "--plaintext", "insecure.plaintext_issuers"),
            (FetchFault::RefusedAddress, "--allow-private-addresses", "[issuer.acme]"),
            (TlsFault::Untrusted.into(), "--ca-file", "[issuer.acme]"),
        ] {
            assert!(of(&fault, GrantedBy::Options).contains(option), "{fault}");
            let by_configuration = of(&fault, GrantedBy::Configuration(&id));
            assert!(by_configuration.contains(key) && by_configuration.contains("acme"), "{fault}");
        }
    }
}
