//! Every pair in `tests/golden/core`, run through the real service: the answer is the expected one to the byte.
//!
//! A pair is a request and its answer. In bodies, what differs between runs is written as `"position":"*"` and
//! `"age_bound_ms":"*"`; the request's id is the name of the file. To add a pair, add a file.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

use crate::support::app::{KEY, TestApp};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Pair<'file> {
    request: Request,
    #[serde(borrow)]
    response: Response<'file>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Request {
    method: String,
    path: String,
    body: Option<Value>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Response<'file> {
    status: u16,
    headers: BTreeMap<String, String>,
    /// Compact, because the order of members counts.
    #[serde(borrow)]
    body: &'file RawValue,
}

#[actix_rt::test]
async fn every_golden_request_has_its_golden_answer() {
    let app = TestApp::start().await;
    let files = files();
    assert!(files.len() >= 10, "the pairs are missing");
    for file in files {
        let text = std::fs::read_to_string(&file).unwrap();
        let name = file.file_stem().unwrap().to_str().unwrap();
        let pair: Pair<'_> = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{name}: {error}"));
        check(&app, name, &pair).await;
    }
    app.stop().await;
}

async fn check(app: &TestApp, name: &str, pair: &Pair<'_>) {
    let Pair { request, response } = pair;
    let call = app.client.request(request.method.parse().unwrap(), app.data(&request.path));
    let call = call.bearer_auth(KEY).header("x-request-id", name);
    let call = request.body.iter().fold(call, reqwest::RequestBuilder::json);
    let answer = call.send().await.unwrap();
    assert_eq!(answer.status().as_u16(), response.status, "{name}");
    assert_eq!(answer.headers()["x-request-id"], name);
    for (header, value) in &response.headers {
        assert_eq!(answer.headers().get(header).map(|found| found.to_str().unwrap()), Some(value.as_str()), "{name}");
    }
    let body = answer.text().await.unwrap();
    assert_eq!(starred(&starred(&body, "position"), "age_bound_ms"), response.body.get(), "{name}");
}

/// The text with the value of this member, a number or a simple string, replaced by `"*"`.
fn starred(body: &str, member: &str) -> String {
    let label = format!("\"{member}\":");
    let Some((before, rest)) = body.split_once(&label) else { return body.to_owned() };
    let end = rest.find([',', '}']).unwrap();
    format!("{before}{label}\"*\"{}", &rest[end..])
}

fn files() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/core");
    let mut files: Vec<PathBuf> = folder.read_dir().unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
}
