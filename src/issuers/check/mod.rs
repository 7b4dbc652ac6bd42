//! Everything that keeps an issuer from going live, found before it does: by its URL alone, or by its entry in the directory.
//!
//! A check asks what the service would ask, by the same rules and with the same reader of keys, and reports every problem
//! that it meets, not the first one. It changes nothing, and its result is data ([`Report`]); `cli` prints it.
//!
//! - [`by_url()`] knows the issuer's URL and nothing else. It ends with a row for the directory, and with what the row still
//!   lacks.
//! - [`by_id()`] knows the whole directory and what the operator grants. It begins with the row.
//!
//! What the other side sends is quoted here, unlike in the service's log: whoever runs a check has chosen to ask, and cannot
//! mend a spelling that is not shown. It is escaped and cut.
//!
//! Deliberately absent: log-ins, and tokens (`claimsmith token verify` has them).

mod algorithms;
mod by_id;
mod by_url;
mod discovery;
mod entry;
mod inquirer;
mod keys;
mod recognise;
mod refresh;
mod remedy;
mod report;
mod suggestion;

pub use by_id::by_id;
pub use by_url::by_url;
pub use inquirer::{GrantedBy, Inquirer};
pub use report::{Finding, Report, Severity};
pub use suggestion::{Missing, Suggestion};
