//! GitHub Actions: tokens of workflows. Anybody may run a workflow and choose `aud`, so only the owner says whose it is.

use super::draft::{Draft, TenantClaims, host};

const GITHUB: &str = "https://token.actions.githubusercontent.com";
/// Names of owners and repositories change hands; their numbers do not. `sub` is as the organization has set it up.
const OWNER: TenantClaims = TenantClaims {
    claim: "repository_owner_id",
    or: &["repository_id", "enterprise_id", "sub"],
    never_any: Some("every workflow on GitHub may choose your audience"),
};

pub(super) fn fill(draft: &mut Draft<'_>) {
    draft.issuers_are(
        is_actions,
        "write https://token.actions.githubusercontent.com, with the enterprise's path if it has one, or https://HOST/_services/token",
    );
    draft.keys_at(format!("{}/.well-known/jwks", draft.canonical()));
    draft.no_id_tokens(
        "are not what workflows get, whatever GitHub calls them",
        "write audiences in place of client_ids",
    );
    draft.tenants_by(&OWNER);
}

fn is_actions(iss: &str) -> bool {
    let own = host(iss, "/_services/token").is_some();
    let path = iss.strip_prefix(GITHUB);
    own || path.is_some_and(|path| path.is_empty() || (path.starts_with('/') && path.len() > 1 && !path.ends_with('/')))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::GITHUB;
    use crate::issuers::presets::testing::{access, assert_refused, entry, keys, texts};
    use crate::issuers::rules::AudienceRule;

    fn with(more: &Value) -> Value {
        let mut settings = json!({"preset": "github_actions", "audiences": ["https://api"]});
        settings.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        settings
    }

    #[test]
    fn workflows_of_listed_owners_are_accepted() {
        let entry = entry(&[GITHUB], with(&json!({"allowed_tenants": ["65"]}))).unwrap();
        assert_eq!(keys(&entry).jwks_uri.as_deref(), Some(format!("{GITHUB}/.well-known/jwks").as_str()));
        assert_eq!(texts(&entry.rules.required_values), ["repository_owner_id=65"]);
        assert_eq!(access(&entry).audience, AudienceRule::AnyOf(["https://api".into()].into()));
        assert_eq!(entry.rules.id, None);
    }

    #[test]
    fn a_repository_or_a_subject_will_do_as_condition() {
        for claim in ["repository_id", "sub"] {
            assert!(entry(&[GITHUB], with(&json!({"required_values": {claim: ["x"]}}))).is_ok(), "{claim}");
        }
        for iss in ["https://token.actions.githubusercontent.com/acme", "https://ghe.acme.example/_services/token"] {
            assert!(entry(&[iss], with(&json!({"allowed_tenants": ["65"]}))).is_ok(), "{iss}");
        }
    }

    #[test]
    fn what_cannot_be_meant_is_refused() {
        assert_refused(&[
            (GITHUB, with(&json!({})), "every workflow on GitHub"),
            (GITHUB, with(&json!({"allowed_tenants": "any"})), "every workflow on GitHub"),
            (GITHUB, with(&json!({"required_values": {"repository_owner": ["acme"]}})), "is missing"),
            (GITHUB, with(&json!({"client_ids": ["x"], "allowed_tenants": ["65"]})), "whatever GitHub calls them"),
            (&format!("{GITHUB}/"), with(&json!({"allowed_tenants": ["65"]})), "is no iss"),
            (GITHUB, json!({"audiences": ["https://api"]}), "write \"preset\": \"github_actions\""),
        ]);
    }
}
