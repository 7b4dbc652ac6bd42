//! What a tenant's actor is told.

use actix::Message;
use tokio::sync::oneshot;

use super::answer::Granted;
use crate::cache::Unavailable;
use crate::directory::Position;

/// What a load found.
#[derive(Clone, Debug)]
pub enum Loaded {
    /// A member, and what that comes to.
    Member(Granted),
    /// No member.
    NotAMember,
}

/// Where the outcome of a load goes.
pub(super) type Reply = oneshot::Sender<Result<Loaded, Unavailable>>;

/// Somebody waits for a user.
#[derive(Message)]
#[rtype(result = "()")]
pub struct Load {
    /// Who.
    pub user: Box<str>,
    /// Where the answer goes.
    pub reply: Reply,
}

/// What has changed in the tenant.
#[derive(Clone, Debug)]
pub enum Scope {
    /// What these users are granted.
    Users(Vec<Box<str>>),
    /// What these roles mean.
    Roles(Vec<Box<str>>),
    /// What every role means.
    EveryRole,
    /// Anything, the way claims are made included.
    Everything,
}

/// A transaction has changed something in the tenant.
#[derive(Message)]
#[rtype(result = "()")]
pub struct Changed {
    /// Up to here.
    pub position: Position,
    /// What, one entry per row of the change log.
    pub scopes: Vec<Scope>,
    /// Told when no reader can see anything older.
    pub done: oneshot::Sender<()>,
}

/// Memory is wanted.
#[derive(Message)]
#[rtype(result = "()")]
pub struct Evict {
    /// Entries not used after this second may go.
    pub second: u32,
    /// At most so many.
    pub most: usize,
}
