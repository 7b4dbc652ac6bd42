//! What an issuer says of an opaque token, as the rest of the service learns it.

use std::sync::Arc;
use std::time::Duration;

/// An opaque token that its issuer calls active and that the entry's rules accept.
///
/// Holds nothing of the token itself, so that it can be shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Introspected {
    /// The user, as the issuer names it.
    pub subject: Box<str>,
    /// The client that the token was issued to.
    pub client: Option<Box<str>>,
    /// Whom the token is for.
    pub audiences: Vec<Box<str>>,
    /// What the token permits, separated by spaces.
    pub scope: Option<Box<str>>,
    /// The organization of the provider, if the entry says which member names it.
    pub organization: Option<Box<str>>,
    /// The second, since 1970, from which on the issuer's answer is over.
    pub expires_at: Option<i64>,
    /// The second from which on it counts.
    pub not_before: Option<i64>,
}

impl Introspected {
    /// Whether the answer may still be used. No leeway: past the end, the issuer is asked again.
    pub(super) fn holds_at(&self, unix_now: i64) -> bool {
        self.expires_at.is_none_or(|end| unix_now < end)
    }

    /// Bytes that it takes, estimated.
    pub(super) fn bytes(&self) -> usize {
        let optional = [&self.client, &self.scope, &self.organization];
        let texts = optional.into_iter().flatten().chain(&self.audiences).chain([&self.subject]);
        size_of::<Self>() + texts.map(|text| text.len() + size_of::<Box<str>>()).sum::<usize>()
    }
}

/// How an active token fails the rules of the entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mismatch {
    /// It cannot be a token of this issuer, by its characters or by how it begins. It was not sent anywhere.
    NotSent,
    /// `iss` is not one of the entry's.
    Issuer,
    /// It is for somebody else, or does not say for whom.
    Audience,
    /// It was issued to a client that the entry does not list, or to another application than ours.
    Client,
    /// It is no access token: a refresh token is active too.
    Kind,
    /// A time that is no time.
    Time,
    /// Too early.
    NotYetValid,
    /// A claim that the entry requires is not there.
    MissingClaim,
    /// A claim has another value than the entry requires.
    Value,
    /// No usable subject.
    Subject,
    /// Bound to its sender, without proof.
    SenderConstrained,
}

/// What an answer comes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// Active, and for us.
    Active(Arc<Introspected>),
    /// Not valid any more, or never was.
    Inactive,
    /// Active, but not for us.
    Mismatch(Mismatch),
}

/// Why an opaque token proves nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotIntrospected {
    /// The issuer says that it is not valid any more, or never was.
    #[error("the issuer does not call the token active")]
    Inactive,
    /// It is active, and the entry's rules refuse it.
    #[error("the rules of the issuer entry refuse the token: {0:?}")]
    NotForUs(Mismatch),
    /// The issuer cannot be asked, or did not say: nobody knows.
    #[error("the issuer cannot be asked about the token")]
    Unavailable {
        /// When it may make sense to try again.
        retry_after: Duration,
    },
}

impl From<Verdict> for Result<Arc<Introspected>, NotIntrospected> {
    fn from(verdict: Verdict) -> Self {
        match verdict {
            Verdict::Active(introspected) => Ok(introspected),
            Verdict::Inactive => Err(NotIntrospected::Inactive),
            Verdict::Mismatch(mismatch) => Err(NotIntrospected::NotForUs(mismatch)),
        }
    }
}
