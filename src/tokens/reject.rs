//! Why a token is refused: which of the 24 checks said no, and how.
//!
//! Callers learn the coarse code only; the class and the number of the check go to the log and to `claimsmith token verify`.

use std::fmt;
use std::time::Duration;

use crate::jose::NoKey;

macro_rules! classes {
    ($($(#[$doc:meta])* $name:ident = $label:literal;)+) => {
        /// How a check said no.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Class {
            $($(#[$doc])* $name,)+
        }

        impl Class {
            /// Every class, for metrics that exist before the first refusal.
            pub const EVERY: &'static [Self] = &[$(Self::$name),+];

            /// The class as logs and metrics have it.
            pub const fn label(self) -> &'static str {
                match self { $(Self::$name => $label),+ }
            }
        }
    };
}

classes! {
    /// Longer than 16 KiB.
    TooLarge = "too_large";
    /// Not a JWS compact serialization of two JSON objects.
    Malformed = "malformed";
    /// Not a JWT at all, and no issuer was named that could be asked about it.
    OpaqueToken = "opaque_token";
    /// An object with the same member twice.
    DuplicateMember = "duplicate_member";
    /// `alg` is not one of the issuer's.
    AlgorithmNotAllowed = "alg_not_allowed";
    /// `crit` or `b64`.
    UnsupportedCrit = "unsupported_crit";
    /// Another kind of token than the entry accepts.
    WrongType = "wrong_typ";
    /// No entry accepts the `iss`.
    BadIssuer = "bad_issuer";
    /// The issuer has no key of this `kid`.
    UnknownKid = "unknown_kid";
    /// Which key is meant cannot be told.
    AmbiguousKid = "ambiguous_kid";
    /// The key is for another algorithm.
    KeyAlgorithm = "key_alg_mismatch";
    /// The key signs for another issuer.
    KeyIssuer = "key_issuer_mismatch";
    /// The signature does not verify.
    BadSignature = "bad_signature";
    /// A claim that must be present is not.
    MissingClaim = "missing_claim";
    /// A time that is no time.
    BadTime = "bad_time_claim";
    /// Too late.
    Expired = "expired";
    /// Too early.
    NotYetValid = "not_yet_valid";
    /// For somebody else.
    BadAudience = "bad_audience";
    /// Issued to a client that the entry does not list.
    BadParty = "bad_azp";
    /// A claim has another value than the entry requires.
    BadValue = "bad_value";
    /// A tenant of the provider that the entry does not list.
    BadTenant = "bad_tenant";
    /// No usable subject.
    BadSubject = "bad_subject";
    /// An ID token that answers another login.
    BadNonce = "bad_nonce";
    /// Bound to its sender, without proof.
    SenderConstrained = "sender_constrained";
    /// Not valid any more, or never was, says the issuer that was asked.
    Inactive = "inactive";
    /// The issuer's keys are not at hand, the issuer cannot be asked, or the row of its entry is wrong or contested: nobody knows yet.
    KeysUnavailable = "keys_unavailable";
}

/// Which check it was, 1 to 24, in the order in which `tokens` makes them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Check(pub u8);

/// A token that is refused, and why. Never holds anything of the token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("check {check}: {}", class.label())]
pub struct Reject {
    /// How.
    pub class: Class,
    /// Where.
    pub check: Check,
}

/// A token that proves nothing, and when it may make sense to try again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{reject}")]
pub struct NotVerified {
    /// Why.
    pub reject: Reject,
    /// For tokens about which nobody knows yet.
    pub retry_after: Option<Duration>,
}

impl From<Reject> for NotVerified {
    fn from(reject: Reject) -> Self {
        Self { reject, retry_after: None }
    }
}

impl Reject {
    /// A refusal by the check of this number.
    pub const fn by(check: u8, class: Class) -> Self {
        Self { class, check: Check(check) }
    }
}

impl From<NoKey> for Reject {
    fn from(why: NoKey) -> Self {
        match why {
            NoKey::Unknown => Self::by(10, Class::UnknownKid),
            NoKey::Ambiguous => Self::by(10, Class::AmbiguousKid),
            NoKey::Unsuitable => Self::by(11, Class::KeyAlgorithm),
        }
    }
}

impl fmt::Display for Check {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} ({})", self.0, self.name())
    }
}

impl Check {
    /// What it is about.
    pub const fn name(self) -> &'static str {
        match self.0 {
            1 => "size",
            2 => "characters and parts",
            3 => "base64url",
            4 => "header",
            5 => "alg",
            6 => "crit",
            7 => "typ",
            8 => "key references in the header",
            9 => "payload",
            10 => "kid",
            11 => "key",
            12 => "signature",
            13 => "exp",
            14 => "nbf",
            15 => "iat",
            16 => "iss",
            17 => "aud",
            18 => "client and required values",
            19 => "ID token",
            20 => "access token",
            21 => "kind of token",
            22 => "sub",
            23 => "cnf",
            24 => "tenant of the provider",
            _ => "unknown",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_of_the_checks_has_each_under_its_name() {
        let rows = include_str!("mod.rs").lines().filter_map(|line| {
            let mut cells = line.strip_prefix("//! | ")?.split(" | ");
            Some((cells.next()?.parse::<u8>().ok()?, cells.next()?.replace('`', "")))
        });
        let named = (1..=24).map(|check| (check, Check(check).name().to_owned()));
        assert!(rows.eq(named), "the documentation of `tokens` and `Check::name` differ");
        assert_eq!(Check(25).name(), "unknown");
    }
}
