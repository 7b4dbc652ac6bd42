//! A replica of the service, and a keep-alive connection to it.

use std::time::Duration;

use super::server::{Member, Server};
use crate::support::cpu;
use crate::support::http::{Connection, KEY, post_claims};
use crate::support::report::Failure;
use crate::support::service::Service;

/// A process of its own.
pub(super) struct Replica {
    service: Service,
    connection: Connection,
}

impl Replica {
    pub(super) async fn start(server: &Server) -> Result<Self, Failure> {
        let service = Service::start(&server.service_url(), 1).await?;
        let connection = Connection::open(service.data)?;
        Ok(Self { service, connection })
    }

    /// Processor time that it has used so far.
    pub(super) fn cpu(&self) -> Result<Duration, Failure> {
        cpu::used(self.service.pid)
    }

    fn position(&mut self) -> Result<i64, Failure> {
        let answer = self.connection.receive()?;
        if answer.status != 200 {
            return Err(String::from_utf8_lossy(answer.body).into());
        }
        let position = answer.headers.lines().find_map(|line| line.strip_prefix("claims-position: "));
        Ok(position.ok_or("an answer without a position")?.parse()?)
    }
}

/// Asks all of them at the same time; returns the positions of their answers when the last one has answered.
pub(super) fn ask_all(replicas: &mut [Replica], question: &[u8]) -> Result<Vec<i64>, Failure> {
    for replica in replicas.iter_mut() {
        replica.connection.send(question)?;
    }
    replicas.iter_mut().map(Replica::position).collect()
}

/// What may this member do, at this position or later?
pub(super) fn question(member: &Member, at_least: Option<i64>) -> Vec<u8> {
    let Member { tenant, user } = member;
    let at_least = at_least.map(|position| format!(r#","at_least":"{position}""#)).unwrap_or_default();
    post_claims(KEY, &format!(r#"{{"user":"{user}","tenant":"{tenant}"{at_least}}}"#))
}
