use std::fs;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use super::*;
use crate::clock::ManualClock;
use crate::config::Secret;
use crate::issuance::fixture::Scratch;

const HOUR: Duration = Duration::from_hours(1);

fn settings(keys: SigningKeysAt) -> Token {
    Token {
        issuer: "https://claims.example.com".to_owned(),
        algorithm: SigningAlgorithm::Es256,
        lifetime: Duration::from_mins(5),
        keys,
        rotate_every: HOUR * 10,
        publish_ahead: HOUR,
    }
}

fn in_directory(scratch: &Scratch) -> Token {
    settings(SigningKeysAt::Directory(scratch.0.clone()))
}

fn open(settings: &Token, clock: &Arc<ManualClock>) -> Arc<SigningKeys> {
    SigningKeys::open(settings, Arc::clone(clock) as SharedClock).unwrap()
}

/// The names of the published keys with their roles, the one that signs first.
fn roles(keys: &SigningKeys) -> Vec<(String, Role)> {
    keys.current().keys().iter().map(|key| (key.key.kid().to_owned(), key.role)).collect()
}

fn signing(keys: &SigningKeys) -> String {
    keys.current().signing().kid().to_owned()
}

fn write(path: &Path, texts: &[&Secret], mode: u32) {
    use std::io::Write as _;
    let _ = fs::remove_file(path);
    let mut file = fs::OpenOptions::new().write(true).create_new(true).mode(mode).open(path).unwrap();
    for text in texts {
        file.write_all(text.expose().as_bytes()).unwrap();
    }
}

fn made() -> (String, Secret) {
    let (key, text) = SigningKey::make(SigningAlgorithm::EdDsa).unwrap();
    (key.kid().to_owned(), text)
}

#[test]
fn a_key_is_published_before_it_signs_and_after_it_has_signed() {
    let (scratch, clock) = (Scratch::new("rotates"), ManualClock::shared());
    let keys = open(&in_directory(&scratch), &clock);
    let first = signing(&keys);
    clock.advance(HOUR * 10);
    assert!(!keys.turn().rotated);
    let second = roles(&keys)[1].0.clone();
    assert_eq!(roles(&keys), [(first.clone(), Role::Signs), (second.clone(), Role::Waits)]);
    clock.advance(HOUR);
    assert!(keys.turn().rotated);
    assert_eq!(roles(&keys), [(second.clone(), Role::Signs), (first, Role::Retired)]);
    clock.advance(HOUR + Duration::from_mins(10));
    assert!(!keys.turn().rotated);
    assert_eq!(roles(&keys), [(second, Role::Signs)]);
    assert_eq!(fs::read_dir(&scratch.0).unwrap().count(), 1, "the file of the first has gone too");
}

#[test]
fn a_restart_changes_nothing() {
    let (scratch, clock) = (Scratch::new("restart"), ManualClock::shared());
    let before = roles(&open(&in_directory(&scratch), &clock));
    clock.advance(HOUR);
    assert_eq!(roles(&open(&in_directory(&scratch), &clock)), before);
}

#[test]
fn replicas_that_start_at_once_sign_with_one_key() {
    let (scratch, clock) = (Scratch::new("race"), ManualClock::shared());
    let settings = in_directory(&scratch);
    let all: Vec<_> = std::thread::scope(|scope| {
        let starting: Vec<_> = (0..8).map(|_| scope.spawn(|| open(&settings, &clock))).collect();
        starting.into_iter().map(|started| started.join().unwrap()).collect()
    });
    assert!(
        all.iter().all(|keys| roles(keys) == roles(&all[0])),
        "{:?}",
        all.iter().map(|k| roles(k)).collect::<Vec<_>>()
    );
    clock.advance(HOUR * 10);
    std::thread::scope(|scope| all.iter().for_each(|keys| drop(scope.spawn(|| keys.turn()))));
    for keys in &all {
        keys.turn();
    }
    assert_eq!(roles(&all[0]).len(), 2, "one key was made by all");
    assert!(all.iter().all(|keys| roles(keys) == roles(&all[0])));
}

