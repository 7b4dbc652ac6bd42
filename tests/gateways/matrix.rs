//! The matrix, one gateway at a time: every row is sent, and every cell is what is expected of it.

use crate::case::{Case, Given};
use crate::cases::cases;
use crate::exchange::Exchange;
use crate::gateway::Kind;
use crate::laws::broken;
use crate::scene::{Scene, Stage};
use crate::table::{Cell, Column, publish, say_left_out};

/// Fails with every cell that is not as expected.
async fn check(kind: Kind) {
    if kind.is_left_out() {
        say_left_out(kind);
        return publish(kind, Column::LeftOut);
    }
    let (cases, mut cells) = (cases(), Vec::new());
    for stage in Stage::ALL {
        let scene = Scene::start(kind, stage).await;
        for (row, case) in cases.iter().enumerate().filter(|(_, case)| case.stage == stage) {
            cells.push((row, cell(&scene, case).await));
        }
        scene.stop().await;
    }
    cells.sort_by_key(|(row, _)| *row);
    let cells: Vec<Cell> = cells.into_iter().map(|(_, cell)| cell).collect();
    let wrong = cells.iter().zip(&cases).filter(|(cell, _)| !cell.is_as_expected());
    let wrong: Vec<String> = wrong.map(|(cell, case)| format!("{}: {cell}", case.shows)).collect();
    publish(kind, Column::Cells(cells));
    assert!(wrong.is_empty(), "{} behind {}:\n{}", wrong.len(), kind.name(), wrong.join("\n"));
}

async fn cell(scene: &Scene, case: &Case) -> Cell {
    let mut lock = None;
    match case.given {
        Given::Nothing => {}
        Given::Changed(statements) => scene.service.app.change(statements).await,
        Given::Way(passage) => scene.way.becomes(passage).await,
        Given::LockedDirectory => {
            let session = scene.service.app.database.session().await;
            let statements = "BEGIN; LOCK TABLE claimsmith_data.membership IN ACCESS EXCLUSIVE MODE";
            session.client.batch_execute(statements).await.unwrap();
            lock = Some(session);
        }
    }
    let (expected, before) = (case.expected(scene.kind).to_owned(), scene.way.connections());
    let mut cell = Cell { seen: expected.clone(), expected, wrong: Vec::new() };
    for request in (case.requests)(&scene.service.issuer) {
        let exchange = scene.exchange(&request).await;
        let (seen, broken) = (case.seen(&exchange), broken(scene, &case.identity, &exchange));
        if seen != cell.expected || !broken.is_empty() {
            cell.wrong.push(complaint(&exchange, &seen, &broken));
            cell.seen = if broken.is_empty() { seen } else { format!("{seen}, unlawfully") };
        }
    }
    let made = scene.way.connections() - before;
    if case.connections.is_some_and(|most| made > most) {
        cell.wrong.push(format!("{made} connections to the service"));
        cell.seen += ", over too many connections";
    }
    drop(lock);
    cell
}

fn complaint(exchange: &Exchange, seen: &str, broken: &[String]) -> String {
    let head = exchange.answer.as_ref().map(|answer| &answer.head);
    let laws = broken.join("; ");
    format!("{seen}: {laws}\n      sent: {:?}\n      answered: {head:?}", exchange.sent)
}

#[actix_rt::test]
async fn nginx_keeps_the_contract() {
    check(Kind::Nginx).await;
}

#[actix_rt::test]
async fn envoy_keeps_the_contract() {
    check(Kind::Envoy).await;
}

#[actix_rt::test]
async fn envoy_over_grpc_keeps_the_contract() {
    check(Kind::EnvoyGrpc).await;
}

#[actix_rt::test]
async fn traefik_keeps_the_contract() {
    check(Kind::Traefik).await;
}

#[actix_rt::test]
async fn caddy_keeps_the_contract() {
    check(Kind::Caddy).await;
}

#[actix_rt::test]
async fn haproxy_keeps_the_contract() {
    check(Kind::HaProxy).await;
}
