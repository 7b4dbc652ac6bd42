//! The batched loads as they would be sent, for whoever asks PostgreSQL how it would run them.

use tokio_postgres::types::{ToSql, Type};

use super::id_type::{IdType, IdTypes};
use super::queries::{self, Query};

/// A value, and the type that it is sent as.
pub(crate) type Parameter = (Box<dyn ToSql + Sync>, Type);

/// A statement with parameters that the planner may look at. They name nobody in particular.
pub(crate) struct PlannedLoad {
    /// The name of its file.
    pub(crate) name: &'static str,
    /// Its text, without placeholders.
    pub(crate) statement: String,
    /// What it is given.
    pub(crate) parameters: Vec<Parameter>,
}

/// The statement that tells the types of the id columns.
pub(crate) const ID_TYPES: &str = queries::ID_TYPES.text;

/// Every load that reads by keys, for id columns of these types; `None` if one of them is not supported.
pub(crate) fn planned_loads(tenant_id: &str, user_id: &str, role_tenant_id: &str) -> Option<[PlannedLoad; 3]> {
    let types = IdTypes {
        tenant_id: IdType::parse(tenant_id)?,
        user_id: IdType::parse(user_id)?,
        role_tenant_id: IdType::parse(role_tenant_id)?,
    };
    let (tenant, user) = (text(sample(types.tenant_id)), text(sample(types.user_id)));
    let users = texts(sample(types.user_id));
    let attributes: Parameter = (Box::new(true), Type::BOOL);
    Some([
        load(types, queries::MEMBERS, vec![tenant, users, attributes]),
        load(types, queries::IDENTITIES, vec![texts("issuer"), texts("subject")]),
        load(types, queries::MEMBERSHIPS_OF_USER, vec![user]),
    ])
}

/// Where nobody has followed the log to: the last two parameters of every load.
pub(crate) fn nowhere() -> [Parameter; 2] {
    [(Box::new(0_i64), Type::INT8), (Box::new(None::<String>), Type::TEXT)]
}

/// A value that the column can hold.
const fn sample(of: IdType) -> &'static str {
    match of {
        IdType::Text => "x",
        IdType::Uuid => "00000000-0000-4000-8000-000000000000",
        IdType::Integer => "0",
    }
}

fn load(types: IdTypes, query: Query, mut parameters: Vec<Parameter>) -> PlannedLoad {
    parameters.extend(nowhere());
    PlannedLoad { name: query.name, statement: types.fill(query), parameters }
}

fn text(value: &'static str) -> Parameter {
    (Box::new(value), Type::TEXT)
}

/// Two of them, so that no plan is made for exactly one.
fn texts(value: &'static str) -> Parameter {
    (Box::new([value, value].to_vec()), Type::TEXT_ARRAY)
}
