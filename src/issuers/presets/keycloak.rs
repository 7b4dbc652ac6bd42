//! Keycloak. The payload's `typ` tells access tokens, ID tokens, refresh tokens and logout tokens apart; the header's does not.

use super::draft::{Draft, host};

pub(super) fn fill(draft: &mut Draft<'_>) {
    draft.issuers_are(
        is_realm,
        "write https://HOST/realms/REALM, without a final slash (/auth/realms/… before version 17)",
    );
    draft.keys_at(format!("{}/protocol/openid-connect/certs", draft.canonical()));
    draft.access_typ(&["jwt", "at+jwt"]);
    draft.access_value("typ", "Bearer");
    draft.id_value("typ", "ID");
    draft.client_claims(&["azp"]);
}

fn is_realm(iss: &str) -> bool {
    let Some((server, realm)) = iss.rsplit_once("/realms/") else { return false };
    let server = server.strip_suffix("/auth").unwrap_or(server);
    host(server, "").is_some() && !realm.is_empty() && !realm.contains('/')
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::issuers::presets::testing::{access, assert_refused, entry, id, keys, texts};

    const REALM: &str = "https://id.acme.example/realms/acme";

    #[test]
    fn the_payload_says_which_kind_it_is() {
        let settings = json!({"preset": "keycloak", "audiences": ["api"], "client_ids": ["web"]});
        let entry = entry(&[REALM], settings).unwrap();
        let url = format!("{REALM}/protocol/openid-connect/certs");
        assert_eq!(keys(&entry).jwks_uri.as_deref(), Some(url.as_str()));
        assert_eq!(texts(&access(&entry).values), ["typ=Bearer"]);
        assert_eq!(texts(&id(&entry).values), ["typ=ID"]);
        assert_eq!(*entry.rules.client_claims, ["azp".into()]);
    }

    #[test]
    fn one_name_may_be_api_and_client_because_the_payload_differs() {
        let settings = json!({"preset": "keycloak", "audiences": ["web"], "client_ids": ["web"]});
        assert!(entry(&["https://id.acme.example/auth/realms/acme"], settings).is_ok());
    }

    #[test]
    fn what_cannot_be_meant_is_refused() {
        let with = |audience: &str| json!({"preset": "keycloak", "audiences": [audience]});
        assert_refused(&[
            (REALM, with("account"), "audience mapper"),
            (
                REALM,
                json!({"preset": "keycloak", "access_token": {"audiences": ["api", "account"]}}),
                "audience mapper",
            ),
            ("https://id.acme.example/realms/acme/", with("api"), "without a final slash"),
            ("https://id.acme.example/realms/", with("api"), "is no iss of this provider"),
            ("https://id.acme.example", with("api"), "is no iss of this provider"),
            (REALM, json!({"preset": "keycloak", "audiences": ["api"], "algorithms": ["HS512"]}), "could also sign"),
        ]);
    }
}
