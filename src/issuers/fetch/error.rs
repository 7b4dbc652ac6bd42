//! Why a fetch failed.
//!
//! A class for metrics and tenants, a sentence for the operator. Neither holds anything that the other side chose, but for
//! the host of a redirect, which the operator needs.

use std::error::Error;
use std::io;
use std::iter;
use std::time::Duration;

use rustls::CertificateError;

use super::resolver::Unresolved;
use super::url_rules::UrlFault;

/// Why a fetch failed, and when the other side wants to be asked again.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{fault}")]
pub struct FetchError {
    fault: FetchFault,
    retry_after: Option<Duration>,
}

/// What went wrong.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FetchFault {
    /// The URL may not be asked for.
    #[error(transparent)]
    Url(#[from] UrlFault),
    /// The name has no address.
    #[error("the host has no address: check its name, and the DNS that the service uses")]
    Dns,
    /// The name has only addresses that are not to be dialled.
    #[error(
        "the host has only private or reserved addresses, which are not dialled: if it is meant to be inside, \
         allow_private_addresses of the entry lets it"
    )]
    RefusedAddress,
    /// Nobody listens, or nobody can be reached.
    #[error("no connection: the host refused it, cannot be reached, or did not answer in time")]
    Connect,
    /// No secure connection.
    #[error(transparent)]
    Tls(#[from] TlsFault),
    /// The whole took too long.
    #[error("the answer was not complete in time")]
    Timeout,
    /// The connection broke off in the middle, or what came is not HTTP.
    #[error("the connection broke off, or the answer is not HTTP")]
    Broken,
    /// A status that is no success.
    #[error("the answer has status {0}")]
    Status(u16),
    /// A redirect, which is never followed.
    #[error("the answer (status {status}) redirects to {target}: redirects are not followed; configure the final URL")]
    Redirect {
        /// The status.
        status: u16,
        /// The host that it points to.
        target: Box<str>,
    },
    /// "Not modified", to a request that did not ask.
    #[error("the answer is 304, but the request was not conditional")]
    UnaskedNotModified,
    /// A body over the limit.
    #[error("the answer is larger than {limit} bytes")]
    TooLarge {
        /// The limit.
        limit: usize,
    },
    /// A compressed body, though none was asked for.
    #[error("the answer has a Content-Encoding, although the request accepts none")]
    Encoding,
    /// A web page.
    #[error("the answer is an HTML page: the URL is that of a website, a login page or an error page")]
    Html,
}

/// Why there is no secure connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TlsFault {
    /// Issued by nobody whom we trust.
    #[error("the certificate is issued by nobody who is trusted: if the authority is a private one, name its ca_file")]
    Untrusted,
    /// For another host.
    #[error("the certificate is for another host")]
    WrongName,
    /// Expired, or not valid yet.
    #[error("the certificate has expired or is not valid yet")]
    Dates,
    /// Any other failure of the handshake.
    #[error("the TLS handshake failed: no common version, or what listens there does not speak TLS")]
    Handshake,
    /// The operating system trusts nobody.
    #[error("the operating system has no trusted certificates: install its ca-certificates package")]
    NoRoots,
}

impl FetchError {
    /// Every class, for metrics that exist before the first failure.
    pub const CLASSES: &'static [&'static str] = &[
        "url",
        "dns",
        "refused_address",
        "connect",
        "tls",
        "timeout",
        "broken",
        "status",
        "redirect",
        "not_modified",
        "too_large",
        "encoding",
        "html",
    ];

    /// What went wrong.
    pub const fn fault(&self) -> &FetchFault {
        &self.fault
    }

    /// One of [`FetchError::CLASSES`].
    pub const fn class(&self) -> &'static str {
        match &self.fault {
            FetchFault::Url(_) => "url",
            FetchFault::Dns => "dns",
            FetchFault::RefusedAddress => "refused_address",
            FetchFault::Connect => "connect",
            FetchFault::Tls(_) => "tls",
            FetchFault::Timeout => "timeout",
            FetchFault::Broken => "broken",
            FetchFault::Status(_) => "status",
            FetchFault::Redirect { .. } => "redirect",
            FetchFault::UnaskedNotModified => "not_modified",
            FetchFault::TooLarge { .. } => "too_large",
            FetchFault::Encoding => "encoding",
            FetchFault::Html => "html",
        }
    }

    /// The status of the answer, if it is what went wrong.
    pub const fn status(&self) -> Option<u16> {
        match &self.fault {
            FetchFault::Status(status) | FetchFault::Redirect { status, .. } => Some(*status),
            _ => None,
        }
    }

    /// How long the other side wants to be left alone, from one second to one hour, if it says so.
    pub const fn retry_after(&self) -> Option<Duration> {
        self.retry_after
    }

    pub(super) const fn with_retry_after(mut self, retry_after: Option<Duration>) -> Self {
        self.retry_after = retry_after;
        self
    }
}

