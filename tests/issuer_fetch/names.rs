//! A resolver that says what a test wants, and something else the next time.

use std::io;
use std::net::IpAddr;
use std::sync::atomic::{AtomicUsize, Ordering};

use claimsmith::issuers::fetch::Resolver;
use futures_util::future::{BoxFuture, ready};

/// Global unicast that belongs to nobody any more, so that nothing is disturbed by dialling it.
pub(super) const PUBLIC: &str = "3ffe::1";

/// What every name resolves to: the first answer for the first connection, and so on; the last one stays.
#[derive(Debug)]
pub(super) struct Names {
    answers: Vec<Vec<IpAddr>>,
    asked: AtomicUsize,
}

impl Names {
    /// No name resolves.
    pub(super) fn none() -> Self {
        Self::changing(&[&[]])
    }

    /// Every name resolves to these.
    pub(super) fn to(addresses: &[&str]) -> Self {
        Self::changing(&[addresses])
    }

    pub(super) fn changing(answers: &[&[&str]]) -> Self {
        let parsed = |answer: &&[&str]| answer.iter().map(|address| address.parse().unwrap()).collect();
        Self { answers: answers.iter().map(parsed).collect(), asked: AtomicUsize::new(0) }
    }
}

impl Resolver for Names {
    fn resolve(&self, _host: &str) -> BoxFuture<'static, io::Result<Vec<IpAddr>>> {
        let turn = self.asked.fetch_add(1, Ordering::SeqCst).min(self.answers.len() - 1);
        Box::pin(ready(Ok(self.answers[turn].clone())))
    }
}
