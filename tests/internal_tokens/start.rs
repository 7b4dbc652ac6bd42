//! Without a key that can be used, the service does not start, and says what to do.

use std::error::Error;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use claimsmith::app::{App, StartError};
use claimsmith::clock::SystemClock;
use claimsmith::config::{Settings, SigningKeysAt};

use crate::support::exchange::{Scratch, new_pem, switched_on, write_keys};

fn refused(keys: SigningKeysAt) -> (bool, String) {
    let mut settings = Settings::with_database("postgres://localhost/nowhere");
    settings.http.bind.set_port(0);
    settings.ops.bind.set_port(0);
    settings.token = Some(switched_on(keys));
    let error: StartError = App::start(&settings, &SystemClock::shared()).err().unwrap();
    let mut said = error.to_string();
    let mut cause = error.source();
    while let Some(next) = cause {
        said = format!("{said}: {next}");
        cause = next.source();
    }
    (error.is_misconfiguration(), said)
}

#[actix_rt::test]
async fn a_key_that_is_missing_broken_or_open_to_others_is_told_before_a_port_is_bound() {
    let keys = Scratch::new();
    let told = |part: &str| {
        let (is_misconfiguration, said) = refused(SigningKeysAt::File(keys.0.clone()));
        assert!(is_misconfiguration && said.contains(part) && !said.contains("hunter2"), "{said}");
    };
    told("cannot be read");
    write_keys(&keys.0, &["hunter2"]);
    told("no readable PEM private key");
    write_keys(&keys.0, &["-----BEGIN EC PRIVATE KEY-----\naHVudGVyMg==\n-----END EC PRIVATE KEY-----\n"]);
    told("PKCS#8");
    write_keys(&keys.0, &[&new_pem()]);
    fs::set_permissions(&keys.0, fs::Permissions::from_mode(0o644)).unwrap();
    told("0600");
}

#[actix_rt::test]
async fn a_directory_that_others_can_look_into_is_refused() {
    let keys = Scratch::new();
    fs::create_dir(&keys.0).unwrap();
    fs::set_permissions(&keys.0, fs::Permissions::from_mode(0o755)).unwrap();
    let (is_misconfiguration, said) = refused(SigningKeysAt::Directory(keys.0.clone()));
    assert!(is_misconfiguration && said.contains("0700"), "{said}");
}
