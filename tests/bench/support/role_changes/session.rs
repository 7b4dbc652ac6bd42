//! A connection whose backend can be held to account.

use std::time::Duration;

use tokio::task::JoinHandle;
use tokio_postgres::{Client, NoTls};

use crate::support::cpu;
use crate::support::report::Failure;

/// The connection; it ends when this is dropped.
pub(crate) struct Session {
    pub(crate) client: Client,
    backend: u32,
    driver: JoinHandle<()>,
}

impl Session {
    pub(super) async fn open(url: &str) -> Result<Self, Failure> {
        let (client, connection) = tokio_postgres::connect(url, NoTls).await?;
        let driver = tokio::spawn(async {
            // A lost connection shows in the query that wanted it.
            let _ = connection.await;
        });
        let backend: i32 = client.query_one("SELECT pg_backend_pid()", &[]).await?.get(0);
        Ok(Self { client, backend: u32::try_from(backend)?, driver })
    }

    /// Processor time that the backend has used so far.
    pub(super) fn cpu(&self) -> Result<Duration, Failure> {
        cpu::used(self.backend)
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        self.driver.abort();
    }
}
