//! The directory in which the service keeps the keys that it makes. Replicas may share it.
//!
//! One file for each key, `00000007.pem`: a line that says when it was made, then the key. A number says no more than that
//! the key was made by somebody who knew of those below it: whoever finds the directory emptied begins anew. Keys follow one
//! another by the moments at which they were made. A file is written under a temporary name and then *linked* to its number, which fails if that is
//! taken: of two replicas that make a key at once one succeeds, and the other reads the key of the first. A file is therefore
//! whole from the beginning, and never changes.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::key_file::{StoreError, read_private};
use super::signer::{NotAKey, SigningKey};
use crate::config::SigningAlgorithm;

/// What stands before the moment at which a key was made.
const MADE_AT: &str = "made-at: ";
const EXTENSION: &str = ".pem";

/// How many keys came before one, as far as its maker knew.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct KeyNumber(u32);

impl KeyNumber {
    pub(super) const FIRST: Self = Self(1);

    pub(super) const fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }

    pub(super) const fn get(self) -> u32 {
        self.0
    }

    fn of(name: &str) -> Option<Self> {
        let digits = name.strip_suffix(EXTENSION)?;
        let is_number = digits.len() == 8 && digits.bytes().all(|byte| byte.is_ascii_digit());
        is_number.then(|| digits.parse().ok().map(Self)).flatten()
    }

    fn file_name(self) -> String {
        format!("{:08}{EXTENSION}", self.0)
    }
}

/// A key, its number, and when it was made.
#[derive(Clone, Debug)]
pub(super) struct NumberedKey {
    pub(super) number: KeyNumber,
    /// Seconds since the Unix epoch, by the clock of the replica that made it.
    pub(super) made_at: i64,
    pub(super) key: Arc<SigningKey>,
}

/// What a look into the directory has found.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// In no order.
    pub(super) keys: Vec<NumberedKey>,
    /// The number that a further key gets.
    pub(super) next: Option<KeyNumber>,
    /// Files that are no keys.
    pub(super) broken: Vec<StoreError>,
}

/// A directory of keys.
#[derive(Debug)]
pub(super) struct KeyDirectory {
    path: PathBuf,
}

impl KeyDirectory {
    /// Keeps keys in this directory; makes it if it is not there. Blocking.
    pub(super) fn within(path: &Path) -> Result<Self, StoreError> {
        DirBuilder::new().recursive(true).mode(0o700).create(path).map_err(StoreError::io(path, "made"))?;
        let directory = Self { path: path.to_path_buf() };
        directory.check()?;
        Ok(directory)
    }

    /// Whoever can write into the directory can make keys, and whoever can read it may find one.
    fn check(&self) -> Result<(), StoreError> {
        let metadata = fs::metadata(&self.path).map_err(StoreError::io(&self.path, "read"))?;
        if metadata.mode() & 0o077 != 0 {
            return Err(StoreError::Open { path: self.path.clone(), mode: "0700" });
        }
        Ok(())
    }

    /// Every key that is there. Blocking.
    pub(super) fn read(&self) -> Result<Found, StoreError> {
        self.check()?;
        let unreadable = StoreError::io(&self.path, "read");
        let mut found = Found::default();
        for file in fs::read_dir(&self.path).map_err(&unreadable)? {
            let name = file.map_err(&unreadable)?.file_name();
            let Some(number) = name.to_str().and_then(KeyNumber::of) else { continue };
            found.next = found.next.max(Some(number.next()));
            match self.read_key(number) {
                Ok(key) => found.keys.push(key),
                // Another replica has dropped it just now.
                Err(StoreError::Io { source, .. }) if source.kind() == io::ErrorKind::NotFound => {}
                Err(error) => found.broken.push(error),
            }
        }
        Ok(found)
    }

    fn read_key(&self, number: KeyNumber) -> Result<NumberedKey, StoreError> {
        let path = self.path.join(number.file_name());
        let text = read_private(&path)?;
        let made_at = made_at(&text).ok_or_else(|| StoreError::Undated { path: path.clone() })?;
        let key = SigningKey::read_all(&text).map_err(StoreError::content(&path))?.into_iter().next();
        let key = Arc::new(key.ok_or(NotAKey::NotPem).map_err(StoreError::content(&path))?);
        Ok(NumberedKey { number, made_at, key })
    }

    /// Makes a key of this number, unless there is one by now: another replica's is as good. Whether it was made here. Blocking.
    pub(super) fn make(
        &self,
        number: KeyNumber,
        made_at: i64,
        algorithm: SigningAlgorithm,
    ) -> Result<bool, StoreError> {
        let path = self.path.join(number.file_name());
        let (key, text) = SigningKey::make(algorithm).map_err(StoreError::content(&path))?;
        // Named after the key, which nobody else has made.
        let aside = self.path.join(format!("{}.new", key.kid()));
        let _aside = scopeguard::guard(aside.clone(), |aside| drop(fs::remove_file(aside)));
        let write = || {
            let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&aside)?;
            write!(file, "{MADE_AT}{made_at}\n{}", text.expose())?;
            file.sync_all()?;
            fs::hard_link(&aside, &path)?;
            File::open(&self.path)?.sync_all()
        };
        match write() {
            Ok(()) => Ok(true),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(false),
            Err(error) => Err(StoreError::io(&path, "written")(error)),
        }
    }

    /// Takes a key away; another replica may have done so. What has that number now and is another key, or none that can be
    /// read, stays: the number was given again after the directory was emptied. Blocking.
    pub(super) fn remove(&self, key: &NumberedKey) -> Result<(), StoreError> {
        let path = self.path.join(key.number.file_name());
        if !self.read_key(key.number).is_ok_and(|there| there.key.kid() == key.key.kid()) {
            return Ok(());
        }
        match fs::remove_file(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(StoreError::io(&path, "removed")(error)),
            _ => Ok(()),
        }
    }
}

