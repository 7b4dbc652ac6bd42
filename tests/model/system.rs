//! One state of everything.

use std::collections::VecDeque;

use claimsmith::cache::coalescer::Coalescer;
use claimsmith::directory::history::{Epoch, History};
use claimsmith::directory::{Place, Position};

use super::changes::{Changes, Log};
use super::rules::{Bounds, Mutation};
use super::servers::{Host, Servers, Since};

/// The service and the database, at one moment.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct System {
    pub(super) servers: Servers,
    pub(super) feed: Feed,
    /// Whether the pool still has connections from before the failover.
    pub(super) pool_is_old: bool,
    /// What loads have shown to anybody, ever.
    pub(super) shown: Changes,
    /// The slot that readers find; one that was revoked is none.
    pub(super) slot: Option<Slot>,
    pub(super) readers: Vec<Reader>,
    pub(super) broken: Option<Broken>,
}

/// The change feed and what it publishes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Feed {
    pub(super) connection: Option<Host>,
    pub(super) question: Option<Question>,
    /// The log up to where changes have been handed on.
    pub(super) cursor: Option<Log>,
    pub(super) effects: VecDeque<Effect>,
    /// How often the connection has broken.
    pub(super) breaks: u8,
    pub(super) history: History,
    pub(super) seen: Position,
    pub(super) applied: Log,
    pub(super) confirmed: Option<Asked>,
}

/// What was true when a question was sent: the moment that an age bound counts from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Asked {
    /// Everything that had committed on the server that is asked, or had been shown by any load, and is not lost.
    pub(super) known: Changes,
    /// Everything lost that had been shown by any load, if the new primary is asked.
    pub(super) lost: Changes,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Question {
    pub(super) witnesses: Vec<Place>,
    pub(super) asked: Asked,
    pub(super) answer: Option<Since>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Effect {
    /// Of so many messages it is not known yet that they were taken in.
    Applied {
        cursor: Log,
        owed: u8,
    },
    Confirmed(Asked),
}

/// A tenant's published answers, and its writer.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Slot {
    /// By user: the changes that the answer contains, of those that concern the user.
    pub(super) entries: [Option<Changes>; 2],
    /// `None`: not started yet. Who waits is a number of a reader.
    pub(super) actor: Option<Coalescer<usize>>,
    pub(super) mailbox: VecDeque<Message>,
    pub(super) load: Option<Load>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Message {
    Changed {
        position: Position,
        user: u8,
    },
    /// The history is another.
    History,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Load {
    pub(super) keys: Vec<Box<str>>,
    /// It was asked on a connection from before the feed's.
    pub(super) is_stale: bool,
    pub(super) stage: Stage,
}

/// How far a load is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Stage {
    /// To be asked of the primary, again.
    Refused,
    Asked {
        host: Host,
        epoch: Epoch,
    },
    Answered {
        host: Host,
        epoch: Epoch,
        snapshot: Log,
    },
    /// The directory has given it to the actor.
    Judged {
        snapshot: Log,
    },
}

/// What a request has read of the feed's state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Reading {
    pub(super) applied: Log,
    pub(super) confirmed: Asked,
}

/// A request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Reader {
    Idle,
    /// It has read how new memory is, and will look into it.
    Looks {
        user: u8,
        reading: Reading,
    },
    Waits {
        user: u8,
        reading: Reading,
    },
    /// Only by mistake: it has an entry, and will read how new memory is.
    Holds {
        user: u8,
        entry: Changes,
    },
}

/// A promise that an answer did not keep.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Broken {
    Position,
    Age,
    LostHistory,
    LeftHistory,
}

/// What is checked: the bounds of the run, and what is wrong in it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Protocol {
    pub(super) bounds: Bounds,
    pub(super) mutation: Option<Mutation>,
}

impl Protocol {
    pub(super) fn has(&self, mutation: Mutation) -> bool {
        self.mutation == Some(mutation)
    }
}

impl System {
    pub(super) fn start(bounds: Bounds) -> Self {
        let mut servers = Servers::default();
        for _ in 0..bounds.before {
            servers.commit(0);
        }
        servers.replica = servers.primary;
        Self {
            servers,
            feed: Feed::default(),
            pool_is_old: false,
            shown: Changes::default(),
            slot: None,
            readers: vec![Reader::Idle; bounds.readers],
            broken: None,
        }
    }

    /// The changes of those users that requests ask for; no other can be missed.
    pub(super) fn watched(&self, protocol: &Protocol) -> Changes {
        (0..protocol.bounds.asked).fold(Changes::default(), |set, user| set.and(self.servers.concerning(user)))
    }

    /// What was lost is promised by nobody any more, and what cannot matter any more is not kept: equal states are found to
    /// be equal.
    pub(super) fn forget(&mut self) {
        let lost = self.servers.lost;
        let asked_at = self.feed.effects.iter_mut().filter_map(|effect| match effect {
            Effect::Confirmed(asked) => Some(asked),
            Effect::Applied { .. } => None,
        });
        let read = self.readers.iter_mut().filter_map(|reader| match reader {
            Reader::Looks { reading, .. } | Reader::Waits { reading, .. } => Some(&mut reading.confirmed),
            Reader::Idle | Reader::Holds { .. } => None,
        });
        let question = self.feed.question.iter_mut().map(|question| &mut question.asked);
        for asked in asked_at.chain(read).chain(question).chain(&mut self.feed.confirmed) {
            asked.known = asked.known.without(lost);
        }
        if self.servers.old.is_some() && self.feed.connection != Some(Host::Old) {
            self.shown = self.shown.common(lost);
        }
    }

    /// Nobody reads here any more. Who waits asks again, with what was read before.
    pub(super) fn revoke(&mut self) {
        self.slot = None;
        for effect in &mut self.feed.effects {
            if let Effect::Applied { owed, .. } = effect {
                *owed = 0;
            }
        }
        for reader in &mut self.readers {
            if let Reader::Waits { user, reading } = *reader {
                *reader = Reader::Looks { user, reading };
            }
        }
    }
}
