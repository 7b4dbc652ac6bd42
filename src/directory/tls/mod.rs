//! Encryption of database connections: one rustls configuration per `sslmode`, after
//! <https://www.postgresql.org/docs/current/libpq-ssl.html>.
//!
//! | sslmode | encrypted | chain verified | name verified |
//! | --- | --- | --- | --- |
//! | `disable` | no | | |
//! | `allow`, `prefer` | if the server offers it | no | no |
//! | `require` | yes | if there is a root file, as `verify-ca` | no |
//! | `verify-ca` | yes | yes | no |
//! | `verify-full` | yes | yes | yes |
//!
//! Whatever the mode, the server must prove that it owns the key of the certificate it shows. The crypto provider is
//! given explicitly, so no process-wide default can change it.
//!
//! Stricter than libpq: names must be in `subjectAltName` (a bare common name is not looked at), certificates must be
//! X.509 v3, a `prefer` handshake that fails is not repeated in plain text, and named files must exist.
//!
//! Deliberately absent: revocation lists (`sslcrl`), encrypted private keys (`sslpassword`), and any cache. Files are
//! read for each connection, so that a rotated certificate is used by the next one.

mod files;
#[cfg(test)]
mod test_authority;
mod verification;

use std::path::PathBuf;
use std::sync::Arc;

use rustls::ClientConfig;
use rustls::crypto::{CryptoProvider, aws_lc_rs};
use rustls::pki_types::UnixTime;
use tokio_postgres::config::SslNegotiation;
use tokio_postgres_rustls::MakeRustlsConnect;

use self::verification::ServerCheck;

/// The modes of libpq's `sslmode`; `allow` is read as [`SslMode::Prefer`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum SslMode {
    /// Plain text.
    Disable,
    /// Encrypted if the server offers it. No protection against an active attacker.
    Prefer,
    /// Encrypted, or no connection.
    Require,
    /// As `Require`, and the certificate was issued by a trusted authority.
    VerifyCa,
    /// As `VerifyCa`, and the certificate is for the host that was asked for.
    VerifyFull,
}

impl SslMode {
    /// Whether a connection is encrypted or fails.
    pub(super) const fn encrypts(self) -> bool {
        matches!(self, Self::Require | Self::VerifyCa | Self::VerifyFull)
    }

    /// What is left for tokio-postgres to decide: the certificate is not its business.
    pub(super) const fn negotiated(self) -> tokio_postgres::config::SslMode {
        match self {
            Self::Disable => tokio_postgres::config::SslMode::Disable,
            Self::Prefer => tokio_postgres::config::SslMode::Prefer,
            Self::Require | Self::VerifyCa | Self::VerifyFull => tokio_postgres::config::SslMode::Require,
        }
    }
}

/// Whom to trust: libpq's `sslrootcert`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum RootCertificates {
    /// Not given: `~/.postgresql/root.crt`, if it exists.
    Default,
    /// A PEM file of certificates.
    File(PathBuf),
    /// The authorities that the operating system trusts.
    System,
}

/// Who we are: libpq's `sslcert` and `sslkey`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum ClientCertificate {
    /// Not given: `~/.postgresql/postgresql.crt` and `postgresql.key`, if the first exists.
    Default,
    /// Two PEM files.
    Files {
        /// The certificate, followed by those of its issuers.
        certificate: PathBuf,
        /// Its private key.
        key: PathBuf,
    },
}

/// Everything that a connection string says about encryption.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct TlsSettings {
    /// `sslmode`.
    pub mode: SslMode,
    /// `sslnegotiation`: whether to ask for TLS or to begin with it (PostgreSQL 17 and later).
    pub negotiation: SslNegotiation,
    /// `sslrootcert`.
    pub roots: RootCertificates,
    /// `sslcert` and `sslkey`.
    pub client_certificate: ClientCertificate,
    /// Where libpq's default files are looked for.
    pub home: Option<PathBuf>,
}

/// Why no TLS configuration could be made. The file is named, its content is not.
#[derive(Debug, thiserror::Error)]
pub(super) enum TlsError {
    /// A file that is needed cannot be read.
    #[error("{parameter}: {path} cannot be read")]
    Unreadable {
        /// The libpq parameter that names the file.
        parameter: &'static str,
        /// The file.
        path: PathBuf,
        /// What the operating system said.
        #[source]
        source: std::io::Error,
    },
    /// A file does not hold what it should.
    #[error("{parameter}: {path} {problem}")]
    Unusable {
        /// The libpq parameter that names the file.
        parameter: &'static str,
        /// The file.
        path: PathBuf,
        /// What is wrong, and what to do.
        problem: &'static str,
    },
    /// `verify-ca` or `verify-full` without anybody to trust.
    #[error(
        "sslrootcert is missing: sslmode verify-ca and verify-full need a file of trusted certificates \
         (the default, ~/.postgresql/root.crt, does not exist), or sslrootcert=system"
    )]
    NoRoots,
    /// The operating system trusts nobody.
    #[error(
        "sslrootcert=system: the operating system has no trusted certificates: install its ca-certificates package"
    )]
    NoSystemRoots,
    /// rustls refused the certificates or keys.
    #[error("the certificates for the database connection cannot be used")]
    Refused(#[source] rustls::Error),
}

