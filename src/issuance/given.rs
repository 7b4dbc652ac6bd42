//! Tokens that were given a moment ago and may be given again: a gateway asks with every request, and a signature is dear.
//!
//! The whole key is compared, so nobody gets the token of another user, tenant, client or audience. The rest is looked at
//! with every hit: the claims are the same and lapse at the same moment, the token ends no later than the one that was
//! brought, at least half of its life is left, its key still signs, the history that it belongs to is still followed, and
//! nothing that concerns its user has changed since.

use std::hash::{Hash, Hasher};
use std::sync::Arc;
use std::time::Duration;

use hashbrown::Equivalent;

use super::last_changes::{History, Since};
use super::signer::SigningKey;
use super::token::Life;
use crate::cache::recent::Recent;
use crate::clock::Moment;
use crate::directory::Position;
use crate::roles::Claims;

/// How many tokens are remembered. With claims of a few hundred bytes that is some 20 MB.
const CAPACITY: usize = 20_000;

/// Longer tokens are not remembered, so that the number is a bound on memory too. Bytes.
const LONGEST: usize = 4 * 1024;

/// A token of our own. Without `Debug`, because it is a credential.
pub struct InternalToken {
    pub(super) compact: Box<str>,
    pub(super) life: Life,
}

impl InternalToken {
    /// The token, as it goes into a header or an answer.
    pub fn as_str(&self) -> &str {
        &self.compact
    }

    /// `exp`, seconds since the Unix epoch.
    pub const fn expires_at(&self) -> i64 {
        self.life.expires_at
    }

    /// How many seconds are left of it when it is given for the first time.
    pub const fn lifetime(&self) -> i64 {
        self.life.expires_at - self.life.issued_at
    }
}

/// Whose token, and for whom.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Asked<'a> {
    pub(super) tenant: &'a str,
    pub(super) user: &'a str,
    pub(super) audience: &'a str,
    pub(super) client: &'a str,
    pub(super) scope: Option<&'a str>,
}

#[derive(PartialEq, Eq)]
struct Key {
    tenant: Box<str>,
    user: Box<str>,
    audience: Box<str>,
    client: Box<str>,
    scope: Option<Box<str>>,
}

impl Key {
    fn as_asked(&self) -> Asked<'_> {
        let Self { tenant, user, audience, client, scope } = self;
        Asked { tenant, user, audience, client, scope: scope.as_deref() }
    }
}

impl Hash for Key {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.as_asked().hash(state);
    }
}

impl Equivalent<Key> for Asked<'_> {
    fn equivalent(&self, key: &Key) -> bool {
        *self == key.as_asked()
    }
}

/// What a token was made from.
pub(super) struct Made {
    pub(super) token: Arc<InternalToken>,
    pub(super) claims: Claims,
    pub(super) lapses_at: Option<Moment>,
    pub(super) key: Arc<SigningKey>,
    pub(super) position: Position,
    pub(super) history: History,
}

/// What a token that is given again has to meet.
pub(super) struct Wanted<'a> {
    pub(super) claims: &'a Claims,
    pub(super) key: &'a SigningKey,
    /// When the claims lapse.
    pub(super) lapses_at: Option<Moment>,
    /// Up to where it has to be complete.
    pub(super) since: Since,
    /// When the token that was brought ends.
    pub(super) ends: i64,
    pub(super) unix_now: i64,
}

impl Made {
    fn meets(&self, wanted: &Wanted<'_>) -> bool {
        are_same(&self.claims, wanted.claims)
            && self.token.life.expires_at <= wanted.ends
            && self.token.life.is_young(wanted.unix_now)
            // A clock that was set back.
            && self.token.life.issued_at <= wanted.unix_now
            && self.key.kid() == wanted.key.kid()
            && self.lapses_at == wanted.lapses_at
            // Positions of two histories cannot be compared.
            && self.history == wanted.since.history
            && self.position >= wanted.since.position
    }
}

/// By being the same value; claims that each request renders for itself, by what they say.
fn are_same(one: &Claims, other: &Claims) -> bool {
    match (one, other) {
        (Claims::Shared(one), Claims::Shared(other)) => Arc::ptr_eq(one, other),
        (Claims::Own(one), Claims::Own(other)) => one == other,
        _ => false,
    }
}

/// The memory of tokens that were given.
pub(super) struct GivenTokens {
    recent: Recent<Key, Arc<Made>>,
}

impl GivenTokens {
    pub(super) fn new() -> Self {
        Self { recent: Recent::new(CAPACITY) }
    }

    /// A token that may be given again.
    pub(super) fn again(&self, asked: Asked<'_>, wanted: &Wanted<'_>, now: Moment) -> Option<Arc<InternalToken>> {
        let made = self.recent.get(&asked, now)?;
        made.meets(wanted).then(|| Arc::clone(&made.token))
    }

