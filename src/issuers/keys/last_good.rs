//! The last good set of each issuer on disk, so that a restart during an outage of the issuer goes unnoticed.
//!
//! One file for each entry: a line that says what it is and when the issuer last confirmed it, then the document as it was
//! sent, which is judged again when it is read. Files are written whole or not at all, for the service alone. Whoever can
//! write into the directory can make keys, so it belongs to the service as its configuration does.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use aws_lc_rs::digest::{SHA256, digest};
use serde::{Deserialize, Serialize};

use super::key_set::Version;
use super::origin::{KeyOrigin, hex};
use crate::issuers::fetch::Validators;

/// The layout of the files.
const LAYOUT: u32 = 1;

/// A directory of key sets.
#[derive(Clone, Debug)]
pub struct LastGood {
    directory: PathBuf,
}

/// The first line of a file.
#[derive(Serialize, Deserialize)]
struct Head {
    layout: u32,
    /// Which entry the keys are for, and by which rules.
    origin: String,
    confirmed_at: f64,
    uri: Box<str>,
    etag: Option<Box<str>>,
    last_modified: Option<Box<str>>,
}

/// What is to be kept on disk.
pub(super) struct Keep {
    pub(super) confirmed_at: f64,
    pub(super) version: Version,
    /// The document, unless it is the one that is there.
    pub(super) body: Option<Vec<u8>>,
}

/// A set that was kept.
#[derive(Debug)]
pub(super) struct Kept {
    /// How long ago the issuer confirmed it.
    pub(super) age: Duration,
    /// When that was, in seconds since the Unix epoch.
    pub(super) confirmed_at: f64,
    /// Where it was fetched.
    pub(super) uri: Box<str>,
    /// What to ask with for changes only.
    pub(super) validators: Validators,
    /// The document.
    pub(super) body: Vec<u8>,
}

impl LastGood {
    /// Keeps sets in this directory; makes it if it is not there. Blocking.
    pub fn within(directory: &Path) -> io::Result<Self> {
        DirBuilder::new().recursive(true).mode(0o700).create(directory)?;
        Ok(Self { directory: directory.to_path_buf() })
    }

    /// Keeps a set. Blocking.
    pub(super) fn store(
        &self,
        origin: &KeyOrigin,
        confirmed_at: f64,
        from: (&str, &Validators),
        body: &[u8],
    ) -> io::Result<()> {
        let (uri, validators) = from;
        let head = Head {
            layout: LAYOUT,
            origin: origin.fingerprint(),
            confirmed_at,
            uri: uri.into(),
            etag: validators.etag.clone(),
            last_modified: validators.last_modified.clone(),
        };
        let mut content = serde_json::to_vec(&head)?;
        content.push(b'\n');
        content.extend_from_slice(body);
        self.replace(&self.path(origin), &content)
    }

    /// The issuer has confirmed the set whose document has this digest. If another is there, because a write failed or somebody
    /// else writes here too, it was not what was confirmed, and goes. Blocking.
    pub(super) fn confirm(&self, origin: &KeyOrigin, confirmed_at: f64, version: &Version) -> io::Result<()> {
        match self.read(origin) {
            Some((_, body)) if digest(&SHA256, &body).as_ref() == version.digest => {
                self.store(origin, confirmed_at, (&version.uri, &version.validators), &body)
            }
            Some(_) => self.forget(origin),
            None => Ok(()),
        }
    }

    /// The set that is there, if it is of this origin and not from the future. Blocking.
    pub(super) fn load(&self, origin: &KeyOrigin, now: f64) -> Option<Kept> {
        let (head, body) = self.read(origin)?;
        let age = Duration::try_from_secs_f64(now - head.confirmed_at).ok()?;
        let validators = Validators { etag: head.etag, last_modified: head.last_modified };
        Some(Kept { age, confirmed_at: head.confirmed_at, uri: head.uri, validators, body })
    }

    /// Keeps nothing for this entry any more. Blocking.
    pub(super) fn forget(&self, origin: &KeyOrigin) -> io::Result<()> {
        match fs::remove_file(self.path(origin)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }

    fn read(&self, origin: &KeyOrigin) -> Option<(Head, Vec<u8>)> {
        let content = fs::read(self.path(origin)).ok()?;
        let end = content.iter().position(|byte| *byte == b'\n')?;
        let (line, rest) = content.split_at_checked(end)?;
        let head: Head = serde_json::from_slice(line).ok()?;
        let is_ours = head.layout == LAYOUT && head.origin == origin.fingerprint();
        is_ours.then(|| (head, rest.get(1..).unwrap_or_default().to_vec()))
    }

    fn replace(&self, path: &Path, content: &[u8]) -> io::Result<()> {
        let aside = path.with_extension("new");
        // What a write that was cut short has left.
        let _ = fs::remove_file(&aside);
        let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&aside)?;
        file.write_all(content)?;
        file.sync_all()?;
        fs::rename(&aside, path)?;
        File::open(&self.directory)?.sync_all()
    }