/// The moment in the first line.
fn made_at(text: &[u8]) -> Option<i64> {
    let line = text.split(|byte| *byte == b'\n').next()?;
    std::str::from_utf8(line).ok()?.strip_prefix(MADE_AT)?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::issuance::fixture::Scratch;
    use std::os::unix::fs::PermissionsExt as _;

    const ES256: SigningAlgorithm = SigningAlgorithm::Es256;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().mode() & 0o777
    }

    fn open_to_all(path: &Path, mode: u32) {
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    }

    #[test]
    fn a_key_is_kept_for_the_service_alone_and_read_again() {
        let scratch = Scratch::new("kept");
        let directory = KeyDirectory::within(&scratch.0).unwrap();
        assert!(directory.make(KeyNumber::FIRST, 1_000, ES256).unwrap());
        assert_eq!((mode(&scratch.0), mode(&scratch.0.join("00000001.pem"))), (0o700, 0o600));
        let found = directory.read().unwrap();
        assert_eq!((found.keys[0].number, found.keys[0].made_at), (KeyNumber::FIRST, 1_000));
        assert_eq!((found.keys.len(), found.next, found.broken.len()), (1, Some(KeyNumber(2)), 0));
        assert_eq!(fs::read_dir(&scratch.0).unwrap().count(), 1, "nothing is left beside it");
    }

    #[test]
    fn of_two_that_make_the_same_key_one_succeeds_and_nothing_is_overwritten() {
        let scratch = Scratch::new("twice");
        let (one, other) = (KeyDirectory::within(&scratch.0).unwrap(), KeyDirectory::within(&scratch.0).unwrap());
        assert!(one.make(KeyNumber::FIRST, 1, ES256).unwrap());
        let kid = one.read().unwrap().keys[0].key.kid().to_owned();
        assert!(!other.make(KeyNumber::FIRST, 2, ES256).unwrap());
        let found = other.read().unwrap();
        assert_eq!((found.keys.len(), found.keys[0].key.kid(), found.keys[0].made_at), (1, kid.as_str(), 1));
    }

    #[test]
    fn what_is_broken_or_open_to_others_is_told_and_spoils_nothing_else() {
        let scratch = Scratch::new("broken");
        let directory = KeyDirectory::within(&scratch.0).unwrap();
        for number in 1..=4 {
            directory.make(KeyNumber(number), 5, ES256).unwrap();
        }
        fs::write(scratch.0.join("00000002.pem"), "hunter2").unwrap();
        fs::write(scratch.0.join("00000003.pem"), "made-at: 7\nhunter2").unwrap();
        open_to_all(&scratch.0.join("00000004.pem"), 0o644);
        fs::write(scratch.0.join("README"), "not a key").unwrap();
        let found = directory.read().unwrap();
        assert_eq!((found.keys.len(), found.next), (1, Some(KeyNumber(5))));
        let said: Vec<String> = found.broken.iter().map(ToString::to_string).collect();
        assert_eq!(said.len(), 3, "{said:?}");
        assert!(said.iter().any(|what| what.contains("0600")) && !said.join(" ").contains("hunter2"), "{said:?}");
        open_to_all(&scratch.0, 0o755);
        assert!(matches!(directory.read(), Err(StoreError::Open { mode: "0700", .. })));
        assert!(matches!(KeyDirectory::within(&scratch.0), Err(StoreError::Open { .. })));
    }

    #[test]
    fn a_key_that_is_taken_away_twice_is_gone() {
        let scratch = Scratch::new("gone");
        let directory = KeyDirectory::within(&scratch.0).unwrap();
        directory.make(KeyNumber::FIRST, 1, ES256).unwrap();
        let first = directory.read().unwrap().keys.remove(0);
        directory.remove(&first).unwrap();
        directory.remove(&first).unwrap();
        assert!(directory.read().unwrap().keys.is_empty());
    }

    #[test]
    fn a_key_that_has_the_number_of_another_now_is_not_taken_for_it() {
        let scratch = Scratch::new("same-number");
        let directory = KeyDirectory::within(&scratch.0).unwrap();
        directory.make(KeyNumber::FIRST, 1, ES256).unwrap();
        let first = directory.read().unwrap().keys.remove(0);
        directory.remove(&first).unwrap();
        directory.make(KeyNumber::FIRST, 2, ES256).unwrap();
        directory.remove(&first).unwrap();
        assert_eq!(directory.read().unwrap().keys[0].made_at, 2);
    }
}
