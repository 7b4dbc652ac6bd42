//! Log-ins with GitHub. Its tokens are opaque and say nothing; GitHub is asked, and answers for one's own application only.

use super::draft::Draft;
use crate::issuers::settings::Kind;

pub(super) fn fill(draft: &mut Draft<'_>) {
    draft.settings.kind = Kind::GitHub;
    draft.opaque();
    if let [_, _, ..] = draft.settings.access.client_ids.as_slice() {
        draft.problems.note("settings.client_ids", "names several applications", "make one entry for each");
    }
    if !draft.settings.access.audiences.is_empty() {
        draft.problems.note("settings.audiences", "is not what GitHub's tokens have", "write client_ids");
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::issuers::entry::Source;
    use crate::issuers::presets::testing::{access, assert_refused, entry};
    use crate::issuers::rules::AudienceRule;

    const GITHUB: &str = "https://github.com";

    #[test]
    fn the_application_is_the_audience() {
        let entry = entry(&[GITHUB], json!({"preset": "github", "client_ids": ["Iv1.a"]})).unwrap();
        let Source::GitHub(source) = &entry.source else { panic!("GitHub is not asked") };
        assert_eq!(&*source.api, "https://api.github.com");
        assert_eq!(*source.prefixes, ["gho_".into(), "ghu_".into()]);
        assert_eq!(access(&entry).audience, AudienceRule::Client(["Iv1.a".into()].into()));
        assert_eq!(entry.login.client_id.as_deref(), Some("Iv1.a"));
        assert_eq!(entry.rules.id, None);
    }

    #[test]
    fn an_enterprise_server_has_its_own_api() {
        let settings =
            json!({"preset": "github", "client_ids": ["a"], "github_api": "https://ghe.acme.example/api/v3/"});
        let entry = entry(&["https://ghe.acme.example"], settings).unwrap();
        assert!(matches!(&entry.source, Source::GitHub(source) if &*source.api == "https://ghe.acme.example/api/v3"));
    }

    #[test]
    fn what_cannot_be_meant_is_refused() {
        assert_refused(&[
            (GITHUB, json!({"preset": "github"}), "settings"),
            (GITHUB, json!({"preset": "github", "client_ids": ["a", "b"]}), "one entry for each"),
            (GITHUB, json!({"preset": "github", "audiences": ["a"]}), "write client_ids"),
            (
                GITHUB,
                json!({"preset": "github", "client_ids": ["a"], "jwks_uri": "https://x.example/"}),
                "for kind jwt",
            ),
            (GITHUB, json!({"client_ids": ["a"], "github_api": "https://x.example"}), "is for another kind"),
        ]);
    }
}
