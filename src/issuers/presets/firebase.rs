//! Firebase and Identity Platform: one key set for every project there is, so `iss` and `aud` both have to name the project.

use super::draft::Draft;
use crate::issuers::settings::Wish;

const BASE: &str = "https://securetoken.google.com/";
const KEYS: &str = "https://www.googleapis.com/service_accounts/v1/jwk/securetoken@system.gserviceaccount.com";
const TENANT: &str = "/firebase/tenant";

pub(super) fn fill(draft: &mut Draft<'_>) {
    draft.issuers_are(|iss| project(iss).is_some(), "write https://securetoken.google.com/PROJECT");
    if draft.issuers.len() > 1 {
        draft.problems.note("issuer", "holds more than one project", "make one entry for each project");
    }
    draft.keys_at(KEYS);
    draft.no_access_tokens(
        "are not what Firebase issues",
        "remove audiences: the project is the audience of its ID tokens",
    );
    audience(draft);
    draft.required_claim("auth_time");
    if let Some(tenants) = draft.tenants() {
        draft.settings.required_values.entry(TENANT.to_owned()).or_insert(tenants);
    }
}

fn audience(draft: &mut Draft<'_>) {
    let Some(project) = project(draft.canonical()) else { return };
    let id = &mut draft.settings.id;
    if id.wish == Wish::Unsaid {
        id.wish = Wish::Accepted;
    }
    if id.client_ids.is_empty() && id.is_accepted() {
        id.client_ids = vec![project.to_owned()];
    }
    if id.client_ids.iter().any(|client| client != project) {
        let remedy = format!("remove it, or write {project}");
        draft.problems.note("settings.client_ids", "is not the project of the iss", remedy);
    }
}

fn project(iss: &str) -> Option<&str> {
    let project = iss.strip_prefix(BASE)?;
    let fits = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-:.".contains(&byte);
    (!project.is_empty() && project.bytes().all(fits)).then_some(project)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::KEYS;
    use crate::issuers::presets::testing::{assert_refused, entry, id, keys, texts};
    use crate::issuers::rules::AudienceRule;

    const PROJECT: &str = "https://securetoken.google.com/acme-app";

    #[test]
    fn the_project_is_the_audience() {
        let entry = entry(&[PROJECT], json!({"preset": "firebase"})).unwrap();
        assert_eq!(keys(&entry).jwks_uri.as_deref(), Some(KEYS));
        assert_eq!(id(&entry).audience, AudienceRule::AnyOf(["acme-app".into()].into()));
        assert_eq!(entry.rules.required_claims.iter().map(|claim| &*claim.0).collect::<Vec<_>>(), ["auth_time"]);
        assert_eq!(entry.rules.access, None);
    }

    #[test]
    fn tenants_of_identity_platform_can_be_listed() {
        let entry = entry(&[PROJECT], json!({"preset": "firebase", "allowed_tenants": ["acme-x1"]})).unwrap();
        assert_eq!(texts(&entry.rules.required_values), ["/firebase/tenant=acme-x1"]);
    }

    #[test]
    fn what_cannot_be_meant_is_refused() {
        assert_refused(&[
            (PROJECT, json!({"preset": "firebase", "client_ids": ["other"]}), "not the project of the iss"),
            (PROJECT, json!({"preset": "firebase", "audiences": ["acme-app"]}), "remove audiences"),
            ("https://securetoken.google.com/", json!({"preset": "firebase"}), "is no iss of this provider"),
            (PROJECT, json!({"client_ids": ["acme-app"]}), "write \"preset\": \"firebase\""),
        ]);
    }
}
