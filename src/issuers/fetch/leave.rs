//! What the operator lets one entry do that others must not, and whom it trusts.
//!
//! Comes from the configuration file alone. Nothing that a tenant's administrator can write ends up here.

use std::fmt;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;

use crate::config::IssuerGrant;

/// What the operator lets one entry do that others must not. The default is nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Leave {
    /// Whether its hosts may have private addresses and loopback, be written as addresses, and listen on any port.
    pub private_addresses: bool,
    /// Whether it may be spoken to without TLS. Includes what [`Leave::private_addresses`] allows.
    pub plaintext: bool,
    /// The only hosts, in lower case; `None` is any.
    pub hosts: Option<Arc<[Box<str>]>>,
    /// Who may have issued its certificate, in place of those that the operating system trusts.
    pub ca: Option<Arc<Authorities>>,
}

impl Leave {
    /// Everything that an operator could grant: what this does not open, nothing does.
    pub(in crate::issuers) const EVERY: Self = Self { private_addresses: true, plaintext: true, hosts: None, ca: None };

    /// What the configuration grants. Reads the file of certificates; blocking.
    pub fn load(granted: &IssuerGrant, plaintext: bool) -> Result<Self, LeaveError> {
        let ca = granted.ca_file.as_deref().map(Authorities::read).transpose()?.map(Arc::new);
        let hosts = granted.hosts.iter().map(|host| host.to_ascii_lowercase().into()).collect::<Arc<[Box<str>]>>();
        let hosts = Some(hosts).filter(|hosts| !hosts.is_empty());
        Ok(Self { private_addresses: granted.allow_private_addresses, plaintext, hosts, ca })
    }

    /// Whether private addresses and other ports than the usual one are allowed.
    pub(super) const fn reaches_inside(&self) -> bool {
        self.private_addresses || self.plaintext
    }
}

/// The certificates of the authorities that an entry trusts. Never empty.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Authorities(Vec<CertificateDer<'static>>);

impl Authorities {
    /// The certificates in a PEM file.
    pub fn read(path: &Path) -> Result<Self, LeaveError> {
        let pem = fs::read(path).map_err(|source| LeaveError::Unreadable { path: path.to_path_buf(), source })?;
        Self::from_pem(&pem).ok_or_else(|| LeaveError::Unusable { path: path.to_path_buf() })
    }

    /// The certificates in a PEM text; `None` if it holds none, or one that cannot serve as a root.
    pub fn from_pem(pem: &[u8]) -> Option<Self> {
        let certificates: Vec<_> = CertificateDer::pem_slice_iter(pem).collect::<Result<_, _>>().ok()?;
        let authorities = Self(certificates);
        let usable = authorities.roots().len();
        (usable > 0 && usable == authorities.0.len()).then_some(authorities)
    }

    /// The same, ready to verify with.
    pub(super) fn roots(&self) -> RootCertStore {
        let mut store = RootCertStore::empty();
        store.add_parsable_certificates(self.0.iter().cloned());
        store
    }
}

impl fmt::Debug for Authorities {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Authorities({})", self.0.len())
    }
}

/// Why a leave cannot be granted. Names the file, never its content: it may be a private key.
#[derive(Debug, thiserror::Error)]
pub enum LeaveError {
    /// The file cannot be read.
    #[error("ca_file: {} cannot be read: check that it exists and that the service may read it", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the operating system said.
        #[source]
        source: io::Error,
    },
    /// The file does not hold what it should.
    #[error("ca_file: {} must hold PEM certificates of authorities (BEGIN CERTIFICATE), and only those", path.display())]
    Unusable {
        /// The file.
        path: PathBuf,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_of_authorities_must_be_there_and_hold_certificates_and_is_never_quoted() {
        let path = std::env::temp_dir().join(format!("claimsmith-leave-{}.pem", std::process::id()));
        let granted = IssuerGrant { ca_file: Some(path.clone()), ..IssuerGrant::default() };
        assert!(matches!(Leave::load(&granted, false), Err(LeaveError::Unreadable { .. })));
        for content in ["", "hunter2", "-----BEGIN CERTIFICATE-----\naHVudGVyMg==\n-----END CERTIFICATE-----\n"] {
            fs::write(&path, content).unwrap();
            let error = Leave::load(&granted, false).unwrap_err();
            assert!(matches!(error, LeaveError::Unusable { .. }), "{content}");
            assert!(!format!("{error} {error:?}").contains("hunter2"));
        }
        fs::remove_file(&path).unwrap();
    }

    #[test]
    fn plaintext_includes_the_inside() {
        assert!(Leave { plaintext: true, ..Leave::default() }.reaches_inside());
        assert!(Leave { private_addresses: true, ..Leave::default() }.reaches_inside());
        assert!(!Leave::default().reaches_inside());
    }
}