impl<F: Into<FetchFault>> From<F> for FetchError {
    fn from(fault: F) -> Self {
        Self { fault: fault.into(), retry_after: None }
    }
}

impl From<reqwest::Error> for FetchFault {
    /// Looks for the cause that says most. The texts of the causes go nowhere: some quote the other side.
    fn from(error: reqwest::Error) -> Self {
        for cause in causes(&error) {
            if let Some(unresolved) = cause.downcast_ref::<Unresolved>() {
                return (*unresolved).into();
            }
            if let Some(tls) = cause.downcast_ref::<rustls::Error>() {
                return TlsFault::from(tls).into();
            }
        }
        match error {
            error if error.is_connect() => Self::Connect,
            error if error.is_timeout() => Self::Timeout,
            error if error.is_builder() => UrlFault::Malformed.into(),
            _ => Self::Broken,
        }
    }
}

impl From<Unresolved> for FetchFault {
    fn from(unresolved: Unresolved) -> Self {
        match unresolved {
            Unresolved::NotFound => Self::Dns,
            Unresolved::Refused => Self::RefusedAddress,
        }
    }
}

impl From<&rustls::Error> for TlsFault {
    fn from(error: &rustls::Error) -> Self {
        let rustls::Error::InvalidCertificate(reason) = error else { return Self::Handshake };
        match reason {
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => Self::WrongName,
            CertificateError::Expired
            | CertificateError::ExpiredContext { .. }
            | CertificateError::NotValidYet
            | CertificateError::NotValidYetContext { .. } => Self::Dates,
            _ => Self::Untrusted,
        }
    }
}

/// The error and its causes. An I/O error hides the first of its own behind `get_ref`.
fn causes<'e>(error: &'e (dyn Error + 'static)) -> impl Iterator<Item = &'e (dyn Error + 'static)> {
    iter::successors(Some(error), |&cause| match cause.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
        Some(inner) => Some(inner),
        None => cause.source(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn every_fault() -> Vec<FetchFault> {
        vec![
            UrlFault::Scheme.into(),
            FetchFault::Dns,
            FetchFault::RefusedAddress,
            FetchFault::Connect,
            TlsFault::Untrusted.into(),
            FetchFault::Timeout,
            FetchFault::Broken,
            FetchFault::Status(503),
            FetchFault::Redirect { status: 302, target: "evil.example".into() },
            FetchFault::UnaskedNotModified,
            FetchFault::TooLarge { limit: 524_288 },
            FetchFault::Encoding,
            FetchFault::Html,
        ]
    }

    #[test]
    fn the_classes_are_a_closed_set_without_repetitions() {
        let classes: Vec<_> = every_fault().into_iter().map(|fault| FetchError::from(fault).class()).collect();
        assert_eq!(classes, FetchError::CLASSES);
    }

    #[test]
    fn a_sentence_says_what_to_do() {
        let redirect = FetchError::from(FetchFault::Redirect { status: 302, target: "evil.example".into() });
        assert!(redirect.to_string().contains("redirects to evil.example"), "{redirect}");
        assert_eq!(redirect.status(), Some(302));
        assert_eq!(FetchError::from(FetchFault::Status(503)).to_string(), "the answer has status 503");
    }

    #[test]
    fn certificates_that_are_refused_for_different_reasons_are_told_apart() {
        let fault = |reason| TlsFault::from(&rustls::Error::InvalidCertificate(reason));
        assert_eq!(fault(CertificateError::UnknownIssuer), TlsFault::Untrusted);
        assert_eq!(fault(CertificateError::BadSignature), TlsFault::Untrusted);
        assert_eq!(fault(CertificateError::NotValidForName), TlsFault::WrongName);
        assert_eq!(fault(CertificateError::Expired), TlsFault::Dates);
        assert_eq!(TlsFault::from(&rustls::Error::DecryptError), TlsFault::Handshake);
    }

    #[test]
    fn causes_are_found_behind_io_errors() {
        let wrapped = io::Error::other(io::Error::other(Unresolved::Refused));
        assert!(causes(&wrapped).any(|cause| cause.downcast_ref::<Unresolved>() == Some(&Unresolved::Refused)));
    }
}
