//! Sign in with Slack: ID tokens; every workspace has the same `iss` and keys.

use super::draft::{Draft, TenantClaims};

const SLACK: &str = "https://slack.com";
const TEAM: &str = "https://slack.com/team_id";

pub(super) fn fill(draft: &mut Draft<'_>) {
    draft.issuers_are(|iss| iss == SLACK, "write https://slack.com");
    draft.keys_at("https://slack.com/openid/connect/keys");
    draft.no_access_tokens("of Slack are opaque", "send ID tokens, and write client_ids in place of audiences");
    draft.tenants_by(&TenantClaims { claim: TEAM, or: &[], never_any: None });
    draft.organization(TEAM);
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::SLACK;
    use crate::issuers::presets::testing::{assert_refused, entry, keys, texts};

    #[test]
    fn id_tokens_of_listed_workspaces_are_accepted() {
        let settings = json!({"preset": "slack", "client_ids": ["1.2"], "allowed_tenants": ["T0R7GR"]});
        let entry = entry(&[SLACK], settings).unwrap();
        assert_eq!(keys(&entry).jwks_uri.as_deref(), Some("https://slack.com/openid/connect/keys"));
        assert_eq!(texts(&entry.rules.required_values), ["https://slack.com/team_id=T0R7GR"]);
    }

    #[test]
    fn what_cannot_be_meant_is_refused() {
        assert_refused(&[
            (SLACK, json!({"preset": "slack", "client_ids": ["1.2"]}), "settings.allowed_tenants: is missing"),
            (SLACK, json!({"preset": "slack", "audiences": ["x"], "allowed_tenants": "any"}), "are opaque"),
            (SLACK, json!({"client_ids": ["1.2"]}), "write \"preset\": \"slack\""),
        ]);
        assert!(entry(&[SLACK], json!({"preset": "slack", "client_ids": ["1.2"], "allowed_tenants": "any"})).is_ok());
    }
}
