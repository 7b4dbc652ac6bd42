//! The steps of the change feed, as `directory::change_feed` has them.
//!
//! The bell needs no state: a question may be sent at any moment, which is all that a notification that is lost, comes twice
//! or is forged can bring about.

use claimsmith::directory::{Nonce, Place, Position};

use super::changes::{Changes, Log};
use super::rules::Mutation;
use super::servers::{Host, Since};
use super::system::{Asked, Effect, Feed, Message, Protocol, Question, System};

impl System {
    /// New connections lead to the primary of the moment.
    pub(super) fn connect(&mut self, protocol: &Protocol) {
        self.feed.connection = Some(Host::Primary);
        self.renew_pool(protocol);
    }

    pub(super) fn disconnect(&mut self) {
        self.feed.connection = None;
        self.feed.question = None;
    }

    pub(super) fn send_question(&mut self, protocol: &Protocol) {
        let Some(host) = self.feed.connection else { return };
        let witnesses = self.feed.history.witnesses().unwrap();
        self.feed.question = Some(Question { witnesses, asked: self.moment(host, protocol), answer: None });
    }

    /// What a question that is sent now to this server is sent after.
    fn moment(&self, host: Host, protocol: &Protocol) -> Asked {
        let lost = self.servers.lost;
        let is_after_failover = self.servers.old.is_some() && host == Host::Primary;
        Asked {
            known: self.servers.log(host).set().and(self.shown).without(lost).common(self.watched(protocol)),
            lost: if is_after_failover { self.shown.common(lost) } else { Changes::default() },
        }
    }

    pub(super) fn execute_question(&mut self, protocol: &Protocol) {
        let (Some(host), Some(question)) = (self.feed.connection, &mut self.feed.question) else { return };
        let mut since = self.servers.since(host, self.feed.cursor, &question.witnesses);
        if protocol.has(Mutation::PositionsWithoutNonces) {
            since.is_reset = self.feed.cursor.is_none_or(|cursor| cursor.len() > since.log.len());
        }
        question.answer = Some(since);
    }

    pub(super) fn receive_answer(&mut self, protocol: &Protocol) {
        let Some(Question { mut witnesses, mut asked, answer: Some(since) }) = self.feed.question.take() else {
            return;
        };
        if protocol.has(Mutation::ConfirmedAtTheAnswer)
            && let Some(host) = self.feed.connection
        {
            asked = self.moment(host, protocol);
        }
        if protocol.has(Mutation::WitnessesTakenAfterSending) {
            witnesses = self.feed.history.witnesses().unwrap();
        }
        let Since { log, is_reset } = since;
        let goes_on = if is_reset { self.reset(log, protocol) } else { self.dispatch(log, &witnesses, protocol) };
        if goes_on {
            self.feed.effects.push_back(Effect::Confirmed(asked));
        }
    }

    fn dispatch(&mut self, log: Log, witnesses: &[Place], protocol: &Protocol) -> bool {
        let known = self.feed.cursor.unwrap_or_default().len();
        let places: Vec<(Position, Nonce)> =
            log.after(known).map(|(place, _)| (place.position, place.nonce.unwrap())).collect();
        self.feed.history.follow(&places, witnesses);
        if places.is_empty() {
            return true;
        }
        self.feed.seen = log.position();
        let message_of = |(place, change): (Place, u8)| Message::Changed {
            position: place.position,
            user: self.servers.user_of(change),
        };
        let messages: Vec<Message> = log.after(known).map(message_of).collect();
        self.tell(&messages, log, protocol);
        self.feed.cursor = Some(log);
        true
    }

    /// A slot whose actor cannot be told is revoked.
    fn tell(&mut self, messages: &[Message], cursor: Log, protocol: &Protocol) {
        let mut owed = 0;
        match &mut self.slot {
            Some(slot) if slot.actor.is_some() => {
                slot.mailbox.extend(messages);
                owed = u8::try_from(messages.len()).unwrap();
            }
            Some(_) => self.revoke(),
            None => {}
        }
        if protocol.has(Mutation::AppliedBeforeTakenIn) {
            owed = 0;
        }
        self.feed.effects.push_back(Effect::Applied { cursor, owed });
    }

    /// False: the connection is not to be trusted.
    fn reset(&mut self, log: Log, protocol: &Protocol) -> bool {
        let had_history = self.feed.cursor.is_some_and(|cursor| cursor.len() > 0);
        self.feed.effects.clear();
        self.feed.confirmed = None;
        if !protocol.has(Mutation::PositionKeptOverAReset) {
            self.feed.applied = Log::default();
        }
        self.feed.history.restart(log.head());
        self.pool_is_old = false;
        self.feed.seen = log.position();
        if protocol.bounds.resets_by_message {
            self.tell(&[Message::History], log, protocol);
        } else {
            if !protocol.has(Mutation::SlotsSurviveAReset) {
                self.revoke();
            }
            self.feed.effects.push_back(Effect::Applied { cursor: log, owed: 0 });
        }
        self.feed.cursor = Some(log);
        if had_history {
            self.disconnect();
        }
        !had_history
    }
}

impl Feed {
    /// Whether the first effect can be settled.
    pub(super) fn is_due(&self) -> bool {
        self.effects.front().is_some_and(|effect| !matches!(effect, Effect::Applied { owed: 1.., .. }))
    }

    pub(super) fn settle(&mut self) {
        match self.effects.pop_front() {
            Some(Effect::Applied { cursor, .. }) => self.applied = cursor,
            Some(Effect::Confirmed(asked)) => self.confirmed = Some(asked),
            None => {}
        }
    }

    /// One message more was taken in.
    pub(super) fn taken_in(&mut self) {
        let owing = self.effects.iter_mut().find_map(|effect| match effect {
            Effect::Applied { owed, .. } if *owed > 0 => Some(owed),
            _ => None,
        });
        if let Some(owed) = owing {
            *owed -= 1;
        }
    }
}