#[test]
fn a_key_whose_file_vanishes_or_breaks_stays_in_force_and_is_told() {
    let (scratch, clock) = (Scratch::new("vanished"), ManualClock::shared());
    let keys = open(&in_directory(&scratch), &clock);
    let before = roles(&keys);
    let file = scratch.0.join("00000001.pem");
    let kept = fs::read(&file).unwrap();
    fs::write(&file, "hunter2").unwrap();
    let turn = keys.turn();
    assert_eq!((turn.broken.len(), turn.vanished.len(), roles(&keys)), (1, 1, before.clone()));
    fs::remove_file(&file).unwrap();
    let turn = keys.turn();
    assert_eq!((turn.broken.len(), turn.vanished.len(), roles(&keys)), (0, 1, before.clone()));
    fs::remove_dir_all(&scratch.0).unwrap();
    let turn = keys.turn();
    assert_eq!((turn.failures.len(), roles(&keys)), (1, before.clone()));
    fs::create_dir(&scratch.0).unwrap();
    fs::set_permissions(&scratch.0, std::os::unix::fs::PermissionsExt::from_mode(0o700)).unwrap();
    write(&file, &[&Secret::new(String::from_utf8(kept).unwrap())], 0o600);
    let turn = keys.turn();
    assert_eq!((turn.broken.len(), turn.vanished.len(), roles(&keys)), (0, 0, before));
}

#[test]
fn a_directory_that_was_emptied_is_begun_anew_and_replicas_that_hold_old_keys_follow() {
    let (scratch, clock) = (Scratch::new("emptied"), ManualClock::shared());
    let settings = in_directory(&scratch);
    let held = open(&settings, &clock);
    for _ in 0..3 {
        clock.advance(HOUR * 10);
        held.turn();
        clock.advance(HOUR * 3);
        held.turn();
    }
    let old = signing(&held);
    for file in fs::read_dir(&scratch.0).unwrap() {
        fs::remove_file(file.unwrap().path()).unwrap();
    }
    let restarted = open(&settings, &clock);
    let new = signing(&restarted);
    held.turn();
    assert_eq!(roles(&held), [(old.clone(), Role::Signs), (new.clone(), Role::Waits)]);
    assert!(scratch.0.join("00000001.pem").exists(), "the key that the other replica signs with");
    clock.advance(HOUR);
    assert!(held.turn().rotated);
    assert_eq!(roles(&held), [(new.clone(), Role::Signs), (old, Role::Retired)]);
    clock.advance(HOUR * 2);
    held.turn();
    restarted.turn();
    assert_eq!((roles(&held), roles(&restarted)), (vec![(new.clone(), Role::Signs)], vec![(new, Role::Signs)]));
    assert!(scratch.0.join("00000001.pem").exists());
}

#[test]
fn a_replica_whose_file_was_lost_goes_on_to_rotate() {
    let (scratch, clock) = (Scratch::new("lost"), ManualClock::shared());
    let keys = open(&in_directory(&scratch), &clock);
    clock.advance(HOUR * 10);
    keys.turn();
    clock.advance(HOUR * 3);
    keys.turn();
    let lost = signing(&keys);
    fs::remove_file(scratch.0.join("00000002.pem")).unwrap();
    clock.advance(HOUR * 7);
    keys.turn();
    let next = roles(&keys)[1].0.clone();
    assert_eq!(roles(&keys), [(lost.clone(), Role::Signs), (next.clone(), Role::Waits)]);
    assert!(scratch.0.join("00000003.pem").exists(), "its number is none that is in force");
    clock.advance(HOUR);
    assert!(keys.turn().rotated);
    assert_eq!(roles(&keys), [(next.clone(), Role::Signs), (lost, Role::Retired)]);
    clock.advance(HOUR * 2);
    keys.turn();
    assert_eq!(
        (roles(&keys), signing(&open(&in_directory(&scratch), &clock))),
        (vec![(next.clone(), Role::Signs)], next)
    );
}