impl From<rustls::Error> for TlsError {
    fn from(error: rustls::Error) -> Self {
        Self::Refused(error)
    }
}

/// Reads the files that `settings` name and makes the connector. Blocks on the file system.
pub(super) fn connector(settings: &TlsSettings) -> Result<MakeRustlsConnect, TlsError> {
    Ok(MakeRustlsConnect::new(client_config(settings, UnixTime::now())?))
}

fn client_config(settings: &TlsSettings, now: UnixTime) -> Result<ClientConfig, TlsError> {
    let provider = Arc::new(aws_lc_rs::default_provider());
    let check = server_check(settings, &provider, now)?;
    let builder = ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()?
        .dangerous()
        .with_custom_certificate_verifier(verification::verifier(check, provider)?);
    let identity = match settings.mode {
        SslMode::Disable => None,
        _ => files::client_identity(settings)?,
    };
    let mut config = match identity {
        Some((chain, key)) => builder.with_client_auth_cert(chain, key)?,
        None => builder.with_no_client_auth(),
    };
    if settings.negotiation == SslNegotiation::Direct {
        // A server that is spoken to without the PostgreSQL preamble learns the protocol from here.
        config.alpn_protocols = vec![b"postgresql".to_vec()];
    }
    Ok(config)
}

fn server_check(settings: &TlsSettings, provider: &CryptoProvider, now: UnixTime) -> Result<ServerCheck, TlsError> {
    if !settings.mode.encrypts() {
        return Ok(ServerCheck::KeyOnly);
    }
    let roots = files::roots(settings, provider, now)?;
    match (settings.mode, roots) {
        (SslMode::VerifyFull, Some(roots)) => Ok(ServerCheck::ChainAndName(roots)),
        (SslMode::VerifyFull | SslMode::VerifyCa, None) => Err(TlsError::NoRoots),
        (_, Some(roots)) => Ok(ServerCheck::Chain(roots)),
        (_, None) => Ok(ServerCheck::KeyOnly),
    }
}

