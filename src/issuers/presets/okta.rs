//! Okta. A custom authorization server has a path (`/oauth2/default`); the org's own server has none.

use super::draft::{Draft, host};

pub(super) fn fill(draft: &mut Draft<'_>) {
    draft.issuers_are(
        |iss| host(iss, "").is_some() || is_custom(iss),
        "write https://ORG.okta.com/oauth2/SERVER for a custom server or https://ORG.okta.com, without a final slash",
    );
    let canonical = draft.canonical();
    if draft.issuers.iter().any(|iss| !is_custom(iss)) {
        let what = "of the org's own server are for Okta's APIs, and their keys are not published";
        let remedy = "use a custom authorization server (…/oauth2/default), or kind introspection without the preset";
        draft.no_access_tokens(what, remedy);
        draft.keys_at(format!("{canonical}/oauth2/v1/keys"));
    } else {
        draft.keys_at(format!("{canonical}/v1/keys"));
    }
    draft.client_claims(&["cid"]);
    if draft.settings.access.is_accepted() && !draft.settings.id.is_accepted() {
        draft.required_claim("cid");
    }
}

fn is_custom(iss: &str) -> bool {
    let server = iss.rsplit_once("/oauth2/").filter(|(org, _)| host(org, "").is_some());
    server.is_some_and(|(_, server)| !server.is_empty() && server.bytes().all(|byte| byte.is_ascii_alphanumeric()))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::issuers::presets::testing::{assert_refused, entry, id, keys};
    use crate::issuers::rules::AudienceRule;

    #[test]
    fn a_custom_server_has_its_own_keys_and_names_clients_as_cid() {
        let issuers = ["https://acme.okta.com/oauth2/default", "https://login.acme.example/oauth2/default"];
        let entry = entry(&issuers, json!({"preset": "okta", "audiences": ["api://default"]})).unwrap();
        assert_eq!(keys(&entry).jwks_uri.as_deref(), Some("https://acme.okta.com/oauth2/default/v1/keys"));
        assert_eq!(*entry.rules.client_claims, ["cid".into()]);
        assert_eq!(entry.rules.required_claims.iter().map(|claim| &*claim.0).collect::<Vec<_>>(), ["cid"]);
    }

    #[test]
    fn id_tokens_of_the_orgs_own_server_can_be_verified() {
        let entry = entry(&["https://acme.okta.com"], json!({"preset": "okta", "client_ids": ["0oa1"]})).unwrap();
        assert_eq!(keys(&entry).jwks_uri.as_deref(), Some("https://acme.okta.com/oauth2/v1/keys"));
        assert_eq!(id(&entry).audience, AudienceRule::AnyOf(["0oa1".into()].into()));
        assert_eq!(entry.rules.access, None);
    }

    #[test]
    fn what_cannot_be_meant_is_refused() {
        let access = json!({"preset": "okta", "audiences": ["api://default"]});
        assert_refused(&[
            ("https://acme.okta.com", access.clone(), "keys are not published"),
            ("https://acme.okta.com/", access.clone(), "without a final slash"),
            ("https://acme.okta.com/oauth2/", access.clone(), "is no iss of this provider"),
            ("https://acme.okta.com/oauth2/default", json!({"preset": "okta"}), "write audiences"),
        ]);
    }
}
