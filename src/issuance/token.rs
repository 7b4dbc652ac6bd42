//! What our own tokens say. Pure: everything that differs between two tokens is passed in.
//!
//! An internal token is an access token by RFC 9068, with the tenant, the position up to which it is complete, and the
//! tenant's claims side by side. Claims are in a namespace, so they cannot meet a member of ours.
//!
//! A transaction token (draft-ietf-oauth-transaction-tokens-10) says the same in its own order: what holds for the whole chain
//! of calls under `tctx`, what came with the request under `rctx`.
//!
//! Deliberately absent: the token that was brought, and anything of it but its client, its scope and its end.

use serde::Serialize;
use serde_json::Value;
use serde_json::value::RawValue;

use crate::directory::{Place, Position};

/// From when to when a token counts, seconds since the Unix epoch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Life {
    pub(super) issued_at: i64,
    pub(super) expires_at: i64,
}

impl Life {
    /// As long as configured, and never beyond the end of the token that was brought; `None` if that has come.
    pub(super) fn of(now: i64, lifetime: i64, ends: i64) -> Option<Self> {
        let expires_at = now.saturating_add(lifetime).min(ends);
        (expires_at > now).then_some(Self { issued_at: now, expires_at })
    }

    /// Whether at least half of it is left.
    pub(super) const fn is_young(self, now: i64) -> bool {
        let whole = self.expires_at.saturating_sub(self.issued_at);
        self.expires_at.saturating_sub(now).saturating_mul(2) >= whole
    }
}

/// What every token says of its user.
#[derive(Clone, Copy)]
pub(super) struct Contents<'t> {
    pub(super) issuer: &'t str,
    pub(super) user: &'t str,
    pub(super) audience: &'t str,
    pub(super) life: Life,
    /// Its own name, which no other token has.
    pub(super) name: &'t str,
    pub(super) client: &'t str,
    pub(super) scope: Option<&'t str>,
    pub(super) tenant: &'t str,
    /// Every change up to here is in it.
    pub(super) position: Position,
    /// In whose history, if that is known.
    pub(super) place: Option<Place>,
    /// A JSON object.
    pub(super) claims: &'t [u8],
}

/// What came with the request for a transaction token.
#[derive(Clone, Copy)]
pub struct Transaction<'t> {
    /// What the request is allowed to do.
    pub scope: &'t str,
    /// Which workload asked.
    pub workload: &'t str,
    /// `request_context`: where the request came from.
    pub context: Option<&'t Value>,
    /// `request_details`: what it is about.
    pub details: Option<&'t Value>,
}

#[derive(Serialize)]
struct Members<'t> {
    iss: &'t str,
    sub: &'t str,
    aud: &'t str,
    exp: i64,
    iat: i64,
    jti: &'t str,
    client_id: &'t str,
    #[serde(skip_serializing_if = "Option::is_none")]
    scope: Option<&'t str>,
    tenant: &'t str,
    position: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    consistency_token: Option<String>,
}

#[derive(Serialize)]
struct TransactionMembers<'t> {
    aud: &'t str,
    iat: i64,
    exp: i64,
    txn: &'t str,
    sub: &'t str,
    scope: &'t str,
    req_wl: &'t str,
    tctx: TransactionContext<'t>,
    #[serde(skip_serializing_if = "Option::is_none")]
    rctx: Option<&'t Value>,
}

#[derive(Serialize)]
struct TransactionContext<'t> {
    tenant: &'t str,
    position: String,
    claims: &'t RawValue,
    #[serde(skip_serializing_if = "Option::is_none")]
    request: Option<&'t Value>,
}

