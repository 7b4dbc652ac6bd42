//! `POST /v1/claims` with a token: whose word counts, what each refusal is called, how long an answer holds, and what is
//! never said.

mod issuers;
mod keys;
mod providers;
mod refused;
mod secrecy;
