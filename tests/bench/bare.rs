//! What actix-web costs by itself: a handler that parses the same body and returns the same bytes, always. For gateways, who send
//! no body: one that only returns them.
//!
//! It runs as a process of its own: this bench's program, started again with `--bare`. It reads its answer from standard
//! input and writes its address to standard output.

use std::hint::black_box;
use std::io::{self, BufRead as _, BufReader, Write as _};
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use actix_web::http::header::{HeaderName, HeaderValue};
use actix_web::web::{Bytes, Data, PayloadConfig};
use actix_web::{App, HttpResponse, HttpServer, web};
use serde::{Deserialize, Serialize};

use crate::support::http::Answer;
use crate::support::report::Failure;

/// The body as the service understands it, borrowed throughout: nothing parses it for less.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "it is parsed, and nothing more is done with it")]
struct Asked<'body> {
    #[serde(borrow)]
    subject: Option<Identity<'body>>,
    user: Option<&'body str>,
    tenant: Option<&'body str>,
    at_least: Option<&'body str>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "it is parsed, and nothing more is done with it")]
struct Identity<'body> {
    issuer: &'body str,
    sub: &'body str,
}

/// What the handler always answers.
#[derive(Serialize, Deserialize)]
struct Fixed {
    headers: Vec<(String, String)>,
    body: String,
}

struct Prepared {
    headers: Vec<(HeaderName, HeaderValue)>,
    body: Bytes,
}

/// A running bare server; dropping it ends the process.
pub(crate) struct Bare {
    pub(crate) pid: u32,
    pub(crate) address: SocketAddr,
    process: Child,
}

impl Bare {
    /// Starts one that answers like this, with those headers that `keep` wants. Date and length are actix-web's own.
    pub(crate) fn start(answer: &Answer<'_>, keep: impl Fn(&str) -> bool) -> Result<Self, Failure> {
        let headers = answer.headers.lines().filter_map(|line| line.split_once(": "));
        let kept = headers.filter(|(name, _)| !matches!(*name, "date" | "content-length") && keep(name));
        let headers = kept.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        let fixed = Fixed { headers, body: String::from_utf8(answer.body.to_vec())? };

        let mut command = Command::new(std::env::current_exe()?);
        let mut process = command.arg("--bare").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        serde_json::to_writer(process.stdin.take().ok_or("no standard input")?, &fixed)?;
        let mut line = String::new();
        BufReader::new(process.stdout.take().ok_or("no standard output")?).read_line(&mut line)?;
        Ok(Self { pid: process.id(), address: line.trim().parse()?, process })
    }
}

impl Drop for Bare {
    fn drop(&mut self) {
        // It has nothing to lose, and may have ended already.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// What the process that was started with `--bare` does.
pub(crate) async fn serve() -> Result<(), Failure> {
    let prepared = Data::new(prepare(serde_json::from_reader(io::stdin())?)?);
    let app = move || {
        let prepared = prepared.clone();
        App::new()
            .app_data(prepared)
            .app_data(PayloadConfig::new(65_536))
            .route("/v1/claims", web::post().to(answer))
            .default_service(web::to(check))
    };
    // As the service is configured.
    let server = HttpServer::new(app).workers(1).keep_alive(Duration::from_secs(75)).bind("127.0.0.1:0")?;
    for address in server.addrs() {
        writeln!(io::stdout(), "{address}")?;
    }
    Ok(server.run().await?)
}

fn prepare(fixed: Fixed) -> Result<Prepared, Failure> {
    let mut headers = Vec::new();
    for (name, value) in fixed.headers {
        headers.push((HeaderName::try_from(name)?, HeaderValue::try_from(value)?));
    }
    Ok(Prepared { headers, body: Bytes::from(fixed.body) })
}

async fn answer(fixed: Data<Prepared>, body: Bytes) -> HttpResponse {
    match serde_json::from_slice::<Asked<'_>>(&body) {
        Ok(asked) => drop(black_box(asked)),
        Err(_) => return HttpResponse::BadRequest().finish(),
    }
    told(&fixed)
}

async fn check(fixed: Data<Prepared>) -> HttpResponse {
    told(&fixed)
}

fn told(fixed: &Prepared) -> HttpResponse {
    let mut response = HttpResponse::Ok();
    for (name, value) in &fixed.headers {
        response.insert_header((name.clone(), value.clone()));
    }
    response.body(fixed.body.clone())
}
