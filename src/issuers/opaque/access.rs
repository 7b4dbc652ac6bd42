//! What an entry gets from the operator's configuration and from nowhere else: credentials, and where it may be reached.

use crate::config::{IssuerGrant, SecretSource};
use crate::issuers::fetch::{Leave, LeaveError};

/// Who we are to an issuer.
#[derive(Clone, Debug)]
pub struct Credentials {
    /// The client or application as which we ask.
    pub client_id: Box<str>,
    /// Its secret.
    pub secret: SecretSource,
}

/// What the operator gives an entry: nobody else can.
#[derive(Clone, Debug, Default)]
pub struct Access {
    /// Who we are to the issuer.
    pub credentials: Option<Credentials>,
    /// Where it may be reached.
    pub leave: Leave,
}

impl Access {
    /// What the configuration grants. Reads the file of certificates; blocking.
    pub fn load(granted: &IssuerGrant, plaintext: bool) -> Result<Self, LeaveError> {
        let IssuerGrant { client_id, client_secret, .. } = granted;
        let credentials = client_id
            .as_deref()
            .zip(client_secret.as_ref())
            .map(|(client_id, secret)| Credentials { client_id: client_id.into(), secret: secret.clone() });
        Ok(Self { credentials, leave: Leave::load(granted, plaintext)? })
    }
}
