//! Yes: the fields that say who the client is.
//!
//! Every field of the profile is there, in the profile's order, even when it is empty. If they are larger than the profile's budget,
//! those that may be are emptied in the order of the profile, and named; if that is not enough, the request is refused. A field is
//! never cut in the middle: half a list of roles is a wrong list.

use std::time::Duration;

use bytes::Bytes;

use crate::claims::{Rendered, encode};
use crate::config::FieldSource;
use crate::enrichment::Answer;
use crate::error::{Code, Refusal};
use crate::surfaces::gateway::profile::{Field, Profile};
use crate::tokens::VerifiedToken;

/// What stands around a name and a value on the wire: a colon, a space and the end of the line.
const AROUND: usize = 4;

/// The values of the profile's fields, in their order.
pub fn render(profile: &Profile, answer: &Answer, internal_token: Option<&Bytes>) -> Result<Vec<Bytes>, Refusal> {
    let claims = answer.claims.rendered().ok_or(Code::DirectoryUnavailable)?;
    let view = View { answer, claims, token: answer.token.as_deref(), internal_token };
    let mut values: Vec<Bytes> = profile.fields.iter().map(|field| view.value(&field.source)).collect();
    fit(profile, &mut values)?;
    Ok(values)
}

/// Every field of the profile, empty.
pub fn render_nothing(profile: &Profile) -> Vec<Bytes> {
    vec![Bytes::new(); profile.fields.len()]
}

/// For how long a gateway may keep an answer that is made of tokens of which the first ends at `expires_at`, in seconds; `None` is
/// not at all. Both times are in seconds since 1970.
pub fn max_age(profile: &Profile, is_stale: bool, expires_at: i64, unix_now: i64) -> Option<u64> {
    let left = Duration::from_secs(u64::try_from(expires_at.saturating_sub(unix_now)).unwrap_or(0));
    Some(profile.cache.min(left).as_secs()).filter(|seconds| *seconds > 0 && !is_stale)
}

struct View<'answer> {
    answer: &'answer Answer,
    claims: &'answer Rendered,
    token: Option<&'answer VerifiedToken>,
    internal_token: Option<&'answer Bytes>,
}

impl View<'_> {
    fn value(&self, source: &FieldSource) -> Bytes {
        let token = self.token;
        match source {
            FieldSource::User => line(Some(self.answer.user.as_str())),
            FieldSource::Subject => line(token.map(|token| &*token.subject)),
            FieldSource::Issuer => line(token.map(|token| &*token.iss)),
            FieldSource::Tenant => line(Some(self.answer.tenant.id.as_str())),
            FieldSource::Client => line(token.and_then(|token| token.client.as_deref())),
            FieldSource::Scope => scope(token.and_then(|token| token.scope.as_deref())),
            FieldSource::Position => {
                Bytes::copy_from_slice(itoa::Buffer::new().format(self.answer.reading.position.get()).as_bytes())
            }
            FieldSource::Claim(name) => self.claims.flat().line(name).cloned().unwrap_or_default(),
            FieldSource::Claims => self.claims.encoded().clone(),
            FieldSource::Token => self.internal_token.cloned().unwrap_or_default(),
            FieldSource::Bearer => bearer(self.internal_token),
            // Filled in when it is known.
            FieldSource::Truncated => Bytes::new(),
        }
    }
}

fn line(text: Option<&str>) -> Bytes {
    Bytes::from(text.map(encode).unwrap_or_default())
}

/// A list as every other, not with the spaces that OAuth has between its items.
fn scope(scope: Option<&str>) -> Bytes {
    let items: Vec<String> = scope.unwrap_or_default().split_ascii_whitespace().map(encode).collect();
    Bytes::from(items.join(","))
}

fn bearer(token: Option<&Bytes>) -> Bytes {
    token.map(|token| Bytes::from([b"Bearer ", &**token].concat())).unwrap_or_default()
}

/// Empties what may be empty until the rest fits.
fn fit(profile: &Profile, values: &mut [Bytes]) -> Result<(), Refusal> {
    let mut dropped: Vec<&str> = Vec::new();
    let mut candidates = profile.may_be_dropped.iter();
    loop {
        let marker = dropped.join(",");
        let named = profile.fields.iter().filter(|field| field.source == FieldSource::Truncated).count() * marker.len();
        if size(&profile.fields, values) + named <= profile.budget {
            mark(profile, values, &marker);
            return Ok(());
        }
        let Some(next) = candidates.next() else { return Err(Code::ClaimsTooLarge.into()) };
        if let (Some(value), Some(field)) = (values.get_mut(*next), profile.fields.get(*next))
            && !value.is_empty()
        {
            *value = Bytes::new();
            dropped.push(field.name.as_str());
        }
    }
}

fn size(fields: &[Field], values: &[Bytes]) -> usize {
    fields.iter().zip(values).map(|(field, value)| field.name.as_str().len() + value.len() + AROUND).sum()
}

fn mark(profile: &Profile, values: &mut [Bytes], marker: &str) {
    if marker.is_empty() {
        return;
    }
    let marker = Bytes::copy_from_slice(marker.as_bytes());
    for (field, value) in profile.fields.iter().zip(values) {
        if field.source == FieldSource::Truncated {
            *value = marker.clone();
        }
    }
}

#[cfg(test)]
mod tests;
