//! Our own protocol, for hooks that can be programmed and for back-ends: `POST /v1/claims`, `GET /v1/memberships`.

pub mod claims;
pub mod memberships;
mod problem;
mod text;

pub use problem::render as render_problem;