impl Contents<'_> {
    /// The payload of an internal token; `None` if the claims are no object.
    pub(super) fn internal(&self) -> Option<Vec<u8>> {
        let members = Members {
            iss: self.issuer,
            sub: self.user,
            aud: self.audience,
            exp: self.life.expires_at,
            iat: self.life.issued_at,
            jti: self.name,
            client_id: self.client,
            scope: self.scope,
            tenant: self.tenant,
            position: self.position.to_string(),
            consistency_token: self.place.map(|place| place.to_string()),
        };
        let claims = self.claims.strip_prefix(b"{").and_then(|rest| rest.strip_suffix(b"}"))?;
        let mut payload = serde_json::to_vec(&members).ok()?;
        if !claims.is_empty() {
            payload.pop();
            payload.push(b',');
            payload.extend_from_slice(claims);
            payload.push(b'}');
        }
        Some(payload)
    }

    /// The payload of a transaction token; `None` if the claims are no JSON.
    pub(super) fn transaction(&self, asked: &Transaction<'_>) -> Option<Vec<u8>> {
        let members = TransactionMembers {
            aud: self.audience,
            iat: self.life.issued_at,
            exp: self.life.expires_at,
            txn: self.name,
            sub: self.user,
            scope: asked.scope,
            req_wl: asked.workload,
            tctx: TransactionContext {
                tenant: self.tenant,
                position: self.position.to_string(),
                claims: serde_json::from_slice(self.claims).ok()?,
                request: asked.details,
            },
            rctx: asked.context,
        };
        serde_json::to_vec(&members).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    fn contents<'t>(claims: &'t [u8], scope: Option<&'t str>) -> Contents<'t> {
        Contents {
            issuer: "https://claims.example.com",
            user: "u-42",
            audience: "https://orders.internal",
            life: Life { issued_at: 100, expires_at: 400 },
            name: "n",
            client: "spa-1",
            scope,
            tenant: "acme",
            position: Position::new(1_234),
            place: None,
            claims,
        }
    }

    #[test]
    fn an_internal_token_says_what_rfc_9068_requires_and_the_claims_beside_it() {
        let payload = contents(br#"{"urn:x:roles":["admin"]}"#, Some("read")).internal().unwrap();
        let payload: Value = serde_json::from_slice(&payload).unwrap();
        let expected = json!({
            "iss": "https://claims.example.com", "sub": "u-42", "aud": "https://orders.internal", "exp": 400, "iat": 100,
            "jti": "n", "client_id": "spa-1", "scope": "read", "tenant": "acme", "position": "1234",
            "urn:x:roles": ["admin"],
        });
        assert_eq!(payload, expected);
        let bare: Value = serde_json::from_slice(&contents(b"{}", None).internal().unwrap()).unwrap();
        assert!(bare.get("scope").is_none() && bare["tenant"] == "acme");
        assert!(contents(b"[]", None).internal().is_none());
    }

    #[test]
    fn a_transaction_token_keeps_what_came_with_the_request_apart() {
        let (context, details) = (json!({"req_ip": "192.0.2.1"}), json!({"order": 7}));
        let asked = Transaction { scope: "pay", workload: "gateway", context: Some(&context), details: Some(&details) };
        let payload = contents(br#"{"urn:x:roles":[]}"#, None).transaction(&asked).unwrap();
        let payload: Value = serde_json::from_slice(&payload).unwrap();
        let expected = json!({
            "aud": "https://orders.internal", "iat": 100, "exp": 400, "txn": "n", "sub": "u-42", "scope": "pay",
            "req_wl": "gateway", "rctx": {"req_ip": "192.0.2.1"},
            "tctx": {"tenant": "acme", "position": "1234", "claims": {"urn:x:roles": []}, "request": {"order": 7}},
        });
        assert_eq!(payload, expected);
    }

    proptest! {
        #[test]
        fn a_token_never_outlives_the_one_that_was_brought(
            now in -10_i64..1_000_000, lifetime in 10_i64..4_000, ends in any::<i64>(), later in 0_i64..5_000,
        ) {
            let life = Life::of(now, lifetime, ends);
            prop_assert_eq!(life.is_some(), ends > now);
            let Some(life) = life else { return Ok(()) };
            prop_assert!(life.expires_at <= ends && life.expires_at - now <= lifetime && life.issued_at == now);
            if life.is_young(now + later) {
                prop_assert!(2 * (life.expires_at - now - later) >= life.expires_at - now);
            }
        }

        #[test]
        fn whatever_the_names_the_payload_is_one_json_object(user in ".*", tenant in ".*", scope in ".*") {
            let contents = Contents { user: &user, tenant: &tenant, ..contents(br#"{"urn:x:a":1}"#, Some(&scope)) };
            let payload: Value = serde_json::from_slice(&contents.internal().unwrap()).unwrap();
            prop_assert_eq!(payload["sub"].as_str(), Some(user.as_str()));
            prop_assert_eq!(payload["tenant"].as_str(), Some(tenant.as_str()));
            prop_assert_eq!(&payload["urn:x:a"], &json!(1));
        }
    }
}
