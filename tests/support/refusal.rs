//! How every refusal looks (RFC 9457), whatever its code.

use claimsmith::error::Code;
use serde_json::json;

use super::app::Answer;

impl Answer {
    /// Fails unless this is a refusal with this code, complete and in shape. Gives its detail, if it has one.
    #[track_caller]
    pub(crate) fn assert_refused(&self, code: Code) -> &str {
        assert_eq!(self.code(), code.label(), "{self:?}");
        assert_eq!(self.status.as_u16(), code.status(), "{self:?}");
        assert_eq!(self.header("content-type"), Some("application/problem+json"));
        assert_eq!(self.header("cache-control"), Some("no-store"));
        assert_eq!(self.header("retry-after").is_some(), matches!(code.status(), 429 | 503), "{self:?}");
        let challenge = self.header("www-authenticate").unwrap_or_default();
        assert_eq!(challenge.contains("Bearer"), code.status() == 401, "{self:?}");
        assert_eq!(challenge.contains("invalid_token"), code.label().starts_with("token_"), "{self:?}");
        assert_eq!(self.body["type"], json!(format!("urn:claimsmith:problem:{}", code.label())));
        assert_eq!(self.body["title"], json!(code.title()));
        assert_eq!(self.body["status"], json!(code.status()));
        assert_eq!(self.body["request_id"].as_str(), self.header("x-request-id"), "{self:?}");
        assert_eq!(self.body["memberships"].is_array(), code == Code::TenantRequired, "{self:?}");
        self.assert_members(&["type", "title", "status", "code", "detail", "request_id", "memberships"]);
        let detail = &self.body["detail"];
        assert!(detail.is_string() || detail.is_null(), "{detail}");
        detail.as_str().unwrap_or_default()
    }

    /// A header that is there once.
    #[track_caller]
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let mut values = self.headers.get_all(name).iter();
        let value = values.next()?;
        assert!(values.next().is_none(), "{name} is there twice");
        Some(value.to_str().unwrap())
    }

    #[track_caller]
    fn assert_members(&self, known: &[&str]) {
        let body = self.body.as_object().unwrap();
        let unknown: Vec<&String> = body.keys().filter(|member| !known.contains(&member.as_str())).collect();
        assert!(unknown.is_empty(), "the refusal also says {unknown:?}");
    }
}
