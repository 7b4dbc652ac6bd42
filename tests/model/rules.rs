//! How large a run is, and what is wrong with the protocol in it.

/// What may happen in a run, at most.
#[derive(Clone, Copy, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a kind of trouble of its own")]
pub(super) struct Bounds {
    /// Changes committed before the service starts, all of the first user.
    pub(super) before: u8,
    /// Changes committed later, by any server.
    pub(super) changes: u8,
    /// Users that are changed.
    pub(super) users: u8,
    /// Users that are asked for.
    pub(super) asked: u8,
    /// Requests at a time.
    pub(super) readers: usize,
    /// Whether loads may read a replica.
    pub(super) has_replica: bool,
    /// Whether a standby may be promoted, once.
    pub(super) fails_over: bool,
    /// Whether the old primary answers on connections made before.
    pub(super) old_answers: bool,
    /// Most commits that a failover loses.
    pub(super) lost: usize,
    /// Whether a reset is a message to the writer, as to that of identities, or a flag on the slot.
    pub(super) resets_by_message: bool,
    /// How often the connection of the feed breaks, besides the one to the old primary.
    pub(super) disconnects: u8,
    /// Whether the tenant may be too slow to be waited for, and lose its slot.
    pub(super) revokes: bool,
    /// Effects that may be waiting when the feed asks again.
    pub(super) effects: usize,
}

/// A mistake, made on purpose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mutation {
    FenceAlwaysAdmits,
    FlightsAreNotRaised,
    /// Loads that are ahead of the feed are not remembered.
    WitnessesAreForgotten,
    /// What a load has shown while a question was under way counts as found by it.
    WitnessesTakenAfterSending,
    ConfirmedAtTheAnswer,
    AppliedBeforeTakenIn,
    /// The epoch is read when the load lands.
    LoadWithoutEpoch,
    ReplicaBelievedAhead,
    PositionsWithoutNonces,
    SlotsSurviveAReset,
    EntryReadBeforeReading,
    /// From the reset until it has taken effect, readers are told the position of what was left.
    PositionKeptOverAReset,
    /// A hit tells the position that was read before, though a reset came in between.
    HitsAreNotReadAgain,
    /// Loads still ask the old primary when the feed has gone over to the new one.
    PoolOutlivesTheFeedsConnection,
}
