//! Why a round of the probe measured nothing.

use crate::directory::canary::CanaryError;
use crate::error::Code;

/// Why a round measured nothing. The text says what to do; nothing of the server's own words is in it.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The canary could not be changed.
    #[error("{}", .0.label())]
    Canary(#[from] CanaryError),
    /// There is no answer to compare with.
    #[error("the question for the canary's claims is refused: {}", .0.label())]
    Refused(Code),
    /// Granted or revoked, the claims are the same.
    #[error(
        "the canary's claims do not show whether it has the role: have the claim template of its tenant show roles or \
         permissions, and see that grant and revoke change the canary itself"
    )]
    Invisible,
    /// The statements did nothing that the change log knows of.
    #[error(
        "probe.grant and probe.revoke change no row of a watched table: is the canary a member of its tenant, and is the table \
         watched?"
    )]
    Unchanged,
    /// The history of the server is another by now.
    #[error("the server's history changed during the round; was there a failover?")]
    OtherHistory,
}
