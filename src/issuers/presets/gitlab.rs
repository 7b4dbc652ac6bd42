//! GitLab. Job tokens (`id_tokens` of CI) are access tokens here: the job chooses `aud`, so only where it runs says whose it
//! is. ID tokens of a log-in name one's own application; access tokens of users are opaque.

use super::draft::{Draft, TenantClaims, host};

const JOB: TenantClaims = TenantClaims {
    claim: "namespace_id",
    or: &["project_id", "namespace_path", "project_path"],
    never_any: Some("every job on the instance may choose your audience"),
};
const LOG_IN: TenantClaims = TenantClaims { claim: "groups", or: &[], never_any: None };

pub(super) fn fill(draft: &mut Draft<'_>) {
    draft.issuers_are(|iss| host(iss, "").is_some(), "write https://HOST, without a final slash");
    draft.keys_at(format!("{}/oauth/discovery/keys", draft.canonical()));
    let namespaces = draft.tenants();
    if draft.settings.access.is_accepted() {
        jobs(draft, namespaces);
    } else if draft.settings.id.is_accepted() && !draft.is_any_tenant() {
        draft.tenants_missing(&LOG_IN);
    }
}

/// Log-ins have no such claims, so the condition is one of the job tokens alone.
fn jobs(draft: &mut Draft<'_>, namespaces: Option<Vec<String>>) {
    let values = &mut draft.settings.access.values;
    if let Some(namespaces) = namespaces {
        values.entry(JOB.claim.to_owned()).or_insert(namespaces);
    }
    let required = &draft.settings.required_values;
    let is_settled = |claim: &&str| values.contains_key(*claim) || required.contains_key(*claim);
    if !is_settled(&JOB.claim) && !JOB.or.iter().any(is_settled) {
        draft.tenants_missing(&JOB);
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::issuers::presets::testing::{access, assert_refused, entry, keys, texts};

    const GITLAB: &str = "https://gitlab.com";

    #[test]
    fn job_tokens_are_accepted_of_listed_namespaces() {
        let settings = json!({"preset": "gitlab", "audiences": ["https://api"], "allowed_tenants": ["72"]});
        let entry = entry(&[GITLAB], settings).unwrap();
        assert_eq!(keys(&entry).jwks_uri.as_deref(), Some("https://gitlab.com/oauth/discovery/keys"));
        assert_eq!(texts(&access(&entry).values), ["namespace_id=72"]);
        assert_eq!(entry.rules.id, None);
    }

    #[test]
    fn a_condition_of_jobs_does_not_shut_out_people() {
        let jobs =
            json!({"audiences": ["https://api"], "values": {"project_path": ["acme/app"], "ref_protected": ["true"]}});
        let settings = json!({"preset": "gitlab", "access_token": jobs, "client_ids": ["app"]});
        let entry = entry(&[GITLAB], settings).unwrap();
        assert!(entry.rules.required_values.is_empty());
        assert_eq!(texts(&access(&entry).values), ["project_path=acme/app", "ref_protected=true"]);
    }

    #[test]
    fn what_cannot_be_meant_is_refused() {
        let jobs = json!({"preset": "gitlab", "audiences": ["https://api"], "allowed_tenants": "any"});
        assert_refused(&[
            (GITLAB, jobs, "every job on the instance"),
            (GITLAB, json!({"preset": "gitlab", "audiences": ["https://api"]}), "every job on the instance"),
            (GITLAB, json!({"preset": "gitlab", "client_ids": ["app"]}), "settings.allowed_tenants: is missing"),
            ("https://gitlab.com/", json!({"preset": "gitlab", "client_ids": ["app"]}), "without a final slash"),
        ]);
        assert!(entry(&[GITLAB], json!({"preset": "gitlab", "client_ids": ["app"], "allowed_tenants": "any"})).is_ok());
    }
}
