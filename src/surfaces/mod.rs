//! Outward protocols: bytes → question, answer → bytes. One room per protocol; none knows another, none knows HTTP beyond
//! its body.
//!
//! To add one: a folder here with a `parse` and a `render`, an endpoint in `http/`, a line in `http/routes.rs`.

pub mod core;
pub mod gateway;
pub mod oauth;
