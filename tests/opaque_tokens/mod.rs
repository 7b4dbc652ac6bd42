//! Opaque tokens, against a real HTTP server that plays an introspection endpoint (RFC 7662) or GitHub's API.

mod desk;
mod endpoint;
mod github;
mod introspection;
mod secrecy;
mod sharing;
mod trouble;
mod versions;
