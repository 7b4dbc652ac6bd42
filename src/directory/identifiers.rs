//! The identifiers that cross rooms, one type each, so that a user is never passed where a tenant is wanted.
//!
//! All of them are the *text form* of what the adopter's column holds: the directory casts, the rest compares.

use std::borrow::Borrow;
use std::fmt;
use std::sync::Arc;

macro_rules! identifier {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Arc<str>);

        impl $name {
            /// The identifier as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                Self(text.into())
            }
        }

        impl From<String> for $name {
            fn from(text: String) -> Self {
                Self(text.into())
            }
        }

        impl Borrow<str> for $name {
            fn borrow(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

identifier! {
    /// A customer of the adopter's application: `tenant_id` in the contract views.
    TenantId
}
identifier! {
    /// A person or machine in the adopter's application: `user_id` in the contract views.
    UserId
}
identifier! {
    /// An entry of the issuer catalog: `issuer_id` in the contract views. Not the `iss` of a token.
    IssuerId
}

/// The place of a committed change in the commit-ordered change log; also the consistency token.
///
/// Order of positions is the order in which changes became visible (`sql/README.md`), so "is this new enough" is a
/// comparison of integers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position(u64);

impl Position {
    /// Before the first change.
    pub const ZERO: Self = Self(0);

    /// After every change.
    pub const MAX: Self = Self(u64::MAX);

    /// The position with this number.
    pub const fn new(number: u64) -> Self {
        Self(number)
    }

    /// The number, as the change log and the wire have it.
    pub const fn get(self) -> u64 {
        self.0
    }

    /// From PostgreSQL's `bigint`; a negative number, which no change log holds, counts as zero.
    pub fn from_sql(number: i64) -> Self {
        Self(u64::try_from(number).unwrap_or(0))
    }

    /// As PostgreSQL's `bigint`, saturating.
    pub fn to_sql(self) -> i64 {
        i64::try_from(self.0).unwrap_or(i64::MAX)
    }
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
