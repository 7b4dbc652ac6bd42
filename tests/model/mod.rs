//! The protocol between database, change feed and cache, explored state by state.
//!
//! What runs in the model as it runs in the service: `History`, `Coalescer` with its `Fence`s, and `source_after`. What is
//! told again, because it is woven into I/O, is one file each: the feed's steps ([`feed`]), the writer's and the directory's
//! ([`cache`]), a request's ([`reader`]), and the database ([`servers`]). [`actions`] says what may happen next, in any
//! order; [`properties`] what must hold in every state, and which situations must be met so that this means something.
//! [`rules`] has the mistakes that are made on purpose: each of them must be found.
//!
//! Time is the order of events. Of a question it is kept what had committed, and what loads had shown, when it was sent: an
//! answer under an age bound must contain that. A notification needs no state, since a question may be sent at any moment.
//!
//! The service is stricter in one thing: a load that ran ahead counts only up to what the feed has followed. The model lets
//! it count up to its own position.
//!
//! Deliberately absent: a second failover, a failover before the feed's first contact, an old primary that goes on
//! committing, pruning, and restarts of actors. Bounds are small: that no counterexample is found is proven for them only.
//!
//! The checker is `stateright`, for its breadth-first search, which gives shortest counterexamples. Its `eventually` misses
//! cycles, so convergence is checked by [`settling`].

mod actions;
mod cache;
mod changes;
mod feed;
mod properties;
mod reader;
mod rules;
mod runs;
mod servers;
mod settling;
mod system;
