//! Secrets: values that nothing shows by accident, and where to read them again.
//!
//! Deliberately absent: `Display`, `Serialize`, comparison, and wiping memory on drop (the driver keeps copies anyway).

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use super::problem::Fault;

/// A secret text. `Debug` shows nothing of it.
#[derive(Clone, Default)]
pub struct Secret(String);

impl Secret {
    /// Takes a text into custody.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text itself, for the one who must use it. Never log what this returns.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(..)")
    }
}

/// Where a secret comes from. Its owner reads it again when the credential may have been rotated.
#[derive(Clone, Debug)]
pub enum SecretSource {
    /// Written in the configuration; it never changes.
    Inline(Secret),
    /// In a file, without the line break at its end. Relative to the working directory.
    File(PathBuf),
}

/// Why a secret could not be read.
#[derive(Debug, thiserror::Error)]
pub enum SecretError {
    /// The file is missing, not permitted, or not UTF-8.
    #[error("the secret file {} cannot be read: check that it exists and that the service may read it", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the operating system said.
        #[source]
        source: io::Error,
    },
    /// The file holds nothing.
    #[error("the secret file {} is empty: write the secret into it", path.display())]
    Empty {
        /// The file.
        path: PathBuf,
    },
}

impl SecretError {
    /// The same, as a report words it.
    pub(crate) fn fault(&self) -> Fault {
        match self {
            Self::Unreadable { path, source } => Fault::new(
                format!("the file {} cannot be read ({source})", path.display()),
                "create it, or let the service read it",
            ),
            Self::Empty { path } => {
                Fault::new(format!("the file {} is empty", path.display()), "write the secret into it")
            }
        }
    }
}

impl SecretSource {
    /// The secret as it is now. Reads the file each time; blocking, a few microseconds.
    pub fn read(&self) -> Result<Secret, SecretError> {
        match self {
            Self::Inline(secret) => Ok(secret.clone()),
            Self::File(path) => read_file(path),
        }
    }
}

fn read_file(path: &Path) -> Result<Secret, SecretError> {
    let content =
        std::fs::read_to_string(path).map_err(|source| SecretError::Unreadable { path: path.to_path_buf(), source })?;
    let secret = content.trim_end_matches(['\r', '\n']);
    if secret.trim().is_empty() {
        return Err(SecretError::Empty { path: path.to_path_buf() });
    }
    Ok(Secret::new(secret))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_shows_nothing_of_a_secret() {
        let source = SecretSource::Inline(Secret::new("hunter2"));
        assert_eq!(format!("{source:?}"), "Inline(Secret(..))");
    }

    #[test]
    fn a_file_is_read_again_each_time_and_loses_its_line_break() {
        let path = std::env::temp_dir().join(format!("claimsmith-secret-{}", std::process::id()));
        let source = SecretSource::File(path.clone());
        std::fs::write(&path, "first \r\n").unwrap();
        assert_eq!(source.read().unwrap().expose(), "first ");
        std::fs::write(&path, "second").unwrap();
        assert_eq!(source.read().unwrap().expose(), "second");
        std::fs::write(&path, "\n").unwrap();
        assert!(matches!(source.read(), Err(SecretError::Empty { .. })));
        std::fs::remove_file(&path).unwrap();
        assert!(matches!(source.read(), Err(SecretError::Unreadable { .. })));
    }
}