    pub(super) fn remember(&self, asked: Asked<'_>, made: Made, now: Moment) {
        if made.token.compact.len() > LONGEST {
            return;
        }
        let Asked { tenant, user, audience, client, scope } = asked;
        let key = Key {
            tenant: tenant.into(),
            user: user.into(),
            audience: audience.into(),
            client: client.into(),
            scope: scope.map(Box::from),
        };
        let seconds = u64::try_from(made.token.lifetime()).unwrap_or(0);
        self.recent.insert(key, Arc::new(made), now.plus(Duration::from_secs(seconds)), now);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::claims::Rendered;
    use crate::config::SigningAlgorithm;
    use crate::roles::answer::Content;

    const ASKED: Asked<'_> = Asked { tenant: "acme", user: "alice", audience: "a", client: "c", scope: Some("read") };

    fn claims() -> Claims {
        Claims::Shared(Arc::new(Content::Rendered(rendered())))
    }

    fn rendered() -> Rendered {
        Rendered::new(b"{}".as_slice().into(), b"{}".as_slice().into())
    }

    fn key() -> Arc<SigningKey> {
        Arc::new(SigningKey::make(SigningAlgorithm::EdDsa).unwrap().0)
    }

    /// A token of 100 seconds, given at 0.
    fn given(claims: &Claims, key: &Arc<SigningKey>) -> GivenTokens {
        let given = GivenTokens::new();
        let life = Life { issued_at: 0, expires_at: 100 };
        let token = Arc::new(InternalToken { compact: "t".into(), life });
        let made = Made {
            token,
            claims: claims.clone(),
            lapses_at: None,
            key: Arc::clone(key),
            position: Position::new(7),
            history: History::default(),
        };
        given.remember(ASKED, made, Moment::START);
        given
    }

    fn wanted<'a>(claims: &'a Claims, key: &'a SigningKey) -> Wanted<'a> {
        Wanted { claims, key, lapses_at: None, since: since(7), ends: 1_000, unix_now: 10 }
    }

    fn since(position: u64) -> Since {
        Since { position: Position::new(position), history: History::default() }
    }

    #[test]
    fn the_same_question_gets_the_same_token_and_no_other_does() {
        let (claims, key) = (claims(), key());
        let given = given(&claims, &key);
        let wanted = wanted(&claims, &key);
        let is_given = |asked| given.again(asked, &wanted, Moment::START).is_some();
        assert!(is_given(ASKED));
        for other in [
            Asked { tenant: "globex", ..ASKED },
            Asked { user: "bob", ..ASKED },
            Asked { audience: "b", ..ASKED },
            Asked { client: "d", ..ASKED },
            Asked { scope: None, ..ASKED },
            Asked { scope: Some("read write"), ..ASKED },
            Asked { tenant: "acmea", user: "lice", ..ASKED },
        ] {
            assert!(!is_given(other));
        }
    }

    #[test]
    fn a_token_is_not_given_again_once_anything_about_it_is_too_old() {
        let (claims, key) = (claims(), key());
        let given = given(&claims, &key);
        let is_given = |wanted: Wanted<'_>| given.again(ASKED, &wanted, Moment::START).is_some();
        assert!(is_given(Wanted { unix_now: 50, ends: 100, ..wanted(&claims, &key) }));
        assert!(!is_given(Wanted { unix_now: 51, ..wanted(&claims, &key) }), "less than half is left");
        assert!(!is_given(Wanted { unix_now: -1, ..wanted(&claims, &key) }), "it is from the future");
        assert!(!is_given(Wanted { ends: 99, ..wanted(&claims, &key) }), "it would outlive what was brought");
        assert!(!is_given(Wanted { since: since(8), ..wanted(&claims, &key) }), "its user has changed");
        let lapses_at = Some(Moment::START.plus(Duration::from_secs(200)));
        assert!(!is_given(Wanted { lapses_at, ..wanted(&claims, &key) }), "what it says lapses");
        let since = Since { history: History::default().next(), ..since(7) };
        assert!(!is_given(Wanted { since, ..wanted(&claims, &key) }), "it is of a history that was left");
        assert!(!is_given(wanted(&self::claims(), &key)), "other claims, though they say the same");
        assert!(!is_given(wanted(&claims, &self::key())), "another key signs");
    }

    #[test]
    fn claims_of_one_request_are_compared_by_what_they_say() {
        let (own, key) = (Claims::Own(Arc::new(rendered())), key());
        let given = given(&own, &key);
        let again = Claims::Own(Arc::new(rendered()));
        assert!(given.again(ASKED, &wanted(&again, &key), Moment::START).is_some());
        let other = Claims::Own(Arc::new(Rendered::new(br#"{"a":1}"#.as_slice().into(), b"{}".as_slice().into())));
        assert!(given.again(ASKED, &wanted(&other, &key), Moment::START).is_none());
    }
}
