//! A profile, made ready: what is read of a question, and what stands in an answer.

use std::time::Duration;

use http::header::{AUTHORIZATION, HOST, HeaderName};

use super::request::{Incoming, Sent};
use crate::config;
use crate::config::FieldSource;

/// A field of every answer.
#[derive(Debug)]
pub struct Field {
    /// Its name.
    pub name: HeaderName,
    /// What stands in it.
    pub(super) source: FieldSource,
}

/// How one gateway asks, and what it is told.
#[derive(Debug)]
pub struct Profile {
    /// The fields of every answer.
    pub fields: Vec<Field>,
    /// Fields of the client's request that must not reach the back-end, for gateways that take that from us.
    pub to_remove: Vec<String>,
    /// Fields of a question that the answer depends on.
    pub depends_on: Vec<HeaderName>,
    /// How long an answer that is not in memory may take.
    pub answer_deadline: Duration,
    /// How long the gateway may keep an answer.
    pub cache: Duration,
    /// Whom the internal token is for.
    pub audience: Option<Box<str>>,
    pub(super) tenant: Option<Box<str>>,
    pub(super) tenant_field: Option<HeaderName>,
    pub(super) host_names_tenant: bool,
    pub(super) lets_preflights_pass: bool,
    pub(super) refuses_climbing: bool,
    /// The most bytes of fields.
    pub(super) budget: usize,
    /// Which of the fields may be left empty, in this order.
    pub(super) may_be_dropped: Vec<usize>,
    method_field: Option<HeaderName>,
    target_field: Option<HeaderName>,
    host_field: Option<HeaderName>,
}

impl Profile {
    /// As the operator wrote it. Names that are none are left out; the configuration refuses them.
    pub fn new(settings: &config::Profile) -> Self {
        let usual = settings.gateway.original_fields();
        let either = |own: &Option<String>, usual: Option<&'static str>| own.as_deref().or(usual).and_then(field_name);
        let field = |(name, source): (&String, &FieldSource)| {
            field_name(name).map(|name| Field { name, source: source.clone() })
        };
        let fields: Vec<Field> = settings.fields.iter().filter_map(field).collect();
        let place = |name: &String| fields.iter().position(|field| field.name == **name);
        let may_be_dropped = settings.may_be_dropped.iter().filter_map(place).collect();
        let tenant_field = settings.tenant_header.as_deref().and_then(field_name);
        let host_field = either(&settings.host_header, usual.host);
        let target_field = either(&settings.uri_header, usual.uri);
        let of_target = target_field.clone().filter(|_| !settings.climbing_paths);
        let of_host = settings.host_names_tenant.then(|| host_field.clone().unwrap_or(HOST));
        Self {
            to_remove: to_remove(&fields, tenant_field.as_ref()),
            depends_on: std::iter::once(AUTHORIZATION)
                .chain(tenant_field.clone())
                .chain(of_target)
                .chain(of_host)
                .collect(),
            answer_deadline: settings.answer_deadline,
            cache: settings.cache,
            audience: settings.audience.as_deref().map(Box::from),
            tenant: settings.tenant.as_deref().map(Box::from),
            tenant_field,
            host_names_tenant: settings.host_names_tenant,
            lets_preflights_pass: settings.preflight,
            refuses_climbing: !settings.climbing_paths,
            budget: settings.max_headers.as_len(),
            may_be_dropped,
            fields,
            method_field: either(&settings.method_header, usual.method),
            target_field,
            host_field,
        }
    }

    pub(super) fn method<'r>(&self, sent: &'r impl Incoming) -> Sent<'r> {
        described(self.method_field.as_ref(), sent).unwrap_or_else(|| once(sent.method()))
    }

    pub(super) fn target<'r>(&self, sent: &'r impl Incoming) -> Sent<'r> {
        described(self.target_field.as_ref(), sent).unwrap_or_else(|| once(sent.target()))
    }

    pub(super) fn host<'r>(&self, sent: &'r impl Incoming) -> Sent<'r> {
        described(self.host_field.as_ref(), sent).unwrap_or_else(|| sent.host())
    }
}

/// What a field says of the original request, unless the question has it itself: then its fields are the client's.
fn described<'r>(field: Option<&HeaderName>, sent: &'r impl Incoming) -> Option<Sent<'r>> {
    field.filter(|_| !sent.has_the_original()).map(|field| sent.field(field))
}

fn once(text: &str) -> Sent<'_> {
    if text.is_empty() { Sent::Absent } else { Sent::Once(text) }
}

fn field_name(name: &str) -> Option<HeaderName> {
    HeaderName::from_bytes(name.as_bytes()).ok()
}

/// The external token, what was meant for us, and the spellings of our fields that a back-end takes for them: many read `_` and `.`
/// as `-`.
fn to_remove(fields: &[Field], tenant_field: Option<&HeaderName>) -> Vec<String> {
    let own = |name: &&str| fields.iter().any(|field| field.name == **name);
    let usual = ["authorization", "x-gateway-key"].into_iter().chain(tenant_field.map(HeaderName::as_str));
    let mut names: Vec<String> = usual.filter(|name| !own(name)).map(str::to_owned).collect();
    names.extend(fields.iter().flat_map(|field| spellings(field.name.as_str())));
    names
}

/// Every other spelling of a name, with `_` or `.` for each `-`; of a name with many, those with one of them throughout.
fn spellings(name: &str) -> Vec<String> {
    const MOST: usize = 3;
    let words: Vec<&str> = name.split('-').collect();
    if words.len() > MOST + 1 {
        return ["_", "."].map(|separator| words.join(separator)).to_vec();
    }
    let start = words.first().map(ToString::to_string).into_iter().collect();
    let longer = |starts: Vec<String>, word: &&str| -> Vec<String> {
        starts.iter().flat_map(|start| ['-', '_', '.'].map(|separator| format!("{start}{separator}{word}"))).collect()
    };
    let all: Vec<String> = words.iter().skip(1).fold(start, longer);
    all.into_iter().filter(|spelling| spelling != name).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::GatewayKind;

    #[test]
    fn the_token_and_aliases_are_removed_but_no_field_of_the_answer() {
        let mut settings = config::Profile::of(GatewayKind::Envoy);
        settings.tenant_header = Some("x-tenant".to_owned());
        settings.fields = [("x-auth-user".to_owned(), FieldSource::User)].into();
        let removed = |settings: &config::Profile| Profile::new(settings).to_remove.join(" ");
        assert_eq!(
            removed(&settings),
            "authorization x-gateway-key x-tenant x-auth_user x-auth.user x_auth-user x_auth_user x_auth.user x.auth-user x.auth_user \
             x.auth.user"
        );
        settings.fields = [("authorization".to_owned(), FieldSource::Bearer)].into();
        assert_eq!(removed(&settings), "x-gateway-key x-tenant");
    }

    #[test]
    fn an_answer_depends_on_what_it_is_made_from() {
        let mut settings = config::Profile::of(GatewayKind::Nginx);
        settings.host_names_tenant = true;
        settings.tenant_header = Some("x-tenant".to_owned());
        assert_eq!(
            Profile::new(&settings).depends_on,
            ["authorization", "x-tenant", "x-original-uri", "x-original-host"]
        );
    }
}
