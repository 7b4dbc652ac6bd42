//! A token in the making: a good one, of which a test changes one thing before it is signed.

use claimsmith::jose::base64url::encode;
use serde_json::Value;

use super::signer::Signer;

/// A header, a payload, and who signs.
#[derive(Clone)]
pub(crate) struct Draft {
    pub(crate) header: Value,
    pub(crate) claims: Value,
    pub(crate) signer: &'static Signer,
}

impl Draft {
    pub(crate) fn header(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.header[name] = value.into();
        self
    }

    pub(crate) fn without_header(mut self, name: &str) -> Self {
        self.header.as_object_mut().unwrap().remove(name).unwrap();
        self
    }

    pub(crate) fn claim(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.claims[name] = value.into();
        self
    }

    /// The claim's value is this JSON text, which `serde_json` might not be able to hold.
    pub(crate) fn raw_claim(&self, name: &str, json: &str) -> String {
        const PLACE: &str = "\"here it stands\"";
        let payload = self.clone().claim(name, "here it stands").claims.to_string();
        self.raw_payload(payload.replace(PLACE, json).as_bytes())
    }

    pub(crate) fn without(mut self, name: &str) -> Self {
        self.claims.as_object_mut().unwrap().remove(name).unwrap();
        self
    }

    /// The claim under another name.
    pub(crate) fn renamed(self, name: &str, other: &str) -> Self {
        let value = self.claims[name].clone();
        self.without(name).claim(other, value)
    }

    pub(crate) fn signer(mut self, signer: &'static Signer) -> Self {
        self.signer = signer;
        self
    }

    pub(crate) fn sign(&self) -> String {
        let payload = self.claims.to_string();
        self.raw_payload(payload.as_bytes())
    }

    /// Signed by whatever makes signatures.
    pub(crate) fn sign_by(&self, signature: impl Fn(&[u8]) -> Vec<u8>) -> String {
        let input = self.signing_input();
        format!("{input}.{}", encode(&signature(input.as_bytes())))
    }

    /// The payload is these bytes.
    pub(crate) fn raw_payload(&self, payload: &[u8]) -> String {
        self.parts(&encode(self.header.to_string().as_bytes()), &encode(payload))
    }

    /// The header is these bytes.
    pub(crate) fn raw_header(&self, header: &[u8]) -> String {
        self.parts(&encode(header), &encode(self.claims.to_string().as_bytes()))
    }

    /// The first two parts are these texts, signed as they stand.
    pub(crate) fn parts(&self, header: &str, payload: &str) -> String {
        let input = format!("{header}.{payload}");
        format!("{input}.{}", encode(&self.signer.sign(input.as_bytes())))
    }

    pub(crate) fn signing_input(&self) -> String {
        format!("{}.{}", encode(self.header.to_string().as_bytes()), encode(self.claims.to_string().as_bytes()))
    }
}
