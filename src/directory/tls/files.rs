//! The PEM files of a connection: trusted certificates, and our own certificate with its key.
//!
//! Errors never carry what the PEM reader says, since it quotes the file, and the file may be a private key.

use std::fs::{self, File};
use std::io::{self, Read as _};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use rustls::RootCertStore;
use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, UnixTime};

use super::verification::is_current;
use super::{ClientCertificate, RootCertificates, TlsError, TlsSettings};

type Identity = (Vec<CertificateDer<'static>>, PrivateKeyDer<'static>);

/// The certificates to trust at `now`, or `None` when none are named and libpq's default file does not exist.
pub(super) fn roots(
    settings: &TlsSettings,
    provider: &CryptoProvider,
    now: UnixTime,
) -> Result<Option<RootCertStore>, TlsError> {
    let path = match &settings.roots {
        RootCertificates::System => return system_roots(provider, now).map(Some),
        RootCertificates::File(path) => path.clone(),
        RootCertificates::Default => match default_file(settings, "root.crt", "sslrootcert")? {
            Some(path) => path,
            None => return Ok(None),
        },
    };
    let mut store = RootCertStore::empty();
    for certificate in certificates(&path, "sslrootcert")? {
        // A bundle may hold the old and the new authority during a change.
        if is_current(&certificate, provider, now) {
            let unusable = |_| unusable("sslrootcert", &path, "has a certificate that cannot serve as a root");
            store.add(certificate).map_err(unusable)?;
        }
    }
    if store.is_empty() {
        return Err(unusable("sslrootcert", &path, "has only certificates that have expired or are not valid yet"));
    }
    Ok(Some(store))
}

fn system_roots(provider: &CryptoProvider, now: UnixTime) -> Result<RootCertStore, TlsError> {
    let mut store = RootCertStore::empty();
    let found = rustls_native_certs::load_native_certs().certs;
    store.add_parsable_certificates(found.into_iter().filter(|certificate| is_current(certificate, provider, now)));
    if store.is_empty() { Err(TlsError::NoSystemRoots) } else { Ok(store) }
}

/// Our certificate chain and key, or `None` when none are named and libpq's default file does not exist.
pub(super) fn client_identity(settings: &TlsSettings) -> Result<Option<Identity>, TlsError> {
    let (certificate, key) = match &settings.client_certificate {
        ClientCertificate::Files { certificate, key } => (certificate.clone(), key.clone()),
        ClientCertificate::Default => match default_file(settings, "postgresql.crt", "sslcert")? {
            Some(certificate) => (certificate.clone(), certificate.with_file_name("postgresql.key")),
            None => return Ok(None),
        },
    };
    Ok(Some((certificates(&certificate, "sslcert")?, private_key(&key)?)))
}

fn default_file(settings: &TlsSettings, name: &str, parameter: &'static str) -> Result<Option<PathBuf>, TlsError> {
    let Some(home) = &settings.home else { return Ok(None) };
    let path = home.join(".postgresql").join(name);
    match fs::metadata(&path) {
        Ok(_) => Ok(Some(path)),
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => Ok(None),
        Err(source) => Err(TlsError::Unreadable { parameter, path, source }),
    }
}

fn certificates(path: &Path, parameter: &'static str) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let pem = fs::read(path).map_err(|source| unreadable(parameter, path, source))?;
    let read: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&pem).collect();
    match read {
        Ok(found) if !found.is_empty() => Ok(found),
        Ok(_) | Err(_) => Err(unusable(parameter, path, "has no readable PEM certificate (BEGIN CERTIFICATE)")),
    }
}

fn private_key(path: &Path) -> Result<PrivateKeyDer<'static>, TlsError> {
    let unreadable = |source| unreadable("sslkey", path, source);
    let mut file = File::open(path).map_err(unreadable)?;
    let metadata = file.metadata().map_err(unreadable)?;
    // libpq's rule: a key that belongs to root may be readable by its group, which is how secrets are mounted.
    let forbidden = if metadata.uid() == 0 { 0o037 } else { 0o077 };
    if metadata.mode() & forbidden != 0 {
        let problem = "is open to others: set its mode to 0600, or to 0640 if it belongs to root";
        return Err(unusable("sslkey", path, problem));
    }
    let mut pem = Vec::new();
    file.read_to_end(&mut pem).map_err(unreadable)?;
    PrivateKeyDer::from_pem_slice(&pem)
        .map_err(|_| unusable("sslkey", path, "has no readable PEM private key (encrypted keys are not supported)"))
}

fn unreadable(parameter: &'static str, path: &Path, source: io::Error) -> TlsError {
    TlsError::Unreadable { parameter, path: path.to_path_buf(), source }
}

fn unusable(parameter: &'static str, path: &Path, problem: &'static str) -> TlsError {
    TlsError::Unusable { parameter, path: path.to_path_buf(), problem }
}
