//! Every integration test, in one binary: it links once, and all tests share one private PostgreSQL.

mod support;

mod claims;
