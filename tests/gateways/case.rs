//! A row of the matrix: what a client sends, and what is expected of each gateway.

use crate::client::Request;
use crate::exchange::Exchange;
use crate::gateway::Kind;
use crate::laws::Identity;
use crate::scene::Stage;
use crate::support::identity_provider::Issuer;
use crate::way::Passage;

/// What happens before the requests are sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Given {
    Nothing,
    /// The owner runs these statements, and the service has applied them.
    Changed(&'static str),
    /// The directory does not answer while the row lasts.
    LockedDirectory,
    /// From this row on.
    Way(Passage),
}

type Requests = Box<dyn Fn(&Issuer) -> Vec<Request>>;
type Tells = Box<dyn Fn(&Exchange) -> String>;

/// One row.
pub(crate) struct Case {
    /// What it shows.
    pub(crate) shows: String,
    pub(crate) stage: Stage,
    pub(crate) given: Given,
    /// The requests, all of which end alike.
    pub(crate) requests: Requests,
    /// Who the back-end is told the client is.
    pub(crate) identity: Identity,
    /// What is told of an exchange besides its verdict.
    pub(crate) tells: Tells,
    /// The most connections that the gateway may make to the service.
    pub(crate) connections: Option<usize>,
    expected: String,
    other: Vec<(Kind, String)>,
}

impl Case {
    /// With alice as the client, and with nothing told but the verdict.
    pub(crate) fn new(
        shows: impl Into<String>,
        requests: impl Fn(&Issuer) -> Vec<Request> + 'static,
        expected: &str,
    ) -> Self {
        Self {
            shows: shows.into(),
            stage: Stage::Usual,
            given: Given::Nothing,
            requests: Box::new(requests),
            identity: Identity::ALICE,
            tells: Box::new(|_| String::new()),
            connections: None,
            expected: expected.to_owned(),
            other: Vec::new(),
        }
    }

    /// These gateways end it otherwise.
    pub(crate) fn but(mut self, kinds: &[Kind], expected: &str) -> Self {
        self.other.extend(kinds.iter().map(|kind| (*kind, expected.to_owned())));
        self
    }

    pub(crate) fn on(self, stage: Stage) -> Self {
        Self { stage, ..self }
    }

    pub(crate) fn given(self, given: Given) -> Self {
        Self { given, ..self }
    }

    pub(crate) fn by(self, identity: Identity) -> Self {
        Self { identity, ..self }
    }

    pub(crate) fn telling(self, tells: impl Fn(&Exchange) -> String + 'static) -> Self {
        Self { tells: Box::new(tells), ..self }
    }

    pub(crate) fn over_at_most(self, connections: usize) -> Self {
        Self { connections: Some(connections), ..self }
    }

    pub(crate) fn expected(&self, kind: Kind) -> &str {
        let own = self.other.iter().find(|(other, _)| *other == kind);
        own.map_or(&self.expected, |(_, expected)| expected)
    }

    /// The verdict, and what else is told.
    pub(crate) fn seen(&self, exchange: &Exchange) -> String {
        format!("{} {}", exchange.verdict(), (self.tells)(exchange)).trim_end().to_owned()
    }
}
