//! The directory of one run: socket, log, and the data when they are not kept. Its guard removes it.

use std::os::unix::fs::{DirBuilderExt, MetadataExt};
use std::path::{Path, PathBuf};
use std::{env, fs, io};

use super::error::StartError;
use super::random_hex;

/// What fits into `sun_path` on every system (macOS has the smallest: 104 bytes with the final zero).
const SOCKET_PATH_LIMIT: usize = 103;

/// The longest name of a socket file, and of our directory with its separators.
const NAMES_LENGTH: usize = "/claimsmith-pg-0123456789ab/.s.PGSQL.65535".len();

/// Makes a new directory that only this account can enter.
///
/// It goes where the account of the server can reach it too, which a root's own `TMPDIR` may not allow.
pub(super) fn create() -> Result<PathBuf, StartError> {
    let configured = env::temp_dir();
    let base = [configured.as_path(), Path::new("/tmp")].into_iter().find(|base| suits(base)).unwrap_or(&configured);
    let name = format!("claimsmith-pg-{}", random_hex::<6>()?);
    let directory = base.join(name);
    // Fails when the name exists, so that nobody can prepare the directory for us.
    fs::DirBuilder::new().mode(0o700).create(&directory).map_err(StartError::io("create", &directory))?;
    Ok(directory)
}

fn suits(base: &Path) -> bool {
    base.as_os_str().len() + NAMES_LENGTH <= SOCKET_PATH_LIMIT && open_to_all(base).unwrap_or(false)
}

/// Whether every account may walk through all of `path`.
fn open_to_all(path: &Path) -> io::Result<bool> {
    for part in path.ancestors() {
        if fs::metadata(part)?.mode() & 0o001 == 0 {
            return Ok(false);
        }
    }
    Ok(true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_directory_is_closed_to_others() {
        let directory = create().unwrap();
        assert_eq!(fs::metadata(&directory).unwrap().mode() & 0o777, 0o700);
        assert!(!open_to_all(&directory).unwrap());
        fs::remove_dir(directory).unwrap();
    }

    #[test]
    fn a_place_that_makes_socket_paths_too_long_does_not_suit() {
        assert!(suits(Path::new("/")));
        assert!(!suits(Path::new(&"/.".repeat(40))));
    }
}
