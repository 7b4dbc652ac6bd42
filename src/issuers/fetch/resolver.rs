//! Names to addresses, without those that may not be dialled.
//!
//! The client asks here for each connection and dials what it gets. There is no second look-up that could differ.

use std::fmt;
use std::io;
use std::net::{IpAddr, SocketAddr, ToSocketAddrs as _};
use std::sync::Arc;

use futures_util::future::BoxFuture;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use tokio::sync::Semaphore;

use super::address::may_dial;

/// Look-ups of the operating system that may run at once. Those of a dead server block a thread each, for half a minute.
const MAX_LOOKUPS: usize = 64;

/// Most addresses of one name that are tried.
const MAX_ADDRESSES: usize = 8;

/// Finds the addresses of a host.
pub trait Resolver: Send + Sync + fmt::Debug {
    /// All addresses of `host`, which is never an address itself.
    fn resolve(&self, host: &str) -> BoxFuture<'static, io::Result<Vec<IpAddr>>>;
}

/// The operating system's resolver.
#[derive(Debug)]
pub struct SystemResolver {
    permits: Arc<Semaphore>,
}

impl Default for SystemResolver {
    fn default() -> Self {
        Self { permits: Arc::new(Semaphore::new(MAX_LOOKUPS)) }
    }
}

impl Resolver for SystemResolver {
    fn resolve(&self, host: &str) -> BoxFuture<'static, io::Result<Vec<IpAddr>>> {
        let (permits, host) = (Arc::clone(&self.permits), host.to_owned());
        Box::pin(async move {
            let permit = permits.acquire_owned().await.map_err(io::Error::other)?;
            let lookup = tokio::task::spawn_blocking(move || {
                // A look-up cannot be broken off, so its permit stays with the thread and not with who waits.
                let _permit = permit;
                (host.as_str(), 0).to_socket_addrs().map(|found| found.map(|address| address.ip()).collect())
            });
            lookup.await.map_err(io::Error::other)?
        })
    }
}

/// A resolver that leaves out what may not be dialled.
pub(super) struct FilteringResolver {
    inner: Arc<dyn Resolver>,
    /// Whether private networks are allowed.
    inside: bool,
}

impl FilteringResolver {
    pub(super) fn new(inner: Arc<dyn Resolver>, inside: bool) -> Self {
        Self { inner, inside }
    }
}

impl Resolve for FilteringResolver {
    fn resolve(&self, name: Name) -> Resolving {
        let (found, inside) = (self.inner.resolve(name.as_str()), self.inside);
        Box::pin(async move {
            let dialled = allowed(found.await, inside)?;
            // Port 0 stands for the URL's.
            let addresses = dialled.into_iter().map(|address| SocketAddr::new(address, 0));
            Ok(Box::new(addresses) as Addrs)
        })
    }
}

fn allowed(found: io::Result<Vec<IpAddr>>, inside: bool) -> Result<Vec<IpAddr>, Unresolved> {
    let mut found = found.map_err(|_| Unresolved::NotFound)?;
    if found.is_empty() {
        return Err(Unresolved::NotFound);
    }
    found.retain(|address| may_dial(*address, inside));
    found.truncate(MAX_ADDRESSES);
    if found.is_empty() { Err(Unresolved::Refused) } else { Ok(found) }
}

/// Why there is nothing to dial.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Unresolved {
    /// The name has no address.
    #[error("the host has no address")]
    NotFound,
    /// It has none that may be dialled.
    #[error("the host has no address that may be dialled")]
    Refused,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(addresses: &[&str]) -> Vec<IpAddr> {
        addresses.iter().map(|address| address.parse().unwrap()).collect()
    }

    #[test]
    fn of_mixed_addresses_only_the_bad_ones_go() {
        let mixed = || Ok(found(&["10.0.0.1", "93.184.215.14", "169.254.169.254", "::ffff:127.0.0.1", "2606:4700::1"]));
        assert_eq!(allowed(mixed(), false), Ok(found(&["93.184.215.14", "2606:4700::1"])));
        let with_leave = found(&["10.0.0.1", "93.184.215.14", "::ffff:127.0.0.1", "2606:4700::1"]);
        assert_eq!(allowed(mixed(), true), Ok(with_leave));
    }

    #[test]
    fn a_host_with_bad_addresses_only_is_told_from_one_with_none() {
        assert_eq!(allowed(Ok(found(&["127.0.0.1", "::1"])), false), Err(Unresolved::Refused));
        assert_eq!(allowed(Ok(found(&[])), false), Err(Unresolved::NotFound));
        assert_eq!(allowed(Err(io::Error::other("no such host")), false), Err(Unresolved::NotFound));
    }

    #[test]
    fn a_host_with_many_addresses_costs_a_bounded_number_of_tries() {
        let many = (0..100).map(|last| IpAddr::from([8, 8, 8, last])).collect();
        assert_eq!(allowed(Ok(many), false).unwrap().len(), MAX_ADDRESSES);
    }

    #[actix_rt::test]
    async fn the_operating_system_knows_localhost() {
        let addresses = SystemResolver::default().resolve("localhost").await.unwrap();
        assert!(!addresses.is_empty() && addresses.iter().all(IpAddr::is_loopback), "{addresses:?}");
    }
}
