//! Claims: from a membership to the bytes that go into a token.
//!
//! A claim template is a namespace and a list of `name = expression` (CEL). The room promises:
//!
//! - A template is checked whole when it is loaded: names, syntax, variables, functions, depth, and a test-render for a
//!   member without anything and for one with everything. A broken template is refused with *every* problem listed,
//!   so that the one in force stays in force.
//! - A claim can only be written below the template's own namespace. No template produces `sub`, `roles` or the name
//!   of another namespace.
//! - Rendering is pure: the same inputs give the same bytes, whatever the order in which roles came.
//! - Templates are written by tenants' administrators. Depth, loops and work are bounded, so that no expression can
//!   overflow a stack or hold up the other tenants.
//!
//! Deliberately absent: size contracts of the surfaces (each surface cuts to its own limit), caching (the `roles` room
//! keeps what is rendered here), and time or randomness in expressions (a cached claim could not keep its promise).

mod evaluate;
mod expression;
mod flat;
mod inputs;
mod inspect;
mod json;
mod meter;
mod names;
mod problems;
mod render;
mod reserved;
mod sample;
mod subject;
mod template;

pub use flat::{Flat, encode};
pub use inputs::{Inputs, TenantFacts};
pub use problems::{TemplateProblem, TemplateProblems};
pub use render::{MAX_RENDERED_BYTES, RenderError, RenderFault, Rendered};
pub use subject::Reads;
pub use template::{MAX_CLAIMS, Template, TemplateSource};
