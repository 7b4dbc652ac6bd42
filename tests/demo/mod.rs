//! The demo, as a stranger runs it: start it, wait until it is ready, paste what it prints.

mod elsewhere;

use std::path::{Path, PathBuf};
use std::process::Command;

use claimsmith::jose::base64url;
use serde_json::{Value, json};

use crate::support::pasted::Terminal;
use crate::support::program::{Running, claimsmith};
use crate::support::wait::until;

/// The demo on ports of its own.
fn demo() -> Command {
    claimsmith(&["demo", "--bind", "127.0.0.1:0", "--gateway", "127.0.0.1:0", "--ops", "127.0.0.1:0"])
}

/// What the demo printed, by its parts in their order.
#[derive(Debug)]
struct Story {
    first_answer: Value,
    alice: String,
    globex: String,
    default: String,
    picker: String,
    suspended: String,
    stranger: String,
    megacorp: String,
    bulk_change: String,
    token: String,
    foreign_token: String,
    gateway: String,
    rotation: String,
    metrics: String,
    status: String,
}

impl Story {
    async fn told_by(demo: &mut Running) -> Self {
        let text = demo.printed("Ctrl-C ends it.").await;
        let first_answer = text.lines().find(|line| line.starts_with("  {")).unwrap();
        let mut lines =
            text.lines().filter(|line| ["curl ", "psql ", "kill "].iter().any(|program| line.starts_with(program)));
        let mut next = || lines.next().unwrap_or_else(|| panic!("a line is missing from: {text}")).to_owned();
        let (alice, globex, default, picker) = (next(), next(), next(), next());
        let (suspended, stranger, megacorp, bulk_change) = (next(), next(), next(), next());
        assert_eq!(next(), megacorp, "the same question before and after the change");
        let (token, foreign_token, gateway, rotation) = (next(), next(), next(), next());
        assert_eq!(next(), token, "the same question before and after the rotation");
        let (metrics, status) = (next(), next());
        assert_eq!(lines.next(), None);
        let first_answer = serde_json::from_str(first_answer).unwrap();
        Self {
            first_answer,
            alice,
            globex,
            default,
            picker,
            suspended,
            stranger,
            megacorp,
            bulk_change,
            token,
            foreign_token,
            gateway,
            rotation,
            metrics,
            status,
        }
    }

    /// The `kid` of a token that the demo's issuer gives now.
    async fn key_of_a_token(&self) -> Value {
        let (_, rest) = self.token.split_once("$(").unwrap();
        let (line, _) = rest.split_once(')').unwrap();
        let token = Terminal::default().paste(line).await;
        let header = base64url::decode(token.split('.').next().unwrap().as_bytes()).unwrap();
        serde_json::from_slice::<Value>(&header).unwrap()["kid"].clone()
    }

    /// The directory of the private server's socket.
    fn socket_directory(&self) -> PathBuf {
        let host = self.bulk_change.split("host=").nth(1).and_then(|rest| rest.split(' ').next());
        PathBuf::from(host.unwrap_or_else(|| panic!("no socket in {}", self.bulk_change)))
    }
}

async fn ask(line: &str) -> Value {
    let answer = Terminal::default().paste(line).await;
    serde_json::from_str(&answer).unwrap_or_else(|error| panic!("{error} in {answer:?} of {line}"))
}

fn roles(answer: &Value) -> &Value {
    &answer["claims"]["https://claims.example.com/roles"]
}

/// Asks until the answer has these roles.
async fn until_roles(line: &str, wanted: &Value) -> Value {
    until("the answer has the new roles", || async {
        let answer = ask(line).await;
        (roles(&answer) == wanted).then_some(answer)
    })
    .await
}

/// Processes that were started with this path. Where there is no /proc, none is seen.
fn processes_of(directory: &Path) -> usize {
    let path = directory.to_str().unwrap();
    let processes = std::fs::read_dir("/proc").into_iter().flatten().flatten();
    let commands = processes.filter_map(|process| std::fs::read(process.path().join("cmdline")).ok());
    commands.filter(|command| String::from_utf8_lossy(command).contains(path)).count()
}