#[cfg(test)]
mod tests {
    use super::test_authority::{Authority, EXPIRED, Issued, VALID, pem};
    use super::*;
    use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer, ServerName};
    use rustls::server::WebPkiClientVerifier;
    use rustls::sign::{CertifiedKey, SingleCertAndKey};
    use rustls::{CertificateError, ClientConnection, RootCertStore, ServerConfig, ServerConnection};
    use std::fs;
    use std::os::unix::fs::PermissionsExt as _;
    use std::path::Path;
    use std::sync::atomic::{AtomicU32, Ordering};

    const HOST: &str = "db.example";

    /// A home directory that is removed at the end of the test.
    struct Home(PathBuf);

    impl Home {
        fn new() -> Self {
            static NEXT: AtomicU32 = AtomicU32::new(0);
            let name = format!("claimsmith-tls-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
            let path = std::env::temp_dir().join(name);
            fs::create_dir_all(path.join(".postgresql")).unwrap();
            Self(path)
        }

        fn file(&self, name: &str, content: &str) -> PathBuf {
            let path = self.0.join(name);
            fs::write(&path, content).unwrap();
            fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
            path
        }

        fn trust(&self, authorities: &[&Authority]) -> RootCertificates {
            let pems = authorities.iter().map(|authority| pem("CERTIFICATE", &authority.own.certificate));
            RootCertificates::File(self.file("ca.pem", &pems.collect::<String>()))
        }
    }

    impl Drop for Home {
        fn drop(&mut self) {
            drop(fs::remove_dir_all(&self.0));
        }
    }

    fn settings(mode: SslMode, roots: RootCertificates, home: &Path) -> TlsSettings {
        TlsSettings {
            mode,
            negotiation: SslNegotiation::Postgres,
            roots,
            client_certificate: ClientCertificate::Default,
            home: Some(home.to_path_buf()),
        }
    }

    fn key(issued: &Issued) -> PrivateKeyDer<'static> {
        PrivatePkcs8KeyDer::from(issued.key.clone()).into()
    }

    fn chain(issued: &Issued) -> Vec<CertificateDer<'static>> {
        vec![CertificateDer::from(issued.certificate.clone())]
    }

    /// A server that shows `certificate` and signs with `signing_key`.
    fn server(certificate: &Issued, signing_key: &Issued, clients: Option<&Authority>) -> ServerConfig {
        let provider = Arc::new(aws_lc_rs::default_provider());
        let signer = provider.key_provider.load_private_key(key(signing_key)).unwrap();
        let builder =
            ServerConfig::builder_with_provider(Arc::clone(&provider)).with_safe_default_protocol_versions().unwrap();
        let builder = match clients {
            None => builder.with_no_client_auth(),
            Some(authority) => {
                let mut roots = RootCertStore::empty();
                roots.add(CertificateDer::from(authority.own.certificate.clone())).unwrap();
                let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider).build().unwrap();
                builder.with_client_cert_verifier(verifier)
            }
        };
        builder.with_cert_resolver(Arc::new(SingleCertAndKey::from(CertifiedKey::new(chain(certificate), signer))))
    }

    /// Shakes hands in memory; the error is that of whoever gave up first.
    fn shake_hands(client: ClientConfig, server: ServerConfig) -> Result<(), rustls::Error> {
        let mut client = ClientConnection::new(Arc::new(client), ServerName::try_from(HOST).unwrap())?;
        let mut server = ServerConnection::new(Arc::new(server))?;
        for _ in 0..8 {
            let mut wire = Vec::new();
            while client.wants_write() {
                client.write_tls(&mut wire).unwrap();
            }
            server.read_tls(&mut wire.as_slice()).unwrap();
            server.process_new_packets()?;
            wire.clear();
            while server.wants_write() {
                server.write_tls(&mut wire).unwrap();
            }
            client.read_tls(&mut wire.as_slice()).unwrap();
            client.process_new_packets()?;
        }
        assert!(!client.is_handshaking() && !server.is_handshaking());
        Ok(())
    }

    fn outcome(settings: &TlsSettings, shown: &Issued) -> Result<(), CertificateError> {
        let client = client_config(settings, UnixTime::now()).unwrap();
        match shake_hands(client, server(shown, shown, None)) {
            Ok(()) => Ok(()),
            Err(rustls::Error::InvalidCertificate(reason)) => Err(reason),
            Err(other) => panic!("not about the certificate: {other}"),
        }
    }

    #[test]
    fn each_mode_verifies_what_libpq_says_it_does() {
        let (home, ours, foreign) = (Home::new(), Authority::new("ours", VALID), Authority::new("foreign", VALID));
        let good = ours.issue(HOST, VALID);
        let wrong_issuer = foreign.issue(HOST, VALID);
        let wrong_name = ours.issue("other.example", VALID);
        let expired = ours.issue(HOST, EXPIRED);
        let accepted = |mode, roots: &RootCertificates| {
            let settings = settings(mode, roots.clone(), &home.0);
            [&good, &wrong_issuer, &wrong_name, &expired].map(|shown| outcome(&settings, shown).is_ok())
        };
        let ours = home.trust(&[&ours]);
        assert_eq!(accepted(SslMode::Prefer, &ours), [true, true, true, true]);
        assert_eq!(accepted(SslMode::Require, &RootCertificates::Default), [true, true, true, true]);
        assert_eq!(accepted(SslMode::Require, &ours), [true, false, true, false], "a root file makes it verify-ca");
        assert_eq!(accepted(SslMode::VerifyCa, &ours), [true, false, true, false]);
        assert_eq!(accepted(SslMode::VerifyFull, &ours), [true, false, false, false]);
        assert_eq!(accepted(SslMode::VerifyFull, &RootCertificates::System), [false; 4]);
    }

    #[test]
    fn a_server_without_the_key_of_its_certificate_is_refused_in_every_mode() {
        let (home, ours) = (Home::new(), Authority::new("ours", VALID));
        let (shown, stolen) = (ours.issue(HOST, VALID), ours.issue(HOST, VALID));
        for mode in [SslMode::Prefer, SslMode::Require, SslMode::VerifyCa, SslMode::VerifyFull] {
            let client = client_config(&settings(mode, home.trust(&[&ours]), &home.0), UnixTime::now()).unwrap();
            assert!(shake_hands(client, server(&shown, &stolen, None)).is_err(), "{mode:?}");
        }
    }

    #[test]
    fn an_expired_authority_is_no_authority() {
        let (home, old, new) = (Home::new(), Authority::new("old", EXPIRED), Authority::new("new", VALID));
        let only_old = settings(SslMode::VerifyCa, home.trust(&[&old]), &home.0);
        let refused = client_config(&only_old, UnixTime::now()).unwrap_err().to_string();
        assert!(refused.contains("expired"), "{refused}");

        let both = settings(SslMode::VerifyCa, home.trust(&[&old, &new]), &home.0);
        assert_eq!(outcome(&both, &new.issue(HOST, VALID)), Ok(()));
        assert!(outcome(&both, &old.issue(HOST, VALID)).is_err());
    }

    #[test]
    fn verification_without_anybody_to_trust_is_an_error_that_says_so() {
        let home = Home::new();
        for mode in [SslMode::VerifyCa, SslMode::VerifyFull] {
            let error =
                client_config(&settings(mode, RootCertificates::Default, &home.0), UnixTime::now()).unwrap_err();
            assert!(matches!(error, TlsError::NoRoots), "{error}");
        }
    }

    #[test]
    fn the_default_files_of_libpq_are_used() {
        let (home, ours, foreign) = (Home::new(), Authority::new("ours", VALID), Authority::new("foreign", VALID));
        home.file(".postgresql/root.crt", &pem("CERTIFICATE", &ours.own.certificate));
        for mode in [SslMode::Require, SslMode::VerifyFull] {
            let settings = settings(mode, RootCertificates::Default, &home.0);
            assert_eq!(outcome(&settings, &ours.issue(HOST, VALID)), Ok(()));
            assert!(outcome(&settings, &foreign.issue(HOST, VALID)).is_err());
        }
    }

    #[test]
    fn a_named_file_that_is_missing_or_empty_is_never_passed_over() {
        let home = Home::new();
        let missing = RootCertificates::File(home.0.join("none.pem"));
        let error = client_config(&settings(SslMode::Require, missing, &home.0), UnixTime::now()).unwrap_err();
        assert!(matches!(error, TlsError::Unreadable { parameter: "sslrootcert", .. }), "{error}");
        let empty = RootCertificates::File(home.file("empty.pem", "no certificate here"));
        let error = client_config(&settings(SslMode::Require, empty, &home.0), UnixTime::now()).unwrap_err();
        assert!(matches!(error, TlsError::Unusable { parameter: "sslrootcert", .. }), "{error}");
    }

    #[test]
    fn our_own_certificate_is_shown_to_a_server_that_asks() {
        let (home, ours) = (Home::new(), Authority::new("ours", VALID));
        let (server_identity, client_identity) = (ours.issue(HOST, VALID), ours.issue("claimsmith", VALID));
        let mut settings = settings(SslMode::VerifyFull, home.trust(&[&ours]), &home.0);
        let nobody = client_config(&settings, UnixTime::now()).unwrap();
        assert!(shake_hands(nobody, server(&server_identity, &server_identity, Some(&ours))).is_err());

        settings.client_certificate = ClientCertificate::Files {
            certificate: home.file("client.crt", &pem("CERTIFICATE", &client_identity.certificate)),
            key: home.file("client.key", &pem("PRIVATE KEY", &client_identity.key)),
        };
        let known = client_config(&settings, UnixTime::now()).unwrap();
        assert_eq!(shake_hands(known, server(&server_identity, &server_identity, Some(&ours))), Ok(()));
    }

    #[test]
    fn a_key_that_others_may_read_is_refused_and_never_quoted() {
        let (home, ours) = (Home::new(), Authority::new("ours", VALID));
        let mut settings = settings(SslMode::Require, RootCertificates::Default, &home.0);
        let (certificate, key) =
            (home.file("c.crt", &pem("CERTIFICATE", &ours.own.certificate)), home.file("c.key", "-----BEGIN hunter2"));
        settings.client_certificate = ClientCertificate::Files { certificate, key: key.clone() };
        let error = client_config(&settings, UnixTime::now()).unwrap_err();
        assert!(!format!("{error} {error:?}").contains("hunter2"));
        fs::set_permissions(&key, fs::Permissions::from_mode(0o644)).unwrap();
        let error = client_config(&settings, UnixTime::now()).unwrap_err().to_string();
        assert!(error.contains("0600"), "{error}");
    }

    #[test]
    fn direct_negotiation_announces_the_protocol() {
        let home = Home::new();
        let mut settings = settings(SslMode::Require, RootCertificates::Default, &home.0);
        settings.negotiation = SslNegotiation::Direct;
        assert_eq!(client_config(&settings, UnixTime::now()).unwrap().alpn_protocols, [b"postgresql".to_vec()]);
    }
}