#[test]
fn a_key_that_was_made_while_a_clock_was_ahead_waits_and_others_are_made_meanwhile() {
    let (scratch, clock) = (Scratch::new("ahead"), ManualClock::shared());
    let keys = open(&in_directory(&scratch), &clock);
    let first = signing(&keys);
    let ahead = ManualClock::shared();
    ahead.advance(HOUR * 10_000);
    open(&in_directory(&scratch), &ahead);
    clock.advance(HOUR * 10);
    keys.turn();
    assert_eq!(roles(&keys).iter().filter(|(_, role)| *role == Role::Waits).count(), 2);
    clock.advance(HOUR);
    assert!(keys.turn().rotated);
    assert_ne!(signing(&keys), first);
}

#[test]
fn without_a_usable_key_there_is_no_start() {
    let (scratch, clock) = (Scratch::new("no-start"), ManualClock::shared());
    let start = |settings: &Token| SigningKeys::open(settings, Arc::clone(&clock) as SharedClock).map(drop);
    let in_file = settings(SigningKeysAt::File(scratch.0.clone()));
    assert!(matches!(start(&in_file), Err(NoSigningKey::Store(StoreError::Io { .. }))));
    write(&scratch.0, &[&made().1], 0o644);
    assert!(matches!(start(&in_file), Err(NoSigningKey::Store(StoreError::Open { .. }))));
    write(&scratch.0, &[&Secret::new("hunter2")], 0o600);
    assert!(matches!(start(&in_file), Err(NoSigningKey::Store(StoreError::Content { .. }))));
    fs::remove_file(&scratch.0).unwrap();
    let in_directory = in_directory(&scratch);
    KeyDirectory::within(&scratch.0).unwrap();
    write(&scratch.0.join("00000001.pem"), &[&Secret::new("hunter2")], 0o600);
    assert!(matches!(start(&in_directory), Err(NoSigningKey::Store(StoreError::Undated { .. }))));
    assert_eq!(fs::read_dir(&scratch.0).unwrap().count(), 1, "nothing was made beside what is broken");
}

#[test]
fn the_first_key_of_a_file_signs_and_what_was_in_it_stays_for_as_long_as_its_tokens() {
    let (scratch, clock) = (Scratch::new("file"), ManualClock::shared());
    let (old, next) = (made(), made());
    write(&scratch.0, &[&old.1], 0o600);
    let keys = open(&settings(SigningKeysAt::File(scratch.0.clone())), &clock);
    write(&scratch.0, &[&old.1, &next.1], 0o600);
    assert!(!keys.turn().rotated);
    assert_eq!(roles(&keys), [(old.0.clone(), Role::Signs), (next.0.clone(), Role::Waits)]);
    write(&scratch.0, &[&next.1], 0o600);
    assert!(keys.turn().rotated);
    let rotated = [(next.0.clone(), Role::Signs), (old.0.clone(), Role::Retired)];
    assert_eq!(roles(&keys), rotated);
    write(&scratch.0, &[&Secret::new("hunter2")], 0o600);
    assert_eq!((keys.turn().failures.len(), roles(&keys)), (1, rotated.to_vec()));
    fs::remove_file(&scratch.0).unwrap();
    assert_eq!((keys.turn().failures.len(), roles(&keys)), (1, rotated.to_vec()));
    write(&scratch.0, &[&next.1], 0o600);
    clock.advance(HOUR + Duration::from_mins(10));
    keys.turn();
    assert_eq!(roles(&keys), [(next.0, Role::Signs)]);
}

#[test]
fn what_is_published_has_nothing_of_a_private_key() {
    let (scratch, clock) = (Scratch::new("public"), ManualClock::shared());
    let keys = open(&in_directory(&scratch), &clock);
    let document = String::from_utf8(keys.current().document().to_vec()).unwrap();
    let file = fs::read_to_string(scratch.0.join("00000001.pem")).unwrap();
    let secret: String = file.lines().filter(|line| !line.contains(['-', ':'])).collect();
    assert!(secret.len() > 100 && !document.contains(&secret[..40]));
    assert!(!document.contains("\"d\""), "{document}");
}
