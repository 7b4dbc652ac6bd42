//! Sessions that commit one small transaction after another, for a while.

use claimsmith::clock::{Moment, SharedClock};
use futures_util::future::try_join_all;
use tokio_postgres::Statement;

use super::server::{Server, Variant};
use super::session::Session;
use super::write::{Prepared, Write};
use crate::support::report::Failure;

/// What all these sessions do.
enum Transaction {
    RoleChange(Prepared),
    /// On a table that nobody watches.
    Ordinary(Statement),
}

/// The sessions.
pub(super) struct Traffic {
    sessions: Vec<(Session, Transaction)>,
}

impl Traffic {
    /// Sessions that change the role of one member in each transaction.
    pub(super) async fn of_role_changes(
        server: &Server,
        variant: Variant,
        count: usize,
        commit_delay: u32,
    ) -> Result<Self, Failure> {
        let mut sessions = Vec::new();
        for session in delayed(server, variant, count, commit_delay).await? {
            let prepared = Write::OneRow.prepare(&session, server).await?;
            sessions.push((session, Transaction::RoleChange(prepared)));
        }
        Ok(Self { sessions })
    }

    /// Sessions that update one row of the table without roles in each transaction.
    pub(super) async fn of_orders(
        server: &Server,
        variant: Variant,
        count: usize,
        commit_delay: u32,
    ) -> Result<Self, Failure> {
        let mut sessions = Vec::new();
        for session in delayed(server, variant, count, commit_delay).await? {
            let statement = session.client.prepare("UPDATE app.orders SET lines = lines + 1 WHERE id = $1").await?;
            sessions.push((session, Transaction::Ordinary(statement)));
        }
        Ok(Self { sessions })
    }

    /// Transactions per second that the first `count` sessions commit together until `end`.
    pub(super) async fn run(
        &self,
        server: &Server,
        count: usize,
        end: Moment,
        clock: &SharedClock,
    ) -> Result<f64, Failure> {
        let began = clock.now();
        let share = (server.members.len() / self.sessions.len().max(1)).max(1);
        let sessions = self.sessions.iter().take(count).enumerate();
        let lanes = sessions.map(async |(lane, (session, transaction))| -> Result<u32, Failure> {
            let mut committed = 0;
            while clock.now() < end {
                // Two writers of one row would wait for each other.
                let nth = lane * share + usize::try_from(committed)? % share;
                transaction.run(session, server, nth).await?;
                committed += 1;
            }
            Ok(committed)
        });
        let committed: u32 = try_join_all(lanes).await?.into_iter().sum();
        Ok(f64::from(committed) / clock.now().since(began).as_secs_f64())
    }
}

impl Transaction {
    async fn run(&self, session: &Session, server: &Server, nth: usize) -> Result<(), Failure> {
        match self {
            Self::RoleChange(prepared) => prepared.run(session, &server.members, nth).await.map(drop),
            Self::Ordinary(statement) => {
                let id = i32::try_from(nth % 10_000)? + 1;
                Ok(session.client.execute(statement, &[&id]).await.map(drop)?)
            }
        }
    }
}

/// Sessions whose COMMIT takes this many microseconds longer, as it does on slower disks and with a replica that confirms.
async fn delayed(server: &Server, variant: Variant, count: usize, commit_delay: u32) -> Result<Vec<Session>, Failure> {
    let mut sessions = Vec::new();
    for _ in 0..count {
        let session = server.connect(variant).await?;
        let delay = format!("SET commit_siblings = 0; SET commit_delay = {commit_delay}");
        session.client.batch_execute(&delay).await?;
        sessions.push(session);
    }
    Ok(sessions)
}
