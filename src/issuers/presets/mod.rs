//! What is known about providers: where their keys are, what their tokens look like, and what must not be left open.
//!
//! A preset fills in what a row leaves open, and refuses what cannot be meant: a spelling of `iss` that this provider never
//! uses, a kind of token that cannot be verified, and, where one `iss` and one key set serve everybody, a row that does not
//! say which customers. What a row says itself is kept. One file per provider.
//!
//! The facts are the providers'; `sql/issuers.md` shows the row of each.
//!
//! To add a preset: a file with `fill` and its tests, a line in `presets!` below, a row in `sql/issuers.md`; and a line in
//! `SHARED` if the provider signs for everybody with one `iss`.

mod apple;
mod auth0;
mod cognito;
mod draft;
mod entra;
mod firebase;
mod github;
mod github_actions;
mod gitlab;
mod google;
mod keycloak;
mod kubernetes;
mod okta;
mod slack;
#[cfg(test)]
pub(super) mod testing;

use super::settings::{Kind, Settings, SettingsProblems};
use draft::Draft;

macro_rules! presets {
    ($($name:literal => $preset:ident, $fill:path;)+) => {
        /// A provider.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[expect(missing_docs, reason = "each is the provider of that name")]
        pub enum Preset {
            $($preset,)+
        }

        impl Preset {
            /// Every preset, as rows name it.
            pub const NAMES: &[(&str, Self)] = &[$(($name, Self::$preset)),+];

            fn fill(self, draft: &mut Draft<'_>) {
                match self { $(Self::$preset => $fill(draft),)+ }
            }
        }
    };
}

presets! {
    "apple" => Apple, apple::fill;
    "auth0" => Auth0, auth0::fill;
    "cognito" => Cognito, cognito::fill;
    "entra_v2" => EntraV2, entra::fill_v2;
    "entra_v1" => EntraV1, entra::fill_v1;
    "entra_multi_tenant" => EntraMultiTenant, entra::fill_multi_tenant;
    "firebase" => Firebase, firebase::fill;
    "github" => GitHub, github::fill;
    "github_actions" => GitHubActions, github_actions::fill;
    "gitlab" => GitLab, gitlab::fill;
    "google" => Google, google::fill;
    "keycloak" => Keycloak, keycloak::fill;
    "kubernetes" => Kubernetes, kubernetes::fill;
    "okta" => Okta, okta::fill;
    "slack" => Slack, slack::fill;
}

/// Fills in what the row leaves open.
pub(super) fn fill(issuers: &[String], settings: &mut Settings, problems: &mut SettingsProblems) {
    let preset = settings.preset;
    let mut draft = Draft::new(issuers, settings, problems);
    match preset {
        None => without(&mut draft),
        // What a preset knows is about JWTs. The issuer is asked about the others, and its answers have no such claims.
        Some(_) if draft.settings.kind != Kind::Jwt => draft.no_preset_for_opaque(),
        Some(preset) => preset.fill(&mut draft),
    }
    draft.finish();
}

/// Any provider that keeps to OpenID Connect and RFC 9068. Those that are known not to are not to be had without a preset:
/// the conditions that they need would be missing.
fn without(draft: &mut Draft<'_>) {
    if draft.settings.kind != Kind::Jwt {
        return draft.opaque();
    }
    for (iss, preset) in SHARED {
        let is_below =
            |issuer: &String| issuer.strip_prefix(iss).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
        if draft.issuers.iter().any(is_below) {
            let what = format!("holds {iss}, which signs for everybody");
            draft.problems.note("issuer", what, format!("write \"preset\": \"{preset}\""));
        }
    }
    if draft.issuers.iter().any(|iss| iss == kubernetes::LEGACY) {
        draft.problems.note("issuer", kubernetes::LEGACY_FAULT, kubernetes::LEGACY_REMEDY);
    }
}

/// Where one `iss` and one key set serve everybody, and the preset that knows.
const SHARED: &[(&str, &str)] = &[
    ("https://accounts.google.com", "google"),
    ("accounts.google.com", "google"),
    ("https://token.actions.githubusercontent.com", "github_actions"),
    ("https://gitlab.com", "gitlab"),
    ("https://securetoken.google.com", "firebase"),
    ("https://slack.com", "slack"),
];
