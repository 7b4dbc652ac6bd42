//! Software of others, installed once into a folder of the build's.

use std::fs;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use tokio::sync::OnceCell;

use super::passed_over::pass_over;

/// How it is installed.
pub(crate) struct Recipe {
    /// What the tests are called that need it.
    pub(crate) name: &'static str,
    /// What is copied there; also what tells one installation from another.
    pub(crate) files: &'static [(&'static str, &'static str)],
    /// The version of what runs it, or what to do where that is missing or too old.
    pub(crate) runtime: fn() -> Result<String, String>,
    /// The rest, with the files in place.
    pub(crate) complete: fn(&Path) -> Result<(), String>,
}

/// Where it is, once somebody has asked.
pub(crate) struct Installation {
    recipe: Recipe,
    folder: OnceCell<Result<PathBuf, String>>,
}

impl Installation {
    pub(crate) const fn of(recipe: Recipe) -> Self {
        Self { recipe, folder: OnceCell::const_new() }
    }

    /// Its folder; `None`, with a line that says why, where it cannot be.
    pub(crate) async fn folder(&'static self) -> Option<&'static Path> {
        let install = || async { tokio::task::spawn_blocking(|| self.recipe.install()).await.unwrap() };
        match self.folder.get_or_init(install).await {
            Ok(folder) => Some(folder),
            Err(missing) => {
                pass_over(self.recipe.name, missing);
                None
            }
        }
    }
}

impl Recipe {
    fn install(&self) -> Result<PathBuf, String> {
        let version = (self.runtime)()?;
        let (place, name) = (Path::new(env!("CARGO_TARGET_TMPDIR")), self.name);
        let folder = place.join(format!("{name}-{:016x}", self.fingerprint(&version)));
        if folder.exists() {
            return Ok(folder);
        }
        // It gets its name when it is complete, so that a run that is cut off leaves nothing that looks like it.
        let unfinished = place.join(format!("{name}-{}", std::process::id()));
        fs::create_dir_all(&unfinished).unwrap();
        for (name, content) in self.files {
            fs::write(unfinished.join(name), content).unwrap();
        }
        (self.complete)(&unfinished).inspect_err(|_| drop(fs::remove_dir_all(&unfinished)))?;
        if fs::rename(&unfinished, &folder).is_err() {
            // Another run was quicker.
            fs::remove_dir_all(&unfinished).unwrap();
        }
        Ok(folder)
    }

    fn fingerprint(&self, version: &str) -> u64 {
        let mut hasher = DefaultHasher::new();
        (self.files, version).hash(&mut hasher);
        hasher.finish()
    }
}

/// `None` if there is no such program.
pub(crate) fn run(command: &mut Command) -> Option<Output> {
    command.output().ok()
}

/// The last line that a program printed, which is where it says what went wrong.
pub(crate) fn last_line(text: &[u8]) -> String {
    String::from_utf8_lossy(text).trim().lines().last().unwrap_or_default().to_owned()
}
