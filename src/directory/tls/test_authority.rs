//! A certificate authority for tests: just enough X.509 (RFC 5280) to issue what they need, with any dates.

use std::fmt::Write as _;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair as _};

/// Not before and not after, as `UTCTime`.
pub(super) type Dates = [&'static str; 2];
pub(super) const VALID: Dates = ["200101000000Z", "490101000000Z"];
pub(super) const EXPIRED: Dates = ["200101000000Z", "200102000000Z"];

const ECDSA_WITH_SHA256: &[u8] = b"\x30\x0a\x06\x08\x2a\x86\x48\xce\x3d\x04\x03\x02";
const P256_KEY: &[u8] = b"\x30\x13\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07";
const COMMON_NAME: &[u8] = b"\x06\x03\x55\x04\x03";
/// `basicConstraints`, critical, `cA = TRUE`.
const IS_AUTHORITY: &[u8] = b"\x30\x0f\x06\x03\x55\x1d\x13\x01\x01\xff\x04\x05\x30\x03\x01\x01\xff";
const ALTERNATIVE_NAME: &[u8] = b"\x06\x03\x55\x1d\x11";

/// A certificate and its key, both DER.
pub(super) struct Issued {
    pub(super) certificate: Vec<u8>,
    pub(super) key: Vec<u8>,
}

/// Issues certificates under one self-signed certificate.
pub(super) struct Authority {
    name: &'static str,
    pub(super) own: Issued,
}

impl Authority {
    pub(super) fn new(name: &'static str, dates: Dates) -> Self {
        let key = fresh_key();
        let certificate = certificate(name, &key, name, &key, dates, IS_AUTHORITY);
        Self { name, own: Issued { certificate, key } }
    }

    pub(super) fn issue(&self, host: &str, dates: Dates) -> Issued {
        let key = fresh_key();
        let names = tlv(0x30, &[&tlv(0x82, &[host.as_bytes()])]);
        let extension = tlv(0x30, &[ALTERNATIVE_NAME, &tlv(0x04, &[&names])]);
        Issued { certificate: certificate(self.name, &self.own.key, host, &key, dates, &extension), key }
    }
}

fn certificate(issuer: &str, issuer_key: &[u8], subject: &str, key: &[u8], dates: Dates, extension: &[u8]) -> Vec<u8> {
    let body = tlv(
        0x30,
        &[
            b"\xa0\x03\x02\x01\x02\x02\x01\x01", // version 3, serial number 1
            ECDSA_WITH_SHA256,
            &name(issuer),
            &tlv(0x30, &[&tlv(0x17, &[dates[0].as_bytes()]), &tlv(0x17, &[dates[1].as_bytes()])]),
            &name(subject),
            &tlv(0x30, &[P256_KEY, &tlv(0x03, &[&[0], key_pair(key).public_key().as_ref()])]),
            &tlv(0xa3, &[&tlv(0x30, &[extension])]),
        ],
    );
    let signature = key_pair(issuer_key).sign(&SystemRandom::new(), &body).unwrap();
    tlv(0x30, &[&body, ECDSA_WITH_SHA256, &tlv(0x03, &[&[0], signature.as_ref()])])
}

fn name(common: &str) -> Vec<u8> {
    tlv(0x30, &[&tlv(0x31, &[&tlv(0x30, &[COMMON_NAME, &tlv(0x0c, &[common.as_bytes()])])])])
}

fn fresh_key() -> Vec<u8> {
    EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, &SystemRandom::new()).unwrap().as_ref().to_vec()
}

fn key_pair(pkcs8: &[u8]) -> EcdsaKeyPair {
    EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, pkcs8).unwrap()
}

fn tlv(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let content = parts.concat();
    let [high, low] = u16::try_from(content.len()).unwrap().to_be_bytes();
    let length = match (high, low) {
        (0, 0..0x80) => vec![low],
        (0, _) => vec![0x81, low],
        _ => vec![0x82, high, low],
    };
    [&[tag], length.as_slice(), &content].concat()
}

/// RFC 7468, with the whole of the base64 on one line.
pub(super) fn pem(label: &str, der: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = format!("-----BEGIN {label}-----\n");
    for chunk in der.chunks(3) {
        let bits = chunk.iter().fold(0_usize, |bits, byte| bits << 8 | usize::from(*byte)) << (8 * (3 - chunk.len()));
        for digit in 0..4 {
            let symbol = if digit <= chunk.len() { ALPHABET[bits >> (18 - 6 * digit) & 63] } else { b'=' };
            text.push(char::from(symbol));
        }
    }
    write!(text, "\n-----END {label}-----\n").unwrap();
    text
}
