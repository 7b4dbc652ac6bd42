//! The kinds of writes, each prepared once in its session. Each is one transaction of one statement, COMMIT included.

use tokio_postgres::Statement;
use tokio_postgres::types::ToSql;

use super::server::{Member, Server};
use super::session::Session;
use crate::support::report::Failure;

/// How much one transaction changes.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Write {
    OneRow,
    OneTenant,
    /// A tenth of all rows, spread over all tenants.
    Tenth,
    /// Every row, into an empty table.
    Copy,
}

/// A write, ready to be run in a session.
pub(super) struct Prepared {
    write: Write,
    statement: Statement,
}

impl Write {
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::OneRow => "UPDATE of one row",
            Self::OneTenant => "UPDATE of one tenant",
            Self::Tenth => "UPDATE of a tenth of all rows",
            Self::Copy => "COPY of all rows",
        }
    }

    pub(super) async fn prepare(self, session: &Session, server: &Server) -> Result<Prepared, Failure> {
        const UPDATE: &str = "UPDATE app.memberships SET role_id = role_id % 3 + 1 WHERE";
        let statement = match self {
            Self::OneRow => format!("{UPDATE} tenant_id = $1::text::uuid AND user_id = $2::text::uuid"),
            Self::OneTenant => format!("{UPDATE} tenant_id = $1::text::uuid"),
            Self::Tenth => format!("{UPDATE} get_byte(uuid_send(user_id), 0) % 10 = $1::integer"),
            Self::Copy => format!("COPY app.memberships FROM '{}'", server.dump),
        };
        Ok(Prepared { write: self, statement: session.client.prepare(&statement).await? })
    }
}

impl Prepared {
    /// Runs it for one of the members; `nth` says which. Returns how many rows it changed.
    pub(super) async fn run(&self, session: &Session, members: &[Member], nth: usize) -> Result<u64, Failure> {
        let Member { tenant, user } = members.get(nth % members.len()).ok_or("nobody is in the tables")?;
        let tenth = i32::try_from(nth % 10)?;
        let parameters: &[&(dyn ToSql + Sync)] = match self.write {
            Write::OneRow => &[tenant, user],
            Write::OneTenant => &[tenant],
            Write::Tenth => &[&tenth],
            Write::Copy => &[],
        };
        match session.client.execute(&self.statement, parameters).await? {
            0 => Err("a write has changed nothing".into()),
            rows => Ok(rows),
        }
    }
}
