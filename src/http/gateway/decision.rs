//! The answer to a gateway, whatever it asked over.

use actix_web::web::Bytes;

use super::GatewayPlane;
use super::profiles::Served;
use crate::enrichment::{Answer, Patience};
use crate::error::Refusal;
use crate::http::caller::KnownCaller;
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
        let token = self.internal_token(served, &answer, &caller)?;
        let values = render(profile, &answer, token.as_ref())?;
        Ok(Yes { values, answer: Some(answer) })
    }

    /// What the back-end is to believe, where the profile says for which one.
    fn internal_token(&self, served: &Served, answer: &Answer, caller: &KnownCaller) -> Result<Option<Bytes>, Refusal> {
        let Some((audience, issuance)) = served.profile.audience.as_deref().zip(self.data.issuance.as_ref()) else {
            return Ok(None);
        };
        let token = issuance.for_answer(answer, audience, &caller.name)?;
        Ok(Some(Bytes::copy_from_slice(token.as_str().as_bytes())))
    }
}
