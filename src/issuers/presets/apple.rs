//! Sign in with Apple: ID tokens for one's own bundle or service.

use super::draft::Draft;

const APPLE: &str = "https://appleid.apple.com";

pub(super) fn fill(draft: &mut Draft<'_>) {
    draft.issuers_are(|iss| iss == APPLE, "write https://appleid.apple.com");
    draft.keys_at("https://appleid.apple.com/auth/keys");
    draft.no_access_tokens("of Apple are opaque", "send ID tokens, and write client_ids in place of audiences");
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::APPLE;
    use crate::issuers::presets::testing::{assert_refused, entry, id, keys};
    use crate::issuers::rules::AudienceRule;

    #[test]
    fn id_tokens_for_ones_own_services_are_accepted() {
        let entry = entry(&[APPLE], json!({"preset": "apple", "client_ids": ["com.acme.app"]})).unwrap();
        assert_eq!(keys(&entry).jwks_uri.as_deref(), Some("https://appleid.apple.com/auth/keys"));
        assert_eq!(id(&entry).audience, AudienceRule::AnyOf(["com.acme.app".into()].into()));
    }

    #[test]
    fn what_cannot_be_meant_is_refused() {
        assert_refused(&[
            (APPLE, json!({"preset": "apple", "audiences": ["com.acme.app"]}), "are opaque"),
            (APPLE, json!({"preset": "apple"}), "client_ids"),
            ("https://appleid.apple.com/", json!({"preset": "apple", "client_ids": ["a"]}), "is no iss"),
            (APPLE, json!({"preset": "apple", "client_ids": ["a"], "allowed_tenants": ["x"]}), "has no meaning"),
        ]);
    }
}
