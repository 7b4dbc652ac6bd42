//! TLS to issuers: version 1.2 or newer, chain, dates and name verified, no certificate of our own.
//!
//! The crypto provider is given explicitly, so no process-wide default can change it.

use std::sync::Arc;

use rustls::crypto::aws_lc_rs;
use rustls::{ClientConfig, RootCertStore};

use super::error::TlsFault;

/// Whom the operating system trusts; empty if it trusts nobody. Blocks on the file system.
pub(super) fn system_roots() -> RootCertStore {
    let mut store = RootCertStore::empty();
    store.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    store
}

/// A configuration that trusts `roots` and nobody else.
pub(super) fn client_config(roots: RootCertStore) -> Result<ClientConfig, TlsFault> {
    if roots.is_empty() {
        return Err(TlsFault::NoRoots);
    }
    let builder = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|_| TlsFault::Handshake)?;
    Ok(builder.with_root_certificates(roots).with_no_client_auth())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_anybody_to_trust_there_is_no_configuration() {
        assert_eq!(client_config(RootCertStore::empty()).err(), Some(TlsFault::NoRoots));
    }
}
