//! One HTTP client for each leave: what an entry may do is built into its client, so no request can go beyond it.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use reqwest::header::{ACCEPT_ENCODING, HeaderMap, HeaderValue};
use reqwest::{Client, redirect, retry};
use rustls::RootCertStore;

use super::error::FetchFault;
use super::resolver::{FilteringResolver, Resolver};
use super::url_rules::UrlFault;
use super::{Leave, tls};

const USER_AGENT: &str = concat!("claimsmith/", env!("CARGO_PKG_VERSION"));

/// Clients that are kept. There is one for each leave, so more are left-overs of leaves that have changed.
const MAX_CLIENTS: usize = 256;

/// How long a connection that is not in use is kept.
const IDLE_TIME: Duration = Duration::from_secs(30);

/// How many connections to one host are kept while they are not in use.
const IDLE_PER_HOST: usize = 4;

/// The clients, each made when it is first needed.
#[derive(Debug)]
pub(super) struct Clients {
    resolver: Arc<dyn Resolver>,
    connect_timeout: Duration,
    system_roots: RootCertStore,
    made: Mutex<HashMap<Leave, Client>>,
}

impl Clients {
    /// Reads the certificates that the operating system trusts; blocking.
    pub(super) fn new(resolver: Arc<dyn Resolver>, connect_timeout: Duration) -> Self {
        Self { resolver, connect_timeout, system_roots: tls::system_roots(), made: Mutex::default() }
    }

    /// The client for entries with this leave.
    pub(super) fn of(&self, leave: &Leave) -> Result<Client, FetchFault> {
        if let Some(client) = self.made.lock().get(leave) {
            return Ok(client.clone());
        }
        let client = self.make(leave)?;
        let mut made = self.made.lock();
        if made.len() >= MAX_CLIENTS {
            made.clear();
        }
        Ok(made.entry(leave.clone()).or_insert(client).clone())
    }

    fn make(&self, leave: &Leave) -> Result<Client, FetchFault> {
        let roots = leave.ca.as_ref().map_or_else(|| self.system_roots.clone(), |ca| ca.roots());
        let builder = Client::builder()
            .tls_backend_preconfigured(tls::client_config(roots)?)
            .https_only(!leave.plaintext)
            .dns_resolver(FilteringResolver::new(Arc::clone(&self.resolver), leave.reaches_inside()))
            .redirect(redirect::Policy::none())
            .retry(retry::never())
            .referer(false)
            .no_proxy()
            .user_agent(USER_AGENT)
            .default_headers(HeaderMap::from_iter([(ACCEPT_ENCODING, HeaderValue::from_static("identity"))]))
            .connect_timeout(self.connect_timeout)
            .pool_idle_timeout(IDLE_TIME)
            .pool_max_idle_per_host(IDLE_PER_HOST);
        // Fails only if the parts above do not fit together, which no request can change.
        builder.build().map_err(|_| UrlFault::Malformed.into())
    }
}
