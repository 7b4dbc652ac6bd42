//! API gateways: forward-auth as nginx, Envoy, Traefik, Caddy and `HAProxy` ask for it, over HTTP or gRPC.
//!
//! A gateway asks about each request of a client before it passes it on. The answer is a status and header fields: *yes*, and who
//! the client is, for the back-end; or *no*, and why, for the client. One contract serves all of them, because it keeps to what they
//! have in common; each rule is there because a gateway would break without it.
//!
//! | rule | kept by |
//! | --- | --- |
//! | yes is 200 and nothing else; Envoy takes 204 for a refusal | `http::gateway` |
//! | no is 401 or 403, cannot tell is 503; nginx makes 500 of everything else | `refusal` |
//! | every field of the profile is in every yes, once, even when it is empty; Envoy lets through what is not answered | `answer` |
//! | fields stay within a budget; what is left out is named, and roles are never cut | `answer` |
//! | values are visible ASCII | `claims::Flat` |
//! | any method, any path below the profile; the body is not read | `http::gateway` |
//! | the original target is never routed on; one that climbs is refused | `target` |
//! | the query means nothing | `request`, which cannot see it |
//! | only a gateway that proves itself is believed | `http::gateway` |
//! | one `Authorization`, one token in it | `credential` |
//! | Envoy is told what to strip | `profile` |
//! | connections outlive the gateway's | `config`, `[gateway]` |
//! | an answer comes in time or not at all | `profile`, its deadline |
//! | CORS preflights bring no token | `request`, if the profile lets them pass |
//! | nothing is kept by the gateway unless the operator says so | `answer` |
//! | the reason of a refusal is in a field too; nginx drops the body | `http::gateway` |
//!
//! To add a gateway: its kind in `config/sections/profile/kind.rs`, with the fields in which it describes the original request; its
//! configuration in `config/gateways/`; and its row of cases in `tests/gateways/`.
//!
//! Deliberately absent: rules about methods and paths (the gateway routes, the back-end decides by roles), tenants named by the
//! path or the query (the gateway and the back-end may read those differently), and failing open.

mod answer;
mod credential;
mod profile;
mod refusal;
mod request;
mod target;

pub use answer::{max_age, render, render_nothing};
pub use profile::{Field, Profile};
pub use refusal::{render_problem, status};
pub use request::{Incoming, Sent, parse};
