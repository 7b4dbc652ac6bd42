//! Which issuers there are, and how often each path was asked for.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};

use parking_lot::{Mutex, RwLock};

use super::answer::Answer;
use super::behaviour::Endpoint;
use super::issuer::Issuer;
use super::wire::Request;

/// Everything behind one port.
#[derive(Default)]
pub(super) struct Site {
    issuers: RwLock<HashMap<String, Issuer>>,
    asked: Mutex<HashMap<String, Asked>>,
    connections: AtomicUsize,
}

/// What is known about the requests for one path.
struct Asked {
    times: usize,
    last: Request,
}

impl Site {
    pub(super) fn add(&self, name: &str, issuer: &Issuer) {
        let previous = self.issuers.write().insert(name.to_owned(), issuer.clone());
        assert!(previous.is_none(), "there is an issuer {name} already");
    }

    pub(super) fn connected(&self) {
        self.connections.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn connections(&self) -> usize {
        self.connections.load(Ordering::Relaxed)
    }

    pub(super) fn requests(&self) -> usize {
        self.asked.lock().values().map(|asked| asked.times).sum()
    }

    pub(super) fn times(&self, path: &str) -> usize {
        self.asked.lock().get(path).map_or(0, |asked| asked.times)
    }

    /// A header of the latest request for this path.
    pub(super) fn last_header(&self, path: &str, name: &str) -> Option<String> {
        Some(self.asked.lock().get(path)?.last.header(name)?.to_owned())
    }

    pub(super) async fn answer(&self, request: &Request) -> Answer {
        self.count(request);
        let Some((issuer, endpoint)) = self.find(&request.path) else { return Answer::status(404) };
        issuer.answer(endpoint, request).await
    }

    fn count(&self, request: &Request) {
        let mut asked = self.asked.lock();
        let entry = asked.entry(request.path.clone()).or_insert_with(|| Asked { times: 0, last: request.clone() });
        entry.times += 1;
        entry.last = request.clone();
    }

    fn find(&self, path: &str) -> Option<(Issuer, Endpoint)> {
        let (name, below) = path.strip_prefix("/i/")?.split_at_checked(path.strip_prefix("/i/")?.find('/')?)?;
        let endpoint = [Endpoint::Discovery, Endpoint::Keys].into_iter().find(|endpoint| endpoint.path() == below)?;
        Some((self.issuers.read().get(name)?.clone(), endpoint))
    }
}
