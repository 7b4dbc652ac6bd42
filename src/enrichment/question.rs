//! What is asked, by whom, and what comes back.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use tokio::time::Instant;

use crate::clock::Moment;
use crate::directory::{Place, Reading, UserId};
use crate::error::Choice;
use crate::roles::Claims;
use crate::tenancy::catalog::Tenant;
use crate::tenancy::{HintKind, Hints};
use crate::tokens::VerifiedToken;

/// Who the question is about.
#[derive(Clone, Copy)]
pub enum Subject<'request> {
    /// The directory's own user.
    User(&'request str),
    /// An issuer's name for the user.
    Identity {
        /// `iss`, to the letter.
        issuer: &'request str,
        /// `sub`.
        sub: &'request str,
    },
    /// A token that speaks for the user; nothing of it is believed before it is verified.
    Token(&'request str),
}

/// What a caller may ask.
#[derive(Clone, Debug)]
pub struct Rights {
    /// In which tenants; `None` is all.
    pub tenants: Option<Vec<Box<str>>>,
    /// With which hints.
    pub hints: Vec<HintKind>,
    /// How old the answers may be.
    pub ages: Ages,
}

/// How old answers may be.
#[derive(Clone, Copy, Debug)]
pub struct Ages {
    /// Up to this age bound an answer is as good as any.
    pub fresh: Duration,
    /// Up to this one it is given and marked as stale; beyond, it is refused.
    pub served: Duration,
}

impl Ages {
    /// Nothing older than this.
    pub const fn up_to(fresh: Duration) -> Self {
        Self { fresh, served: fresh }
    }

    pub(super) fn are_exceeded(self, age: Duration) -> bool {
        age > self.served.max(self.fresh)
    }

    /// Whether an answer with this reading has to be marked.
    pub fn call_stale(self, reading: &Reading) -> bool {
        reading.age_bound.is_none_or(|age| age > self.fresh)
    }
}

/// "This user, in this tenant: which claims?"
#[derive(Clone, Copy)]
pub struct Question<'request> {
    /// Who.
    pub subject: Subject<'request>,
    /// Where.
    pub hints: Hints<'request>,
    /// The answer must contain every change up to here.
    pub at_least: Option<Place>,
}

/// The answer.
#[derive(Debug)]
pub struct Answer {
    /// In which tenant.
    pub tenant: Arc<Tenant>,
    /// What named it; `None` is the user's default.
    pub named_by: Option<HintKind>,
    /// Who.
    pub user: UserId,
    /// The token that the question was asked with.
    pub token: Option<Arc<VerifiedToken>>,
    /// The claims.
    pub claims: Claims,
    /// When they stop being true by themselves.
    pub lapses_at: Option<Moment>,
    /// How new.
    pub reading: Reading,
    /// Whether that is older than the caller usually accepts.
    pub stale: bool,
}

/// The tenants of one user.
#[derive(Debug)]
pub struct Memberships {
    /// Who.
    pub user: UserId,
    /// Which, the default first, then by identifier.
    pub choices: Vec<Choice>,
    /// How new the names and states of the tenants are; the memberships themselves were read now.
    pub reading: Reading,
    /// Whether that is older than the caller usually accepts.
    pub stale: bool,
}

/// How long a request may wait in all, counted from its first wait. A hit never asks what time that would be.
#[derive(Debug)]
pub struct Patience {
    within: Duration,
    deadline: OnceLock<Instant>,
}

impl Patience {
    /// To wait no longer than this.
    pub const fn of(within: Duration) -> Self {
        Self { within, deadline: OnceLock::new() }
    }

    pub(super) fn deadline(&self) -> Instant {
        *self.deadline.get_or_init(|| Instant::now() + self.within)
    }

    pub(super) fn was_needed(&self) -> bool {
        self.deadline.get().is_some()
    }
}

impl Rights {
    pub(super) fn admit(&self, tenant: &Tenant) -> bool {
        self.admit_by_id(tenant.id.as_str())
    }

    /// Whether the tenant with this id may be asked about, if there is one.
    pub fn admit_by_id(&self, tenant: &str) -> bool {
        self.tenants.as_ref().is_none_or(|tenants| tenants.iter().any(|allowed| **allowed == *tenant))
    }
}
