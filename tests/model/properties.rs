//! What must hold in every state, and what must be seen in some.

use claimsmith::directory::history::Standing;
use stateright::{Expectation, Property};

use super::changes::Changes;
use super::system::{Broken, Effect, Protocol, Reader, Stage, System};

/// No answer is older than its position.
pub(super) const POSITION: &str = "an answer contains every change up to its position";
/// The age promise.
pub(super) const AGE: &str = "an answer contains every change from before its age bound";
/// What a failover has lost is not answered for ever.
pub(super) const LOST: &str = "an answer has nothing that is lost once the new primary was asked";
/// What was asked in a history that was left says nothing in the next.
pub(super) const LEFT: &str = "a load counts in the history that it was asked in";
/// A consistency token is honoured.
pub(super) const TOKEN: &str = "memory that has reached a token contains its change";

/// All of them.
pub(super) const PROMISES: [&str; 5] = [POSITION, AGE, LOST, LEFT, TOKEN];

/// A load brought too little.
pub(super) const REFUSED: &str = "a load is refused";
/// A load knows of a change before the feed does.
pub(super) const AHEAD: &str = "a load is ahead of the feed";
/// The feed knows of a change before the cache does.
pub(super) const OWED: &str = "a change waits to be taken in";
/// Both at once.
pub(super) const RACE: &str = "a load is published while a change waits";
/// The replica is behind.
pub(super) const TRAILS: &str = "a replica trails";
/// Nothing but a witness tells that the history is another.
pub(super) const MISSING: &str = "only a witness is missing";
/// A load outlives the history that it was asked in.
pub(super) const LATE: &str = "a load of another epoch lands";
/// A request outlives the history that it began in.
pub(super) const OVER_RESET: &str = "an answer waits over a reset";

const fn always(name: &'static str, condition: fn(&Protocol, &System) -> bool) -> Property<Protocol> {
    Property { expectation: Expectation::Always, name, condition }
}

const fn sometimes(name: &'static str, condition: fn(&Protocol, &System) -> bool) -> Property<Protocol> {
    Property { expectation: Expectation::Sometimes, name, condition }
}

pub(super) fn all() -> Vec<Property<Protocol>> {
    vec![
        always(POSITION, |_, system| system.broken != Some(Broken::Position)),
        always(AGE, |_, system| system.broken != Some(Broken::Age)),
        always(LOST, |_, system| system.broken != Some(Broken::LostHistory)),
        always(LEFT, |_, system| system.broken != Some(Broken::LeftHistory)),
        always(TOKEN, |_, system| system.honours_tokens()),
        sometimes(REFUSED, |_, system| system.has_refused()),
        sometimes(AHEAD, |_, system| !system.feed.history.witnesses().unwrap().is_empty()),
        sometimes(OWED, |_, system| system.owes()),
        sometimes(RACE, |_, system| system.races()),
        sometimes(TRAILS, |_, system| system.servers.replica.len() < system.servers.primary.len()),
        sometimes(MISSING, |_, system| system.misses_a_witness()),
        sometimes(LATE, |_, system| system.has_late_load()),
        sometimes(OVER_RESET, |_, system| system.waits_over_a_reset()),
    ]
}

impl System {
    /// Of every change of the primary, taken as a token.
    fn honours_tokens(&self) -> bool {
        let applied = self.feed.applied;
        self.feed.confirmed.is_none()
            || self.servers.primary.after(0).all(|(place, change)| {
                place.position > applied.position()
                    || self.feed.history.judge(place) != Standing::Known
                    || applied.set().include(Changes::default().with(change))
            })
    }

    fn has_refused(&self) -> bool {
        self.slot.iter().flat_map(|slot| &slot.actor).any(|actor| actor.refusals() > 0)
    }

    fn owes(&self) -> bool {
        self.feed.effects.iter().any(|effect| matches!(effect, Effect::Applied { owed: 1.., .. }))
    }

    fn stage(&self) -> Option<Stage> {
        self.slot.as_ref().and_then(|slot| slot.load.as_ref()).map(|load| load.stage)
    }

    fn races(&self) -> bool {
        matches!(self.stage(), Some(Stage::Judged { .. })) && self.slot.iter().any(|slot| !slot.mailbox.is_empty())
    }

    fn misses_a_witness(&self) -> bool {
        let Some((question, answer)) = self.feed.question.as_ref().and_then(|asked| Some((asked, asked.answer?)))
        else {
            return false;
        };
        let follows = self.feed.cursor.is_some_and(|cursor| cursor.len() > 0 && answer.log.has(cursor.head()));
        follows && question.witnesses.iter().any(|witness| !answer.log.has(*witness))
    }

    fn has_late_load(&self) -> bool {
        matches!(self.stage(), Some(Stage::Answered { epoch, .. }) if epoch != self.feed.history.epoch())
    }

    fn waits_over_a_reset(&self) -> bool {
        let waits = |reader: &Reader| matches!(reader, Reader::Waits { .. } | Reader::Looks { .. });
        self.feed.confirmed.is_none() && self.readers.iter().any(waits)
    }
}
