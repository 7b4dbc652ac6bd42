//! Writers: sessions that commit one transaction after the other, and enter into the ledger what they did and when.
//!
//! Pauses between transactions only set the pace; nothing waits for them.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use actix_web::web::Bytes;
use claimsmith::clock::SharedClock;
use futures_util::SinkExt as _;
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};
use tokio_postgres::{Client, NoTls, SimpleQueryMessage};

use super::chance::Chance;
use super::ledger::{Fate, Ledger, Written};
use super::plans::{Kind, Step, draw};
use super::world::{Mark, Object, State, Subject, number_of};

/// Longer than a statement takes; a session that is cut off has to notice.
const PATIENCE: Duration = Duration::from_secs(5);
/// Most milliseconds between two transactions of a writer.
const PACE: usize = 200;

type Failed = Box<dyn std::error::Error + Send + Sync>;

/// Writers at work.
pub(super) struct Writers {
    stop: Arc<AtomicBool>,
    tasks: Vec<JoinHandle<()>>,
}

struct Writer {
    url: String,
    ledger: Arc<Ledger>,
    clock: SharedClock,
    chance: Chance,
}

impl Writers {
    /// All of them reach the primary at `url`.
    pub(super) fn start(
        url: &str,
        ledger: &Arc<Ledger>,
        clock: &SharedClock,
        number: u64,
        chance: &mut Chance,
    ) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let task = |number| {
            let writer = Writer {
                url: url.to_owned(),
                ledger: Arc::clone(ledger),
                clock: Arc::clone(clock),
                chance: chance.split(1_000 + number),
            };
            tokio::spawn(writer.write_until(Arc::clone(&stop)))
        };
        Self { tasks: (0..number).map(task).collect(), stop }
    }

    /// Lets each end its transaction.
    pub(super) async fn finish(self) {
        self.stop.store(true, Ordering::Relaxed);
        for task in self.tasks {
            task.await.unwrap();
        }
    }
}

impl Writer {
    async fn write_until(mut self, stop: Arc<AtomicBool>) {
        let mut session: Option<Client> = None;
        while !stop.load(Ordering::Relaxed) {
            let Some(client) = &session else {
                session = connect(&self.url).await;
                sleep(Duration::from_millis(5)).await;
                continue;
            };
            let is_usable = self.transaction(client).await;
            let is_alive = is_usable || client.batch_execute("ROLLBACK").await.is_ok();
            if !is_alive || client.is_closed() {
                session = None;
            }
            sleep(Duration::from_millis(self.chance.below(PACE) as u64)).await;
        }
    }

    /// False if the session has to be looked after.
    async fn transaction(&mut self, client: &Client) -> bool {
        let (mark, ghost) = (self.ledger.next_mark(), self.ledger.next_mark());
        let again =
            self.ledger.recent(&mut self.chance).filter(|_| self.chance.percent(50)).map(|recent| recent.subject);
        let (kind, steps) = draw(&mut self.chance, mark, ghost, again);
        let begin = if self.chance.percent(25) { "BEGIN; SET LOCAL synchronous_commit = off" } else { "BEGIN" };
        let Ok(Ok(sets)) = timeout(PATIENCE, prepare(client, begin, mark, &steps)).await else {
            self.enter(mark, Vec::new(), Fate::RolledBack);
            return false;
        };
        if kind == Kind::RolledBack {
            self.enter(mark, sets, Fate::RolledBack);
            return false;
        }
        let sent = self.clock.now();
        let is_acknowledged = matches!(timeout(PATIENCE, client.batch_execute("COMMIT")).await, Ok(Ok(())));
        let at = self.clock.now();
        let fate = if is_acknowledged {
            Fate::Acknowledged { at, position: timeout(PATIENCE, position(client)).await.ok().flatten() }
        } else {
            Fate::Uncertain
        };
        // Whoever was to be changed had left: a transaction that touches nothing draws no position.
        if !sets.is_empty() {
            self.ledger.enter(Written { mark, sets, sent, fate });
        }
        is_acknowledged
    }

    fn enter(&self, mark: Mark, sets: Vec<(Object, State)>, fate: Fate) {
        self.ledger.enter(Written { mark, sets, sent: self.clock.now(), fate });
    }
}

async fn connect(url: &str) -> Option<Client> {
    let (client, connection) = timeout(PATIENCE, tokio_postgres::connect(url, NoTls)).await.ok()?.ok()?;
    // It ends with its client.
    tokio::spawn(async {
        let _ = connection.await;
    });
    Some(client)
}

/// Everything up to COMMIT; gives what the transaction sets.
async fn prepare(client: &Client, begin: &str, mark: Mark, steps: &[Step]) -> Result<Vec<(Object, State)>, Failed> {
    client.batch_execute(&format!("{begin}; INSERT INTO history.mark VALUES ({mark})")).await?;
    let mut left = Vec::new();
    for step in steps {
        match step {
            Step::Sql(sql) => left.extend(rows(client, sql).await?.iter().map(|row| member(row))),
            Step::Copy { into, rows } => {
                let sink = client.copy_in::<_, Bytes>(&format!("COPY {into} FROM STDIN")).await?;
                futures_util::pin_mut!(sink);
                sink.send(Bytes::from(rows.clone())).await?;
                sink.finish().await?;
            }
        }
    }
    sets(client, mark, &left).await
}

/// Read back, because only the tables know who was there to be changed. The rows are locked, so they stay like this.
async fn sets(client: &Client, mark: Mark, left: &[Subject]) -> Result<Vec<(Object, State)>, Failed> {
    let marked = format!(
        "SELECT tenant_id, user_id, role FROM claimsmith_data.membership
         JOIN claimsmith_data.membership_role USING (tenant_id, user_id) WHERE attributes = '{{\"v\": {mark}}}'"
    );
    let meant = format!("SELECT tenant_id, role FROM claimsmith_data.role_permission WHERE permission = 'v:{mark}'");
    let mut sets: Vec<(Object, State)> = rows(client, &marked)
        .await?
        .iter()
        .map(|row| (Object::Member(member(row)), State::Holds(number_of(&row[2]))))
        .collect();
    let gone: Vec<Object> = left.iter().map(|subject| Object::Member(*subject)).collect();
    for object in gone {
        if !sets.iter().any(|(set, _)| *set == object) {
            sets.push((object, State::Absent));
        }
    }
    let roles = rows(client, &meant).await?;
    sets.extend(
        roles.iter().map(|row| (Object::Role { tenant: number_of(&row[0]), role: number_of(&row[1]) }, State::Means)),
    );
    Ok(sets)
}

fn member(row: &[String]) -> Subject {
    Subject { tenant: number_of(&row[0]), user: number_of(&row[1]) }
}

/// Every row that the statements return.
async fn rows(client: &Client, sql: &str) -> Result<Vec<Vec<String>>, Failed> {
    let messages = client.simple_query(sql).await?;
    Ok(messages
        .iter()
        .filter_map(|message| match message {
            SimpleQueryMessage::Row(row) => {
                Some((0..row.len()).map(|at| row.get(at).unwrap_or_default().to_owned()).collect())
            }
            _ => None,
        })
        .collect())
}

/// The token for whoever wants to read this write.
async fn position(client: &Client) -> Option<u64> {
    let found = rows(client, "SELECT claimsmith.position()").await.ok()?;
    found.first()?.first()?.parse().ok()
}
