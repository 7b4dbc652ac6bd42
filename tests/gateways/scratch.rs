//! A copy of one folder of `config/gateways`, in which addresses can be changed.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

static COUNT: AtomicUsize = AtomicUsize::new(0);

/// The copy. Removed when dropped.
pub(crate) struct Scratch {
    directory: PathBuf,
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.directory);
    }
}

impl Scratch {
    pub(crate) fn of(folder: &str) -> Self {
        let name = format!("{folder}-{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        fs::create_dir_all(&directory).unwrap();
        for file in files(&Path::new(env!("CARGO_MANIFEST_DIR")).join("config/gateways").join(folder)) {
            fs::copy(&file, directory.join(file.file_name().unwrap())).unwrap();
        }
        Self { directory }
    }

    /// Where a file of this name is or will be.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.directory.join(name)
    }

    pub(crate) fn directory(&self) -> &Path {
        &self.directory
    }

    pub(crate) fn write(&self, name: &str, content: &str) {
        fs::write(self.path(name), content).unwrap();
    }

    /// Replaces a word in every file. Fails if it is in none, because the files are not what the test takes them for.
    pub(crate) fn replace(&self, word: &str, by: &str) {
        let mut found = false;
        for file in files(&self.directory) {
            let text = fs::read_to_string(&file).unwrap();
            let replaced = with_word_replaced(&text, word, by);
            found |= replaced != text;
            fs::write(&file, replaced).unwrap();
        }
        assert!(found, "{word} is in no file of {}", self.directory.display());
    }
}

fn files(directory: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(directory).unwrap_or_else(|error| panic!("{}: {error}", directory.display()));
    entries.map(|entry| entry.unwrap().path()).filter(|path| path.is_file()).collect()
}

fn with_word_replaced(text: &str, word: &str, by: &str) -> String {
    let is_inside = |letter: Option<char>| letter.is_some_and(|letter| letter.is_alphanumeric() || letter == '_');
    let (mut replaced, mut rest) = (String::new(), text);
    while let Some(at) = rest.find(word) {
        let (before, after) = (&rest[..at], &rest[at + word.len()..]);
        replaced.push_str(before);
        let is_word = !is_inside(replaced.chars().next_back()) && !is_inside(after.chars().next());
        replaced.push_str(if is_word { by } else { word });
        rest = after;
    }
    replaced + rest
}

#[test]
fn words_are_replaced_and_parts_of_words_are_not() {
    assert_eq!(with_word_replaced("a:8000, 18000 80001 8000", "8000", "1"), "a:1, 18000 80001 1");
}
