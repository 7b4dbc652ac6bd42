//! The answer to a gateway, whatever it asked over.

use std::sync::Arc;

use actix_web::web::Bytes;

use super::GatewayPlane;
use super::profiles::Served;
use crate::enrichment::{Answer, Patience};
use crate::error::{Code, Refusal};
use crate::http::caller::KnownCaller;
use crate::issuance::InternalToken;
use crate::surfaces::gateway::{Incoming, Sent, parse, render, render_nothing};

/// Yes, and what goes with it.
pub(super) struct Yes {
    /// The values of the profile's fields, in their order.
    pub(super) values: Vec<Bytes>,
    /// What they are made from; `None` for a preflight.
    pub(super) answer: Option<Answer>,
    /// When the first of the tokens in it ends, seconds since 1970.
    pub(super) expires_at: i64,
}

impl GatewayPlane {
    /// Yes, or why not.
    pub(super) async fn decide(&self, served: &Served, key: Sent<'_>, sent: &impl Incoming) -> Result<Yes, Refusal> {
        let caller = self.caller(key)?;
        let profile = &served.profile;
        let Some(question) = parse(profile, sent)? else {
            return Ok(Yes { values: render_nothing(profile), answer: None, expires_at: i64::MIN });
        };
        let patience = Patience::of(profile.answer_deadline);
        let answer = self.data.enrichment.answer(&question, &caller.rights, &patience).await?;
        self.data.metrics.observe_age(&answer.reading, answer.stale);
        let token = self.internal_token(served, &answer, &caller)?;
        let compact = token.as_deref().map(|token| Bytes::copy_from_slice(token.as_str().as_bytes()));
        let values = render(profile, &answer, compact.as_ref())?;
        let ends = [answer.token.as_ref().map(|token| token.expires_at), token.map(|token| token.expires_at())];
        let expires_at = ends.into_iter().flatten().min().unwrap_or(i64::MIN);
        Ok(Yes { values, answer: Some(answer), expires_at })
    }

    /// What the back-end is to believe, where the profile says for which one.
    fn internal_token(
        &self,
        served: &Served,
        answer: &Answer,
        caller: &KnownCaller,
    ) -> Result<Option<Arc<InternalToken>>, Refusal> {
        let Some((audience, issuance)) = served.profile.audience.as_deref().zip(self.data.issuance.as_ref()) else {
            return Ok(None);
        };
        if !caller.audiences.iter().any(|permitted| **permitted == *audience) {
            let why =
                "the caller may not have tokens for the profile's audience; see its audiences in the configuration";
            return Err(Refusal::new(Code::CallerForbidden, why));
        }
        Ok(Some(issuance.for_answer(answer, audience, &caller.name)?))
    }
}
