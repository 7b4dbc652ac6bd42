//! A sample while it runs.

use std::collections::BTreeSet;

use reqwest::Client;
use reqwest::header::WWW_AUTHENTICATE;

use super::{express, fastapi};
use crate::support::app::Answer;
use crate::support::exchange::ORDERS;
use crate::support::port::Port;
use crate::support::program::Running;

/// The header field that has the token.
pub(super) const FIELD: &str = "x-auth-token";

/// Which one.
#[derive(Clone, Copy, Debug)]
pub(super) enum Sample {
    FastApi,
    Express,
}

impl Sample {
    pub(super) const ALL: [Self; 2] = [Self::FastApi, Self::Express];

    /// With tokens of this issuer; `None` where it cannot run.
    pub(super) async fn start(self, issuer: &str) -> Option<BackEnd> {
        let mut command = match self {
            Self::FastApi => fastapi::command().await,
            Self::Express => express::command().await,
        }?;
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        let port = Port::reserve();
        command.env("CLAIMSMITH_ISSUER", issuer).env("AUDIENCE", ORDERS).env("PORT", port.address.port().to_string());
        command.env_remove("HOST").env_remove("CLAIMS_NAMESPACE");
        let mut running = Running::start(&mut command);
        match self {
            Self::FastApi => fastapi::listens(&mut running, &port.url()).await,
            Self::Express => express::listens(&mut running, &port.url()).await,
        }
        Some(BackEnd { client: Client::builder().no_proxy().build().unwrap(), port, _running: running })
    }
}

/// It ends with its owner.
pub(super) struct BackEnd {
    client: Client,
    port: Port,
    _running: Running,
}

impl BackEnd {
    /// What it answers to a request with these header fields.
    pub(super) async fn answer(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let request = self.client.get(format!("{}{path}", self.port.url()));
        let request = fields.iter().fold(request, |request, (name, value)| request.header(*name, *value));
        Answer::of(request.send().await.unwrap()).await
    }

    /// What it answers to `GET /me` with this token.
    pub(super) async fn me(&self, token: &str) -> Answer {
        self.answer("/me", &[(FIELD, token)]).await
    }

    /// The status of `GET /invoices` with this token.
    pub(super) async fn invoices(&self, token: &str) -> u16 {
        self.answer("/invoices", &[(FIELD, token)]).await.status.as_u16()
    }
}

/// A refusal, and nothing that says why.
#[track_caller]
pub(super) fn assert_refused(answer: &Answer, what: &str) {
    assert_eq!(answer.status.as_u16(), 401, "{what}: {answer:?}");
    let challenges: BTreeSet<&[u8]> =
        answer.headers.get_all(WWW_AUTHENTICATE).iter().map(reqwest::header::HeaderValue::as_bytes).collect();
    assert_eq!(challenges, BTreeSet::from([&b"Bearer error=\"invalid_token\""[..]]), "{what}: {answer:?}");
    let said = answer.body["detail"].as_str().or(answer.body.as_str());
    assert_eq!(said, Some("Unauthorized"), "{what}: {answer:?}");
}
