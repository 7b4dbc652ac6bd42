//! Key sets and signatures, end to end: keys are generated, published as documents, read back and used.

mod documents;
mod entries;
mod kids;
mod properties;
mod signatures;
mod signer;
