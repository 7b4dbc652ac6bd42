//! Lines of `curl` and `psql`, run as somebody who pastes them into a shell.
//!
//! On a machine that lacks these programs the same request is made without them: what the tests need is a PostgreSQL
//! server and nothing else. Of the shell's language only what the demo prints is understood then.

use std::process::Command;

use reqwest::{Client, Response};
use tokio_postgres::SimpleQueryMessage;

use super::postgres::connect;

/// A terminal in which a person has set `DATABASE_URL`, or not.
#[derive(Clone, Debug, Default)]
pub(crate) struct Terminal {
    pub(crate) database_url: String,
}

impl Terminal {
    /// What the line prints.
    pub(crate) async fn paste(&self, line: &str) -> String {
        let program = line.split(' ').next().unwrap();
        if self.shell(&format!("command -v {program}")).await.is_none() {
            return self.without_programs(line).await;
        }
        self.shell(line).await.unwrap_or_else(|| panic!("this line failed: {line}"))
    }

    /// What the line's request is answered, asked without `curl` or `psql`.
    pub(crate) async fn without_programs(&self, line: &str) -> String {
        let line = match line.split_once("'$(") {
            Some((before, rest)) => {
                let (inner, after) = rest.split_once(")'").unwrap();
                format!("{before}{}{after}", Box::pin(self.without_programs(inner)).await)
            }
            None => line.replace("$DATABASE_URL", &self.database_url),
        };
        let words = words(&line);
        match words[0].as_str() {
            "curl" => fetch(&words[1..]).await,
            "psql" => query(&words[1..]).await,
            _ => panic!("what is this? {line}"),
        }
    }

    async fn shell(&self, line: &str) -> Option<String> {
        let mut command = Command::new("sh");
        command.arg("-c").arg(line).env("DATABASE_URL", &self.database_url);
        let output = tokio::task::spawn_blocking(move || command.output()).await.unwrap().unwrap();
        output.status.success().then(|| String::from_utf8(output.stdout).unwrap())
    }
}

async fn fetch(arguments: &[String]) -> String {
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let client = Client::builder().no_proxy().build().unwrap();
    let url = arguments.iter().find(|argument| argument.starts_with("http://")).unwrap();
    let mut request = match after("-d", arguments) {
        Some(body) => client.post(url).body(body.to_owned()),
        None => client.get(url),
    };
    for (option, header) in arguments.iter().zip(arguments.iter().skip(1)) {
        if let Some((name, value)) = header.split_once(": ").filter(|_| option == "-H") {
            request = request.header(name, value);
        }
    }
    let answer = request.send().await.unwrap();
    let head = if after("-D", arguments) == Some("-") { head(&answer) } else { String::new() };
    format!("{head}{}", answer.text().await.unwrap())
}

/// The head of an answer as `curl -D -` writes it.
fn head(answer: &Response) -> String {
    let lines = answer.headers().iter().map(|(name, value)| format!("{name}: {}\r\n", value.to_str().unwrap()));
    format!("HTTP/1.1 {}\r\n{}\r\n", answer.status(), lines.collect::<String>())
}

async fn query(arguments: &[String]) -> String {
    let session = connect(&arguments[0]).await;
    let messages = session.client.simple_query(after("-c", arguments).unwrap()).await.unwrap();
    let changed = messages.iter().find_map(|message| match message {
        SimpleQueryMessage::CommandComplete(rows) => Some(rows),
        _ => None,
    });
    format!("UPDATE {}", changed.unwrap())
}

fn after<'words>(option: &str, arguments: &'words [String]) -> Option<&'words str> {
    let at = arguments.iter().position(|argument| argument == option)?;
    arguments.get(at + 1).map(String::as_str)
}

/// The words of the first command of a line, with their quotes taken off.
fn words(line: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut quote = None;
    for letter in line.chars() {
        match (quote, letter) {
            (Some(open), _) if open == letter => quote = None,
            (None, '\'' | '"') => quote = Some(letter),
            (None, ';' | '|') => break,
            (None, ' ') => words.push(String::new()),
            _ => words.last_mut().unwrap().push(letter),
        }
    }
    words
}

#[test]
fn a_line_is_taken_apart_as_the_shell_does() {
    let line = r#"curl -s 'http://a/?b=c' -d '{"d": "e;f"}'; echo"#;
    assert_eq!(words(line), ["curl", "-s", "http://a/?b=c", "-d", r#"{"d": "e;f"}"#]);
    assert_eq!(words(r#"psql "host=/tmp/a port=1" -c "SELECT 'b'""#)[1..], ["host=/tmp/a port=1", "-c", "SELECT 'b'"]);
}
