//! A row that is being filled in by a preset.
//!
//! Every setter yields to what the row says. What a preset insists on, it checks.

use crate::issuers::settings::{Discovery, KindSettings, Settings, SettingsProblems, Tenants, Values, Wish};

/// A row that is being filled in.
pub(super) struct Draft<'d> {
    pub(super) issuers: &'d [String],
    pub(super) settings: &'d mut Settings,
    pub(super) problems: &'d mut SettingsProblems,
    tenants_understood: bool,
}

/// Claims that say whose customer a token's owner is, at a provider that signs for everybody.
pub(super) struct TenantClaims {
    /// Where the values of `allowed_tenants` are looked for.
    pub(super) claim: &'static str,
    /// Other claims that settle it when they are required to have certain values.
    pub(super) or: &'static [&'static str],
    /// Why `"any"` is refused; `None` if it can be meant.
    pub(super) never_any: Option<&'static str>,
}

impl<'d> Draft<'d> {
    pub(super) fn new(issuers: &'d [String], settings: &'d mut Settings, problems: &'d mut SettingsProblems) -> Self {
        Self { issuers, settings, problems, tenants_understood: false }
    }

    /// The first spelling of `iss`.
    pub(super) fn canonical(&self) -> &'d str {
        self.issuers.first().map_or("", String::as_str)
    }

    /// Every spelling has to look like one of this provider's.
    pub(super) fn issuers_are(&mut self, fits: impl Fn(&str) -> bool, remedy: &str) {
        for iss in self.issuers.iter().filter(|iss| !fits(iss)) {
            self.problems.note("issuer", format!("{iss} is no iss of this provider"), remedy);
        }
    }

    /// Where the keys are, unless the row says.
    pub(super) fn keys_at(&mut self, url: impl Into<String>) {
        let keys = &mut self.settings.keys;
        let said = keys.jwks.is_some() || matches!(keys.discovery, Some(Discovery::At(_)));
        if !said {
            keys.jwks_uri.get_or_insert_with(|| url.into());
        }
    }

    /// Access tokens of this provider cannot be verified.
    pub(super) fn no_access_tokens(&mut self, what: &str, remedy: &str) {
        if self.settings.access.is_accepted() {
            self.problems.note("settings.access_token", what, remedy);
        }
        self.settings.access = KindSettings { wish: Wish::Refused, ..KindSettings::default() };
    }

    /// This provider has no ID tokens.
    pub(super) fn no_id_tokens(&mut self, what: &str, remedy: &str) {
        if self.settings.id.is_accepted() || !self.settings.id.client_ids.is_empty() {
            self.problems.note("settings.id_token", what, remedy);
        }
        self.settings.id = KindSettings { wish: Wish::Refused, ..KindSettings::default() };
    }

    pub(super) fn access_typ(&mut self, typ: &[&str]) {
        self.settings.access.typ.get_or_insert_with(|| owned(typ));
    }

    pub(super) fn access_value(&mut self, claim: &str, value: &str) {
        insert(&mut self.settings.access.values, claim, &[value]);
    }

    pub(super) fn id_value(&mut self, claim: &str, value: &str) {
        insert(&mut self.settings.id.values, claim, &[value]);
    }

    pub(super) fn required_value(&mut self, claim: &str, value: &str) {
        insert(&mut self.settings.required_values, claim, &[value]);
    }

    pub(super) fn required_claim(&mut self, claim: &str) {
        if !self.settings.required_claims.iter().any(|required| required == claim) {
            self.settings.required_claims.push(claim.to_owned());
        }
    }

    pub(super) fn client_claims(&mut self, claims: &[&str]) {
        self.settings.client_claims.get_or_insert_with(|| owned(claims));
    }

    pub(super) fn subject(&mut self, claims: &[&str]) {
        self.settings.subject.get_or_insert_with(|| owned(claims));
    }

    pub(super) fn organization(&mut self, claim: &str) {
        self.settings.organization.get_or_insert_with(|| claim.to_owned());
    }

    /// An audience that tokens have for reasons of the provider's own, and that says nothing.
    pub(super) fn no_audience(&mut self, fits: impl Fn(&str) -> bool, what: &str, remedy: &str) {
        for audience in self.settings.access.audiences.iter().filter(|audience| fits(audience)) {
            self.problems.note("settings.audiences", format!("holds {audience}, {what}"), remedy);
        }
    }

    /// The values of `allowed_tenants`, if they are listed; the preset knows what to do with them.
    pub(super) fn tenants(&mut self) -> Option<Vec<String>> {
        self.tenants_understood = true;
        match &self.settings.allowed_tenants {
            Some(Tenants::These(tenants)) => Some(tenants.clone()),
            Some(Tenants::Any) | None => None,
        }
    }

    /// Whether `"any"` is written.
    pub(super) fn is_any_tenant(&self) -> bool {
        self.settings.allowed_tenants == Some(Tenants::Any)
    }

    /// Tokens are accepted of certain customers of the provider only.
    pub(super) fn tenants_by(&mut self, claims: &TenantClaims) {
        if let Some(tenants) = self.tenants() {
            self.settings.required_values.entry(claims.claim.to_owned()).or_insert(tenants);
        }
        let values = &self.settings.required_values;
        let settled = values.contains_key(claims.claim) || claims.or.iter().any(|&claim| values.contains_key(claim));
        if settled || (self.is_any_tenant() && claims.never_any.is_none()) {
            return;
        }
        self.tenants_missing(claims);
    }

    /// Says that nothing tells this adopter's customers from everybody else.
    pub(super) fn tenants_missing(&mut self, claims: &TenantClaims) {
        if self.problems.concern("allowed_tenants") || self.problems.concern("required_values") {
            return;
        }
        let claim = claims.claim;
        let list = format!("list the accepted values of the claim {claim}");
        match claims.never_any {
            None => {
                let what = "is missing, and this provider signs for everybody with one iss";
                let remedy = format!("{list}, or write \"any\" if only subjects that you have linked count");
                self.problems.note("settings.allowed_tenants", what, remedy);
            }
            Some(why) => {
                let what = if self.is_any_tenant() { "is \"any\"" } else { "is missing" };
                self.problems.note("settings.allowed_tenants", format!("{what}: {why}"), list);
            }
        }
    }

    /// Opaque tokens are access tokens: what the shorthand calls clients of ID tokens is whom they were given to.
    pub(super) fn opaque(&mut self) {
        let (access, id) = (&mut self.settings.access, &mut self.settings.id);
        if !id.client_ids.is_empty() && access.wish != Wish::Refused && access.client_ids.is_empty() {
            access.client_ids = std::mem::take(&mut id.client_ids);
            access.wish = Wish::Accepted;
            id.wish = Wish::Unsaid;
        }
        self.no_id_tokens("is for JWTs", "write client_ids at the top, or audiences");
    }

    /// A preset beside a kind that needs none.
    pub(super) fn no_preset_for_opaque(&mut self) {
        self.problems.note("settings.preset", "is for tokens that are JWTs", "remove it, or the other kind");
    }

    /// What no preset has understood is a mistake.
    pub(super) fn finish(self) {
        if self.settings.id.wish == Wish::Refused && !self.settings.id.client_ids.is_empty() {
            self.problems.note("settings.client_ids", "contradicts \"id_token\": false", "keep one of the two");
        }
        if !self.tenants_understood && self.settings.allowed_tenants.is_some() {
            let remedy = "write required_values with the claim that says it";
            self.problems.note(
                "settings.allowed_tenants",
                "has no meaning without a preset that knows the claim",
                remedy,
            );
        }
    }
}

/// The part of `iss` between `https://` and `end`, if it is a host; without `end`, all of it.
pub(super) fn host<'iss>(iss: &'iss str, end: &str) -> Option<&'iss str> {
    let host = iss.strip_prefix("https://")?.strip_suffix(end)?;
    let fits = |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit() || "-.:".contains(letter);
    (!host.is_empty() && host.chars().all(fits)).then_some(host)
}

fn insert(values: &mut Values, claim: &str, list: &[&str]) {
    values.entry(claim.to_owned()).or_insert_with(|| owned(list));
}

fn owned(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|&text| text.to_owned()).collect()
}