    /// An identifier may hold any character and be of any length.
    fn path(&self, origin: &KeyOrigin) -> PathBuf {
        self.directory.join(hex(digest(&SHA256, origin.issuer.as_str().as_bytes()).as_ref()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::directory::IssuerId;
    use crate::issuers::{Entry, Source};

    /// A directory of a test's own, gone with it.
    struct Place(PathBuf);

    impl Place {
        fn new(name: &str) -> (Self, LastGood) {
            let path = std::env::temp_dir().join(format!("claimsmith-last-good-{name}-{}", std::process::id()));
            let last_good = LastGood::within(&path).unwrap();
            (Self(path), last_good)
        }
    }

    impl Drop for Place {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    fn origin(id: &str, uri: &str) -> KeyOrigin {
        let row = crate::directory::IssuerRow {
            issuer_id: id.to_owned(),
            issuer: Some(vec!["https://id.example".to_owned()]),
            enabled: None,
            settings: Some(
                serde_json::json!({"jwks_uri": uri, "access_token": {"audiences": ["https://api.example"]}}),
            ),
        };
        let entry = Entry::compile(&row).unwrap();
        let Source::Keys(source) = &entry.source else { panic!("no keys") };
        KeyOrigin::new(&IssuerId::from(id), &entry.canonical, source, &entry.rules)
    }

    const URI: &str = "https://id.example/keys";

    fn kept(name: &str) -> (Place, LastGood, KeyOrigin) {
        let (place, last_good) = Place::new(name);
        let origin = origin("a", URI);
        let validators = Validators { etag: Some("\"1\"".into()), last_modified: None };
        last_good.store(&origin, 1000.0, (URI, &validators), b"{\n}").unwrap();
        (place, last_good, origin)
    }

    #[test]
    fn what_was_kept_comes_back_with_its_age() {
        let (_place, last_good, origin) = kept("age");
        let kept = last_good.load(&origin, 1060.0).unwrap();
        assert_eq!((kept.age, &*kept.uri, &*kept.body), (Duration::from_mins(1), URI, &b"{\n}"[..]));
        assert_eq!(kept.validators.etag.as_deref(), Some("\"1\""));
    }

    #[test]
    fn what_is_confirmed_is_young_again() {
        let (_place, last_good, origin) = kept("confirmed");
        last_good.confirm(&origin, 2000.0, &version(b"{\n}")).unwrap();
        let kept = last_good.load(&origin, 2000.0).unwrap();
        assert_eq!((kept.age, &*kept.body), (Duration::ZERO, &b"{\n}"[..]));
    }

    #[test]
    fn what_is_there_does_not_pass_for_another_set_that_was_confirmed() {
        let (_place, last_good, origin) = kept("other");
        last_good.confirm(&origin, 2000.0, &version(b"{}")).unwrap();
        assert!(last_good.load(&origin, 2000.0).is_none(), "the older set would come back for good");
    }

    fn version(body: &[u8]) -> Version {
        let mut digest_of = [0; 32];
        digest_of.copy_from_slice(digest(&SHA256, body).as_ref());
        Version { uri: URI.into(), digest: digest_of, validators: Validators::default() }
    }

    #[test]
    fn what_is_from_the_future_is_left_alone() {
        let (_place, last_good, origin) = kept("future");
        assert!(last_good.load(&origin, 999.0).is_none());
    }

    #[test]
    fn what_was_kept_for_another_source_is_left_alone() {
        let (_place, last_good, _) = kept("source");
        assert!(last_good.load(&origin("a", "https://id.example/other"), 1060.0).is_none());
        assert!(last_good.load(&origin("b", URI), 1060.0).is_none());
    }

    #[test]
    fn any_identifier_makes_a_plain_name() {
        let (place, last_good) = Place::new("names");
        let origin = origin("../../etc/\u{fc}", URI);
        last_good.store(&origin, 1.0, (URI, &Validators::default()), b"{}").unwrap();
        let names: Vec<_> = fs::read_dir(&place.0).unwrap().map(|file| file.unwrap().file_name()).collect();
        assert!(
            names.len() == 1 && names[0].to_str().unwrap().bytes().all(|byte| byte.is_ascii_hexdigit()),
            "{names:?}"
        );
    }

    #[test]
    fn what_is_forgotten_does_not_come_back() {
        let (_place, last_good, origin) = kept("forgotten");
        last_good.forget(&origin).unwrap();
        last_good.forget(&origin).unwrap();
        assert!(last_good.load(&origin, 1060.0).is_none());
    }
}
