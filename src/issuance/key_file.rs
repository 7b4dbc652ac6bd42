//! Reading files of private keys: for the account of the service alone, or not at all.
//!
//! The operator's file holds the key that signs first, then those that are only published: the next one, before it is moved to
//! the front, and the last one, until its tokens have ended. It is never written.

use std::fs::{File, Metadata};
use std::io::{self, Read as _};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use super::signer::{NotAKey, SigningKey};

/// Why keys cannot be read or kept. Names the file, never what is in it.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The operating system says no.
    #[error("{} cannot be {doing}: check that it exists and that the service may do so", path.display())]
    Io {
        /// The file or directory.
        path: PathBuf,
        /// What was tried.
        doing: &'static str,
        /// What the operating system said.
        #[source]
        source: io::Error,
    },
    /// Others may read a private key.
    #[error("{} is open to others: set its mode to {mode}", path.display())]
    Open {
        /// The file or directory.
        path: PathBuf,
        /// What it should be.
        mode: &'static str,
    },
    /// The content is not what it should be.
    #[error("{} {reason}", path.display())]
    Content {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: NotAKey,
    },
    /// A file of the directory that the service has not written.
    #[error("{} does not say when its key was made: remove it, the service makes its keys itself", path.display())]
    Undated {
        /// The file.
        path: PathBuf,
    },
}

impl StoreError {
    pub(super) fn io(path: &Path, doing: &'static str) -> impl Fn(io::Error) -> Self {
        move |source| Self::Io { path: path.to_path_buf(), doing, source }
    }

    pub(super) fn content(path: &Path) -> impl Fn(NotAKey) -> Self {
        move |reason| Self::Content { path: path.to_path_buf(), reason }
    }
}

/// The keys in the operator's file, the one that signs first. Blocking.
pub(super) fn read_key_file(path: &Path) -> Result<Vec<SigningKey>, StoreError> {
    SigningKey::read_all(&read_private(path)?).map_err(StoreError::content(path))
}

/// A file that only the service's account may read. Blocking.
pub(super) fn read_private(path: &Path) -> Result<Vec<u8>, StoreError> {
    let unreadable = StoreError::io(path, "read");
    let mut file = File::open(path).map_err(&unreadable)?;
    let metadata = file.metadata().map_err(&unreadable)?;
    if is_open_to_others(&metadata) {
        return Err(StoreError::Open { path: path.to_path_buf(), mode: "0600, or to 0640 if it belongs to root" });
    }
    let mut text = Vec::new();
    file.read_to_end(&mut text).map_err(&unreadable)?;
    Ok(text)
}

/// libpq's rule: a key that belongs to root may be readable by its group, which is how secrets are mounted.
fn is_open_to_others(metadata: &Metadata) -> bool {
    let forbidden = if metadata.uid() == 0 { 0o037 } else { 0o077 };
    metadata.mode() & forbidden != 0
}
