//! Google. Two spellings of one `iss`; access tokens are opaque; one key set signs for everybody with an account.
//!
//! `hd` is the Workspace domain. A personal account has none, whatever its address looks like.

use super::draft::{Draft, TenantClaims};

const SPELLINGS: &[&str] = &["https://accounts.google.com", "accounts.google.com"];

pub(super) fn fill(draft: &mut Draft<'_>) {
    draft.issuers_are(|iss| SPELLINGS.contains(&iss), "write https://accounts.google.com and accounts.google.com");
    draft.keys_at("https://www.googleapis.com/oauth2/v3/certs");
    draft.no_access_tokens("of Google are opaque", "send ID tokens, and write client_ids in place of audiences");
    draft.tenants_by(&TenantClaims { claim: "hd", or: &[], never_any: None });
    draft.client_claims(&["azp"]);
    draft.organization("hd");
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::issuers::presets::testing::{assert_refused, entry, id, keys, texts};
    use crate::issuers::rules::AudienceRule;

    const GOOGLE: &str = "https://accounts.google.com";

    #[test]
    fn id_tokens_of_listed_domains_are_accepted() {
        let settings = json!({"preset": "google", "client_ids": ["1.apps"], "allowed_tenants": ["acme.example"]});
        let entry = entry(&[GOOGLE, "accounts.google.com"], settings).unwrap();
        assert_eq!(keys(&entry).jwks_uri.as_deref(), Some("https://www.googleapis.com/oauth2/v3/certs"));
        assert_eq!(texts(&entry.rules.required_values), ["hd=acme.example"]);
        assert_eq!(id(&entry).audience, AudienceRule::AnyOf(["1.apps".into()].into()));
        assert_eq!(entry.rules.access, None);
        assert_eq!(*entry.rules.subject, ["sub".into()]);
    }

    #[test]
    fn personal_accounts_have_to_be_wanted() {
        let wanted = json!({"preset": "google", "client_ids": ["1.apps"], "allowed_tenants": "any"});
        assert!(entry(&[GOOGLE], wanted).unwrap().rules.required_values.is_empty());
        let by_claim = json!({"preset": "google", "client_ids": ["1.apps"], "required_values": {"hd": ["a.example"]}});
        assert_eq!(texts(&entry(&[GOOGLE], by_claim).unwrap().rules.required_values), ["hd=a.example"]);
    }

    #[test]
    fn what_cannot_be_meant_is_refused() {
        let any = json!({"preset": "google", "client_ids": ["1.apps"], "allowed_tenants": "any"});
        assert_refused(&[
            (GOOGLE, json!({"preset": "google", "client_ids": ["1.apps"]}), "settings.allowed_tenants: is missing"),
            (GOOGLE, json!({"preset": "google", "audiences": ["a"], "allowed_tenants": "any"}), "are opaque"),
            ("https://accounts.google.com/", any, "is no iss of this provider"),
            (GOOGLE, json!({"client_ids": ["1.apps"]}), "write \"preset\": \"google\""),
            ("accounts.google.com", json!({"client_ids": ["1.apps"]}), "write \"preset\": \"google\""),
        ]);
    }
}
