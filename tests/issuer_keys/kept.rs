//! Keys that outlive the process.

use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use claimsmith::issuers::KeyState;
use serde_json::json;

use super::stage::{Leaping, Stage, policy, slot, slot_with};
use crate::support::identity_provider::{Algorithm, Endpoint, IdentityProvider};
use crate::support::wait::until;

/// A directory of a test's own, gone with it.
struct Directory(PathBuf);

impl Directory {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("claimsmith-keys-{name}-{}", std::process::id()));
        Self(path)
    }

    fn files(&self) -> Vec<PathBuf> {
        std::fs::read_dir(&self.0).unwrap().map(|entry| entry.unwrap().path()).collect()
    }

    /// The only file, when it has been written whole.
    async fn file(&self) -> PathBuf {
        until("the keys are kept", || async {
            let files = self.files();
            files.first().filter(|file| files.len() == 1 && file.extension().is_none()).cloned()
        })
        .await
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

#[actix_rt::test]
async fn a_restart_during_an_outage_goes_unnoticed() {
    let (mut provider, directory) = (IdentityProvider::start().await, Directory::new("restart"));
    let issuer = provider.issuer("one");
    let clock = Leaping::shared();
    let stage = Stage::with(policy(), Arc::clone(&clock), Some(&directory.0));
    stage.taken_up(&issuer).await;
    let file = directory.file().await;
    assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    stage.end().await;
    provider.stop().await;

    clock.leap(Duration::from_hours(23));
    let stage = Stage::with(policy(), Arc::clone(&clock), Some(&directory.0));
    let slot = stage.taken_up(&issuer).await;
    assert_eq!(stage.state(&slot), KeyState::Stale);
    clock.leap(Duration::from_hours(1));
    assert_eq!(stage.state(&slot), KeyState::Expired, "the outage began before the restart");
    stage.end().await;
}

#[actix_rt::test]
async fn kept_keys_that_are_too_old_or_for_another_source_or_damaged_are_left_alone() {
    let (mut provider, directory) = (IdentityProvider::start().await, Directory::new("foreign"));
    let issuer = provider.issuer("one");
    let clock = Leaping::shared();
    let stage = Stage::with(policy(), Arc::clone(&clock), Some(&directory.0));
    stage.taken_up(&issuer).await;
    let file = directory.file().await;
    stage.end().await;
    provider.stop().await;

    let elsewhere = slot_with("a", &issuer, &json!({"jwks_uri": format!("{}/other", issuer.iss)}));
    let stage = Stage::with(policy(), Arc::clone(&clock), Some(&directory.0));
    stage.follow(&[&elsewhere]).await;
    until("a fetch has failed", || async { (stage.fetches("connect") > 2).then_some(()) }).await;
    assert_eq!(stage.state(&elsewhere), KeyState::Cold);
    stage.end().await;

    let good = std::fs::read(&file).unwrap();
    std::fs::write(&file, &good[..good.len() - 9]).unwrap();
    assert_stays_cold(&directory, &clock, &slot("a", &issuer)).await;
    std::fs::write(&file, &good).unwrap();
    clock.leap(Duration::from_hours(25));
    assert_stays_cold(&directory, &clock, &slot("a", &issuer)).await;
}

async fn assert_stays_cold(directory: &Directory, clock: &Arc<Leaping>, slot: &Arc<claimsmith::issuers::KeySlot>) {
    let stage = Stage::with(policy(), Arc::clone(clock), Some(&directory.0));
    stage.follow(&[slot]).await;
    until("a fetch has failed", || async { (stage.fetches("connect") > 2).then_some(()) }).await;
    assert_eq!(stage.state(slot), KeyState::Cold);
    stage.end().await;
}

#[actix_rt::test]
async fn what_the_issuer_confirms_is_as_good_as_new_on_disk_too() {
    let (mut provider, directory) = (IdentityProvider::start().await, Directory::new("confirmed"));
    let issuer = provider.issuer("one");
    issuer.sends_etag();
    let clock = Leaping::shared();
    let stage = Stage::with(policy(), Arc::clone(&clock), Some(&directory.0));
    let slot = stage.taken_up(&issuer).await;
    let file = directory.file().await;
    let before = std::fs::read(&file).unwrap();
    clock.leap(Duration::from_hours(20));
    stage.refreshed(&slot, "unchanged").await;
    until("it is written", || async { (std::fs::read(&file).ok()? != before).then_some(()) }).await;
    stage.end().await;
    provider.stop().await;

    clock.leap(Duration::from_hours(20));
    let stage = Stage::with(policy(), Arc::clone(&clock), Some(&directory.0));
    stage.taken_up(&issuer).await;
    stage.end().await;
}

#[actix_rt::test]
async fn kept_keys_do_not_outlive_their_entry() {
    let (provider, directory) = (IdentityProvider::start().await, Directory::new("gone"));
    let issuer = provider.issuer("one");
    let stage = Stage::with(policy(), Leaping::shared(), Some(&directory.0));
    stage.taken_up(&issuer).await;
    directory.file().await;
    stage.follow(&[]).await;
    until("the file is gone", || async { directory.files().is_empty().then_some(()) }).await;
    stage.end().await;
}

#[actix_rt::test]
async fn a_new_set_replaces_the_one_that_came_from_disk() {
    let (provider, directory) = (IdentityProvider::start().await, Directory::new("newer"));
    let issuer = provider.issuer("one");
    let stage = Stage::with(policy(), Leaping::shared(), Some(&directory.0));
    stage.taken_up(&issuer).await;
    directory.file().await;
    stage.end().await;

    let old = issuer.key();
    let new = issuer.replace(Algorithm::Es256);
    let stage = Stage::with(policy(), Leaping::shared(), Some(&directory.0));
    let slot = slot("a", &issuer);
    stage.follow(&[&slot]).await;
    stage.find_in_time(&slot, &new.kid).await;
    assert!(!stage.has(&slot, &old.kid), "sets are never merged");
    assert_eq!(issuer.asked(Endpoint::Keys), 2);
    stage.end().await;
}
