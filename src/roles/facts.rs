//! What a claim template is told of a member.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use serde_json::Value;

use crate::directory::Role;

/// A member, as expressions see one.
#[derive(Debug)]
pub struct Facts {
    /// The user.
    pub user: Box<str>,
    /// Names of the roles held, sorted.
    pub roles: Box<[Arc<str>]>,
    /// What they permit together, sorted.
    pub permissions: Box<[Arc<str>]>,
    /// Attributes, when the template looks at them.
    pub attributes: Value,
}

impl Facts {
    /// What a template is told of `user`, who holds the roles with these keys. A role that the `role` view does not have is
    /// called by its key and permits nothing.
    pub(super) fn of(user: &str, keys: &[String], roles: &HashMap<String, Role>, attributes: Value) -> Self {
        let mut names = BTreeSet::new();
        let mut permissions = BTreeSet::new();
        for key in keys {
            let role = roles.get(key);
            names.insert(role.map_or(key.as_str(), |role| &role.name));
            permissions.extend(role.into_iter().flat_map(|role| role.permissions.iter().map(String::as_str)));
        }
        Self { user: user.into(), roles: shared(names), permissions: shared(permissions), attributes }
    }

    /// Bytes that these facts take, estimated.
    pub fn estimated_bytes(&self) -> usize {
        const TEXT: usize = 48;
        const FIXED: usize = 128;
        FIXED + (self.roles.len() + self.permissions.len()) * TEXT + self.attributes.to_string().len() * 4
    }
}

fn shared(texts: BTreeSet<&str>) -> Box<[Arc<str>]> {
    texts.into_iter().map(Arc::from).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn permissions_are_the_union_without_repeats() {
        let role = |key: &str, name: &str, permissions: &[&str]| {
            (
                key.to_owned(),
                Role {
                    key: key.to_owned(),
                    name: name.to_owned(),
                    permissions: permissions.iter().map(ToString::to_string).collect(),
                },
            )
        };
        let roles = HashMap::from([role("7", "admin", &["b", "a"]), role("9", "clerk", &["c", "a"])]);
        let facts = Facts::of("u", &["9".into(), "7".into(), "ghost".into()], &roles, Value::Null);
        assert_eq!(facts.roles.iter().map(AsRef::as_ref).collect::<Vec<&str>>(), ["admin", "clerk", "ghost"]);
        assert_eq!(facts.permissions.iter().map(AsRef::as_ref).collect::<Vec<&str>>(), ["a", "b", "c"]);
    }
}
