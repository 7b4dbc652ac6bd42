//! Our own protocol, for hooks that can be programmed and for back-ends: `POST /v1/claims`, `GET /v1/memberships`,
//! `GET /v1/discovery`, `POST /v1/introspect`, `GET /v1/min-position`.

pub mod claims;
pub mod discovery;
pub mod introspect;
pub mod memberships;
pub mod min_position;
mod problem;
mod text;

pub use problem::render as render_problem;
