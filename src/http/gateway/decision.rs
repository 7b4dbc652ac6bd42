//! The answer to a gateway, whatever it asked over.

use actix_web::web::Bytes;

use super::GatewayPlane;
use super::profiles::Served;
use crate::enrichment::{Answer, Patience};
use crate::error::Refusal;
use crate::surfaces::gateway::{Incoming, Sent, parse, render, render_nothing};

/// Yes, and what goes with it.
pub(super) struct Yes {
    /// The values of the profile's fields, in their order.
    pub(super) values: Vec<Bytes>,
    /// What they are made from; `None` for a preflight.
    pub(super) answer: Option<Answer>,
}

impl GatewayPlane {
    /// Yes, or why not.
    pub(super) async fn decide(&self, served: &Served, key: Sent<'_>, sent: &impl Incoming) -> Result<Yes, Refusal> {
        let caller = self.caller(key)?;
        let profile = &served.profile;
        let Some(question) = parse(profile, sent)? else {
            return Ok(Yes { values: render_nothing(profile), answer: None });
        };
        let patience = Patience::of(profile.answer_deadline);
        let answer = self.data.enrichment.answer(&question, &caller.rights, &patience).await?;
        self.data.metrics.observe_age(&answer.reading, answer.stale);
        let values = render(profile, &answer, None)?;
        Ok(Yes { values, answer: Some(answer) })
    }
}
