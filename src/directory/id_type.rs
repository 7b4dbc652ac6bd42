//! The types of the adopter's id columns.
//!
//! Identifiers are text here and something else there. A parameter that cannot be a value of the column's type (`bob`
//! for a `uuid`) names nobody; asking PostgreSQL to cast it would fail the whole batch it travels in. So it is decided
//! before the query. Other types than these are refused when the catalog is loaded.

use super::queries::Query;

/// What an id column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum IdType {
    /// `text`, `character varying`.
    Text,
    /// `uuid`.
    Uuid,
    /// `smallint`, `integer`, `bigint`: compared as `bigint`, which every index on them serves.
    Integer,
}

impl IdType {
    /// From PostgreSQL's `format_type()`; `None` for a type that is not supported.
    pub(super) fn parse(name: &str) -> Option<Self> {
        match name {
            "text" | "character varying" => Some(Self::Text),
            "uuid" => Some(Self::Uuid),
            "smallint" | "integer" | "bigint" => Some(Self::Integer),
            _ => None,
        }
    }

    /// Whether this text can be a value of the column.
    pub(super) fn admits(self, text: &str) -> bool {
        match self {
            Self::Text => !text.contains('\0'),
            Self::Uuid => is_canonical_uuid(text),
            Self::Integer => is_canonical_integer(text),
        }
    }

    const fn sql(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Uuid => "uuid",
            Self::Integer => "bigint",
        }
    }
}

/// Only PostgreSQL's own spelling: another one would be a second cache key for the same user, which a change of that
/// user would not find.
fn is_canonical_uuid(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte),
        })
}

fn is_canonical_integer(text: &str) -> bool {
    text.parse::<i64>().is_ok_and(|number| number.to_string() == text)
}

/// The types of all id columns that statements meet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct IdTypes {
    /// `claimsmith.membership.tenant_id`.
    pub(super) tenant_id: IdType,
    /// `claimsmith.membership.user_id`.
    pub(super) user_id: IdType,
    /// `claimsmith.role.tenant_id`.
    pub(super) role_tenant_id: IdType,
}

impl IdTypes {
    /// The statement with its placeholders filled.
    pub(super) fn fill(self, query: Query) -> String {
        query
            .text
            .replace("{tenant_id}", self.tenant_id.sql())
            .replace("{user_id}", self.user_id.sql())
            .replace("{role_tenant_id}", self.role_tenant_id.sql())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_canonical_spelling_is_admitted() {
        assert!(IdType::Uuid.admits("0b1d7c3e-0000-4000-8000-00000000000a"));
        assert!(!IdType::Uuid.admits("0B1D7C3E-0000-4000-8000-00000000000A"));
        assert!(!IdType::Uuid.admits("{0b1d7c3e-0000-4000-8000-00000000000}"));
        assert!(!IdType::Uuid.admits("bob"));
        assert!(IdType::Integer.admits("-42"));
        assert!(!IdType::Integer.admits("042"));
        assert!(!IdType::Integer.admits("+42"));
        assert!(!IdType::Integer.admits("9223372036854775808"));
        assert!(IdType::Text.admits("auth0|42"));
        assert!(!IdType::Text.admits("a\0b"));
    }

    #[test]
    fn unknown_types_are_refused() {
        assert_eq!(IdType::parse("jsonb"), None);
        assert_eq!(IdType::parse("character varying"), Some(IdType::Text));
    }
}
