//! Hostile tokens, by section of the specification: each differs from a good token in one thing, and is refused for it.
//!
//! | file | what differs |
//! | --- | --- |
//! | `encodings` | the text around and between the three parts (`enc-`) |
//! | `headers`, `header_types`, `header_keys` | the header (`hdr-`) |
//! | `algorithms` | `alg` (`alg-`) |
//! | `payloads` | the payload as JSON (`pay-`) |
//! | `claims`, `times` | one claim (`clm-`) |
//! | `signatures` | the signature (`sig-`) |
//! | `key_sets` | the key it names (`jwk-`) |
//! | `entra`, `cognito`, `google`, `id_tokens` | what one provider or kind demands (`ms-`, `cog-`, `goog-`, `idt-`) |
//! | `kinds` | another kind of token (`tok-`) |
//! | `order`, `mutations`, `oracle` | nothing by hand: verdicts in any order, random damage, another implementation |
//!
//! Incidents from which a case was learned stand beside it.

mod algorithms;
mod claims;
mod cognito;
mod draft;
mod encodings;
mod entra;
mod google;
mod header_keys;
mod header_types;
mod headers;
mod id_tokens;
mod key_sets;
mod kinds;
mod mutations;
mod oracle;
mod order;
mod payloads;
mod profile;
mod signatures;
mod signer;
mod times;
mod verdict;
