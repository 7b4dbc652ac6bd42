//! How much of a server's certificate is verified.
//!
//! rustls verifies chain and name together. `sslmode=require` wants neither and `verify-ca` only the chain, hence the
//! verifiers here. The proof that the server owns the key is never left out.

use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{WebPkiServerVerifier, verify_server_cert_signed_by_trust_anchor};
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{CertificateError, DigitallySignedStruct, Error, RootCertStore, SignatureScheme};

/// What to verify besides the possession of the key.
#[derive(Debug)]
pub(super) enum ServerCheck {
    /// Nothing.
    KeyOnly,
    /// The issuer and the dates.
    Chain(RootCertStore),
    /// The issuer, the dates and the name.
    ChainAndName(RootCertStore),
}

pub(super) fn verifier(
    check: ServerCheck,
    provider: Arc<CryptoProvider>,
) -> Result<Arc<dyn ServerCertVerifier>, super::TlsError> {
    match check {
        ServerCheck::KeyOnly => Ok(Arc::new(WithoutName { roots: None, provider })),
        ServerCheck::Chain(roots) => Ok(Arc::new(WithoutName { roots: Some(roots), provider })),
        ServerCheck::ChainAndName(roots) => {
            let built = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider).build();
            // The builder fails only without roots.
            built.map(|verifier| verifier as Arc<dyn ServerCertVerifier>).map_err(|_| super::TlsError::NoRoots)
        }
    }
}

/// Whether `certificate` may serve as a root at `now`. webpki ignores the dates of roots; libpq does not.
///
/// webpki checks the dates first, so any other complaint about a certificate that is no server's means they are right.
pub(super) fn is_current(certificate: &CertificateDer<'_>, provider: &CryptoProvider, now: UnixTime) -> bool {
    let algorithms = provider.signature_verification_algorithms.all;
    let verified = ParsedCertificate::try_from(certificate).and_then(|parsed| {
        verify_server_cert_signed_by_trust_anchor(&parsed, &RootCertStore::empty(), &[], now, algorithms)
    });
    !matches!(
        verified,
        Err(Error::InvalidCertificate(
            CertificateError::Expired
                | CertificateError::ExpiredContext { .. }
                | CertificateError::NotValidYet
                | CertificateError::NotValidYetContext { .. }
        ))
    )
}

/// Ignores the name and, without roots, the chain.
#[derive(Debug)]
struct WithoutName {
    roots: Option<RootCertStore>,
    provider: Arc<CryptoProvider>,
}

impl ServerCertVerifier for WithoutName {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        if let Some(roots) = &self.roots {
            let parsed = ParsedCertificate::try_from(end_entity)?;
            let algorithms = self.provider.signature_verification_algorithms.all;
            verify_server_cert_signed_by_trust_anchor(&parsed, roots, intermediates, now, algorithms)?;
        }
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, cert, dss, &self.provider.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, cert, dss, &self.provider.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}