async fn end(demo: Running) {
    demo.interrupt();
    let ended = demo.ended().await;
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert!(ended.stdout.ends_with("stopped; nothing is left behind unless you asked for it\n"), "{ended:?}");
}

#[actix_rt::test]
async fn every_printed_line_does_what_is_written_above_it_and_nothing_is_left_behind() {
    let mut demo = Running::start(&mut demo());
    let story = Story::told_by(&mut demo).await;
    let directory = story.socket_directory();
    assert!(directory.is_dir());
    assert!(processes_of(&directory) > 0 || !Path::new("/proc").is_dir());

    assert_answers(&story).await;
    assert_refusals(&story).await;
    assert_bulk_change(&story).await;
    assert_tokens(&story).await;
    let metrics = Terminal::default().paste(&story.metrics).await;
    assert!(metrics.lines().any(|line| line.starts_with("claimsmith_feed_connected 1")), "{metrics}");
    assert!(ask(&story.status).await.is_object());

    end(demo).await;
    assert!(!directory.exists(), "{} is left behind", directory.display());
    assert_eq!(processes_of(&directory), 0);
}

async fn assert_answers(story: &Story) {
    let alice = ask(&story.alice).await;
    assert_eq!(story.first_answer["claims"], alice["claims"], "the answer that is printed is a real one");
    assert_eq!((&alice["tenant"], &alice["user"]), (&json!("acme"), &json!("alice")));
    assert_eq!(roles(&alice), &json!(["admin", "billing"]));
    assert_eq!(roles(&ask(&story.globex).await), &json!(["viewer"]));

    let default = ask(&story.default).await;
    assert_eq!((&default["tenant"], &default["tenant_source"]), (&json!("acme"), &json!("default")));
    let picker = ask(&story.picker).await;
    let choices: Vec<_> = picker["memberships"].as_array().unwrap().iter().map(|line| &line["tenant"]).collect();
    assert_eq!(choices, ["acme", "globex"]);
}

async fn assert_refusals(story: &Story) {
    let refusals = [(&story.suspended, "tenant_suspended"), (&story.stranger, "not_a_member")];
    for (line, code) in refusals {
        let refusal = ask(line).await;
        assert_eq!((&refusal["status"], &refusal["code"]), (&json!(403), &json!(code)));
    }
}

async fn assert_tokens(story: &Story) {
    let by_token = ask(&story.token).await;
    assert_eq!((&by_token["user"], roles(&by_token)), (&json!("alice"), &json!(["admin", "billing"])));
    let foreign = ask(&story.foreign_token).await;
    assert_eq!(foreign["code"], json!("issuer_not_trusted_by_tenant"));

    let told = Terminal::default().paste(&story.gateway).await.to_ascii_lowercase();
    for line in ["http/1.1 200 ok", "x-auth-user: alice", "x-auth-tenant: acme", "x-auth-roles: admin,billing"] {
        assert!(told.lines().any(|told| told.trim_end() == line), "{told}");
    }

    let before = story.key_of_a_token().await;
    Terminal::default().paste(&story.rotation).await;
    until("the issuer signs with another key", || async { (story.key_of_a_token().await != before).then_some(()) })
        .await;
    let after = ask(&story.token).await;
    assert_eq!(after["claims"], by_token["claims"], "a rotation goes unnoticed");
}

async fn assert_bulk_change(story: &Story) {
    let before = ask(&story.megacorp).await;
    assert_eq!(roles(&before), &json!(["editor"]));
    let said = Terminal::default().paste(&story.bulk_change).await;
    assert_eq!(said.trim(), "UPDATE 100000");
    let after = until_roles(&story.megacorp, &json!(["viewer"])).await;
    let position = |answer: &Value| answer["position"].as_str().unwrap().parse::<u64>().unwrap();
    assert_eq!(position(&after), position(&before) + 1, "one statement is one change");
}
