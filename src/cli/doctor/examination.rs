//! The order of the checks, and which of them need what.

use super::checks::{
    clock, connect, coverage, indexes, notification_queue, pooler, privileges, replication_role, row_security,
    schema_version, server_version, triggers,
};
use super::finding::Finding;
use super::measure_writes;
use super::report::Report;
use super::sessions::{Listener, Session};
use crate::clock::{Random, SharedClock};
use crate::directory::connection::DsnSource;
use crate::directory::dsn::Dsn;

/// What is examined.
pub(super) struct SetUp<'p> {
    /// The connection of the loads.
    pub(super) service: DsnSource,
    /// The connection of the change feed.
    pub(super) listener: DsnSource,
    /// The key of the configuration that says where the listener connects.
    pub(super) listener_key: &'static str,
    /// As whom to measure writes, and to which table.
    pub(super) writes: Option<(Dsn, &'p str)>,
}

/// Makes every check that can be made.
pub(super) async fn examine(set_up: &SetUp<'_>, clock: &SharedClock, random: &Random) -> Report {
    let mut report = Report::default();
    let service = match connect::open(&set_up.service, Session::open, "database.url").await {
        Ok(session) => session,
        Err(finding) => {
            // Nobody is there to be asked anything else.
            report.add(finding);
            return report;
        }
    };
    let listener = connect::open(&set_up.listener, Listener::open, set_up.listener_key).await;
    let (listener, unreachable) = listener.map_or_else(|finding| (None, vec![finding]), |found| (Some(found), vec![]));
    let reached = connect::check(&service.client).await;
    report.note(connect::CHECK, reached.map(|found| [found, unreachable].concat()));
    about_the_schema(&mut report, &service).await;
    about_the_server(&mut report, &service, listener, set_up.listener_key, random).await;
    report.note(clock::CHECK, clock::check(&service.client, clock).await);
    if let Some((owner, table)) = &set_up.writes {
        measure(&mut report, owner, table).await;
    }
    report
}

async fn about_the_schema(report: &mut Report, service: &Session) {
    let client = &service.client;
    report.note(server_version::CHECK, server_version::check(client).await);
    let (is_there, found) = schema_version::check(client).await;
    report.note(schema_version::CHECK, found);
    if !is_there {
        // It has been said, once; everything below would say it again.
        return;
    }
    report.note(privileges::CHECK, privileges::check(client).await);
    report.note(coverage::CHECK, coverage::check(client).await);
    report.note(triggers::CHECK, triggers::check(client).await);
    report.note(replication_role::CHECK, replication_role::check(client).await);
    report.note(indexes::CHECK, indexes::check(client).await);
    report.note(row_security::CHECK, row_security::check(client).await);
}

async fn about_the_server(
    report: &mut Report,
    service: &Session,
    listener: Option<Listener>,
    listener_key: &'static str,
    random: &Random,
) {
    // Without a listener there is no bell; that it cannot connect has been said.
    if let Some(mut listener) = listener {
        let nonce = format!("doctor-{}-{:016x}", std::process::id(), random());
        report.note(pooler::CHECK, pooler::check(&service.client, &mut listener, listener_key, &nonce).await);
    }
    report.note(notification_queue::CHECK, notification_queue::check(&service.client).await);
}

async fn measure(report: &mut Report, owner: &Dsn, table: &str) {
    let check = measure_writes::CHECK;
    let session = match Session::open(owner).await {
        Ok(session) => session,
        Err(error) => return report.add(connect::unreachable(check, "database.owner_url", &error)),
    };
    match measure_writes::measure(&session.client, table).await {
        Ok(Ok(measurement)) => report.writes = Some(measurement),
        Ok(Err(problem)) => {
            report.add(Finding::error(check, table, problem, "name a table that is watched and has rows"));
        }
        Err(error) => report.add(Finding::unproved(check, &error)),
    }
}
