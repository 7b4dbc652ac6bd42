//! The configuration, as the program itself reads it.

mod refused;

use std::fs;
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};

use claimsmith::config::KeyDigest;

use crate::support::program::{Ended, claimsmith, run};

const SHIPPED: &str = include_str!("../../config/claimsmith.toml");
const DATABASE: &str = "[database]\nurl = \"postgres://claimsmith:hunter2@localhost/app\"\n";
static COUNT: AtomicUsize = AtomicUsize::new(0);

/// A configuration file that is gone when the test is over.
struct File(PathBuf);

impl File {
    fn new(text: &str) -> Self {
        let name = format!("claimsmith-test-{}-{}.toml", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let path = std::env::temp_dir().join(name);
        fs::write(&path, text).unwrap();
        Self(path)
    }

    /// Runs a command of the program with this file.
    async fn with(&self, command: &str) -> Ended {
        run(claimsmith(&[command, "--config"]).arg(&self.0)).await
    }
}

impl Drop for File {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}

/// What `check-config` says about a text.
async fn checked(text: &str) -> Ended {
    File::new(text).with("check-config").await
}

/// `# key = value` and `# [table]` without the `# `; sentences stay comments, and so do files, which would have to be there.
fn uncommented(line: &str) -> &str {
    let Some(content) = line.strip_prefix("# ") else { return line };
    let is_key = content.split_once(" = ").is_some_and(|(key, _)| !key.contains([' ', ':']) && !key.ends_with("_file"));
    if is_key || content.starts_with('[') { content } else { line }
}

#[actix_rt::test]
async fn the_shipped_file_is_sound_when_all_of_it_is_uncommented() {
    let everything: Vec<&str> = SHIPPED.lines().map(uncommented).collect();
    assert!(everything.iter().filter(|line| !line.starts_with('#')).count() > 60, "little was uncommented");
    let ended = checked(&everything.join("\n")).await;
    assert_eq!((ended.code, ended.stdout.as_str()), (Some(0), "the configuration is sound\n"), "{ended:?}");
}

#[actix_rt::test]
async fn print_config_prints_the_shipped_file() {
    let ended = run(&mut claimsmith(&["print-config"])).await;
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert!(ended.stdout == SHIPPED, "run `claimsmith print-config > config/claimsmith.toml`");
}

#[actix_rt::test]
async fn a_fresh_caller_key_comes_with_the_hash_that_the_configuration_takes() {
    let ended = run(&mut claimsmith(&["caller-key"])).await;
    assert_eq!(ended.code, Some(0), "{ended:?}");
    let values: Vec<&str> = ended.stdout.lines().filter_map(|line| Some(line.split_once(": ")?.1.trim())).collect();
    let [key, hash] = values[..] else { panic!("{ended:?}") };
    assert_eq!(KeyDigest::of_key(key).to_string(), hash);

    let accepted = checked(&format!("{DATABASE}[caller.shop]\nkeys = [\"{hash}\"]\n")).await;
    assert_eq!((accepted.code, accepted.stdout.as_str()), (Some(0), "the configuration is sound\n"), "{accepted:?}");
    let refused = checked(&format!("{DATABASE}[caller.shop]\nkeys = [\"{key}\"]\n")).await;
    assert_eq!(refused.code, Some(64), "the key itself is no hash: {refused:?}");
    assert!(refused.stderr.contains("caller.shop.keys") && !refused.stderr.contains(key), "{refused:?}");

    let another = run(&mut claimsmith(&["caller-key"])).await;
    assert_ne!(another.stdout, ended.stdout);
}

#[actix_rt::test]
async fn the_environment_alone_may_configure_the_service() {
    let mut command = claimsmith(&["check-config"]);
    let sound = run(command.env("CLAIMSMITH_DATABASE_URL", "postgres://claimsmith@localhost/app")).await;
    assert_eq!(sound.code, Some(0), "{sound:?}");
    let mistaken = run(command.env("CLAIMSMITH_HTTP_BNID", "127.0.0.1:1")).await;
    assert_eq!(mistaken.code, Some(64), "{mistaken:?}");
    assert!(mistaken.stderr.contains("did you mean CLAIMSMITH_HTTP_BIND?"), "{mistaken:?}");
}

#[actix_rt::test]
async fn help_lists_the_commands() {
    let ended = run(&mut claimsmith(&["--help"])).await;
    assert_eq!((ended.code, ended.stderr.as_str()), (Some(0), ""), "{ended:?}");
    let listed: Vec<&str> =
        ended.stdout.lines().filter_map(|line| line.strip_prefix("  ")?.split(' ').next()).collect();
    for command in ["serve", "migrate", "check-config", "print-config", "caller-key", "demo"] {
        assert!(listed.contains(&command), "{command} is missing from:\n{}", ended.stdout);
    }
    let unknown = run(&mut claimsmith(&["sevre"])).await;
    assert_eq!(unknown.code, Some(64), "{unknown:?}");
    assert!(unknown.stderr.contains("'serve'"), "{unknown:?}");
}
