//! TLS: whose certificates are trusted, and for which host.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::sync::Arc;
use std::thread;

use claimsmith::issuers::fetch::{Authorities, FetchError, FetchFault, Leave, TlsFault};
use rustls::pki_types::{CertificateDer, PrivatePkcs8KeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};

use super::authority::{Authority, EXPIRED, Issued, VALID, pem};
use super::names::Names;
use super::{PATIENT, fetcher, get};

const HOST: &str = "login.example";

/// Serves one connection with this certificate, and returns its port.
fn serve_once(shown: &Issued) -> u16 {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let chain = vec![CertificateDer::from(shown.certificate.clone())];
    let key = PrivatePkcs8KeyDer::from(shown.key.clone()).into();
    let builder = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let config = Arc::new(builder.with_no_client_auth().with_single_cert(chain, key).unwrap());
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        let (stream, _) = listener.accept().unwrap();
        let mut stream = StreamOwned::new(ServerConnection::new(config).unwrap(), stream);
        // A client that does not like the certificate hangs up here.
        if stream.read(&mut [0; 4096]).is_ok() {
            drop(stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\n{}"));
        }
    });
    port
}

fn inside(authority: Option<&Authority>) -> Leave {
    let trust = |authority: &Authority| {
        Arc::new(Authorities::from_pem(pem("CERTIFICATE", &authority.own.certificate).as_bytes()).unwrap())
    };
    Leave { private_addresses: true, ca: authority.map(trust), ..Leave::default() }
}

async fn outcome(port: u16, leave: &Leave) -> Result<(), FetchError> {
    let fetcher = fetcher(PATIENT, Names::to(&["127.0.0.1"]));
    get(&fetcher, &format!("https://{HOST}:{port}/keys"), leave).await.map(|_| ())
}

fn refused(fault: TlsFault) -> Result<(), FetchError> {
    Err(FetchFault::Tls(fault).into())
}

#[actix_rt::test]
async fn an_entry_trusts_its_own_authority_and_no_other() {
    let (ours, foreign) = (Authority::new("ours", VALID), Authority::new("foreign", VALID));
    let impostor = Authority::new("ours", VALID);
    assert_eq!(outcome(serve_once(&ours.issue(HOST, VALID)), &inside(Some(&ours))).await, Ok(()));
    for other in [&foreign, &impostor] {
        let port = serve_once(&other.issue(HOST, VALID));
        assert_eq!(outcome(port, &inside(Some(&ours))).await, refused(TlsFault::Untrusted));
    }
}

#[actix_rt::test]
async fn what_one_entry_trusts_is_nothing_to_the_next() {
    let (ours, theirs) = (Authority::new("ours", VALID), Authority::new("theirs", VALID));
    let fetcher = fetcher(PATIENT, Names::to(&["127.0.0.1"]));
    for (leave, trusted) in [(inside(Some(&ours)), true), (inside(Some(&theirs)), false), (inside(Some(&ours)), true)] {
        let url = format!("https://{HOST}:{}/keys", serve_once(&ours.issue(HOST, VALID)));
        assert_eq!(get(&fetcher, &url, &leave).await.is_ok(), trusted);
    }
}

#[actix_rt::test]
async fn without_an_authority_of_its_own_an_entry_trusts_those_of_the_system() {
    let ours = Authority::new("ours", VALID);
    let outcome = outcome(serve_once(&ours.issue(HOST, VALID)), &inside(None)).await;
    // A machine without any is told apart, and trusts nobody either.
    assert!([refused(TlsFault::Untrusted), refused(TlsFault::NoRoots)].contains(&outcome), "{outcome:?}");
}

#[actix_rt::test]
async fn a_certificate_for_another_host_is_refused() {
    let ours = Authority::new("ours", VALID);
    for name in ["other.example", "login.example.evil.example", "*.login.example"] {
        let port = serve_once(&ours.issue(name, VALID));
        assert_eq!(outcome(port, &inside(Some(&ours))).await, refused(TlsFault::WrongName), "{name}");
    }
}

#[actix_rt::test]
async fn a_certificate_that_has_expired_is_refused() {
    let ours = Authority::new("ours", VALID);
    let port = serve_once(&ours.issue(HOST, EXPIRED));
    assert_eq!(outcome(port, &inside(Some(&ours))).await, refused(TlsFault::Dates));
}

#[actix_rt::test]
async fn a_listener_that_does_not_speak_tls_is_told_apart() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        drop(stream.read(&mut [0; 4096]));
        drop(stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n"));
    });
    let ours = Authority::new("ours", VALID);
    assert_eq!(outcome(port, &inside(Some(&ours))).await, refused(TlsFault::Handshake));
}
