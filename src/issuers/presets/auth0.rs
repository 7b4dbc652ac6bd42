//! Auth0. The final slash is part of `iss`; a custom domain is another `iss` of the same tenant.

use super::draft::{Draft, host};

pub(super) fn fill(draft: &mut Draft<'_>) {
    draft.issuers_are(|iss| host(iss, "/").is_some(), "write https://DOMAIN/, with the final slash");
    draft.keys_at(format!("{}.well-known/jwks.json", draft.canonical()));
    // One type per token profile: Auth0's own, and RFC 9068.
    draft.access_typ(&["jwt", "at+jwt"]);
    draft.client_claims(&["azp", "client_id"]);
    draft.organization("org_id");
    let issuers = draft.issuers;
    let is_own = |audience: &str| {
        let path = issuers.iter().find_map(|iss| audience.strip_prefix(iss.as_str()));
        path.is_some_and(|path| matches!(path.trim_end_matches('/'), "userinfo" | "api/v2"))
    };
    let remedy = "register your API with Auth0, and write its identifier";
    draft.no_audience(is_own, "which is Auth0's own and in tokens of every client", remedy);
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::issuers::presets::testing::{access, assert_refused, entry, id, keys};
    use crate::issuers::rules::AudienceRule;
    use crate::jose::Algorithm;

    const ACME: &str = "https://acme.eu.auth0.com/";

    #[test]
    fn both_token_profiles_are_accepted_and_id_tokens_only_for_listed_clients() {
        let settings = json!({"preset": "auth0", "audiences": ["https://api.example"], "client_ids": ["spa"]});
        let entry = entry(&[ACME, "https://login.acme.example/"], settings).unwrap();
        assert_eq!(keys(&entry).jwks_uri.as_deref(), Some("https://acme.eu.auth0.com/.well-known/jwks.json"));
        assert_eq!(keys(&entry).discovery, None);
        assert_eq!(*access(&entry).typ, ["jwt".into(), "at+jwt".into()]);
        assert_eq!(access(&entry).audience, AudienceRule::AnyOf(["https://api.example".into()].into()));
        assert_eq!(id(&entry).audience, AudienceRule::AnyOf(["spa".into()].into()));
        assert_eq!(*entry.rules.algorithms, [Algorithm::RS256]);
        assert_eq!(entry.rules.organization.as_deref(), Some("org_id"));
        assert_eq!(entry.rules.authorized_parties, None);
        assert_eq!(entry.login.client_id.as_deref(), Some("spa"));
    }

    #[test]
    fn without_client_ids_id_tokens_are_refused() {
        let entry = entry(&[ACME], json!({"preset": "auth0", "audiences": ["https://api.example"]})).unwrap();
        assert_eq!(entry.rules.id, None);
    }

    #[test]
    fn what_cannot_be_meant_is_refused() {
        let with = |audience: &str| json!({"preset": "auth0", "audiences": [audience]});
        assert_refused(&[
            ("https://acme.eu.auth0.com", with("api"), "with the final slash"),
            ("https://acme.eu.auth0.com/x/", with("api"), "is no iss of this provider"),
            (ACME, with("https://acme.eu.auth0.com/userinfo"), "Auth0's own"),
            (ACME, with("https://acme.eu.auth0.com/api/v2/"), "Auth0's own"),
            (ACME, json!({"preset": "auth0"}), "write audiences"),
            (ACME, json!({"preset": "auth0", "audiences": ["api"], "algorithms": ["HS256"]}), "could also sign"),
        ]);
    }
}
