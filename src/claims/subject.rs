//! What an expression may name, and what the answer to "which of it does this template read?" looks like.

/// The variables of an expression with their fields. Everything else is refused when the template is loaded.
const VARIABLES: &[(&str, &[&str])] = &[
    ("tenant", &["id", "name"]),
    ("user", &["id"]),
    ("membership", &["roles", "permissions", "attributes"]),
    ("client", &["id"]),
];

/// The fields of `variable`, or `None` when there is no such variable.
pub(super) fn fields_of(variable: &str) -> Option<&'static [&'static str]> {
    VARIABLES.iter().find(|(name, _)| *name == variable).map(|(_, fields)| *fields)
}

/// All variables with their fields, for messages.
pub(super) fn every_field() -> String {
    let full = |(name, fields): &(&str, &[&str])| fields.iter().map(|field| format!("`{name}.{field}`")).collect();
    let fields: Vec<String> = VARIABLES.iter().flat_map::<Vec<String>, _>(full).collect();
    fields.join(", ")
}

/// Which inputs beyond the tenant and its role set influence what a template renders.
///
/// With all of them false, every member with the same roles gets the same bytes, and the bytes can be shared.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Reads {
    /// `user.id` is read.
    pub user: bool,
    /// `membership.attributes` is read.
    pub attributes: bool,
    /// `client.id` is read.
    pub client: bool,
}

impl Reads {
    /// What either of two expressions reads.
    #[must_use]
    pub fn union(self, other: Self) -> Self {
        Self {
            user: self.user || other.user,
            attributes: self.attributes || other.attributes,
            client: self.client || other.client,
        }
    }

    pub(super) fn note(&mut self, variable: &str, field: &str) {
        match (variable, field) {
            ("user", _) => self.user = true,
            ("membership", "attributes") => self.attributes = true,
            ("client", _) => self.client = true,
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_message_lists_every_field() {
        let fields = every_field();
        for field in ["`tenant.id`", "`tenant.name`", "`user.id`", "`membership.attributes`", "`client.id`"] {
            assert!(fields.contains(field), "{fields}");
        }
    }
}
