//! `[profile.<name>]`: how one gateway asks, and what it is told.

mod field;
mod kind;

use std::collections::BTreeMap;
use std::time::Duration;

use crate::config::document::Document;
use crate::config::environment::Environment;
use crate::config::problem::Fault;
use crate::config::reader::{Key, ListKey, Reader, Section};
use crate::config::sections::caller::CallerName;
use crate::config::value::ByteSize;

pub use field::FieldSource;
pub use kind::{GatewayKind, OriginalFields};

/// The table that holds the profiles.
const GROUP: &str = "profile";

/// What a gateway is told unless the file says otherwise.
const FIELDS: [(&str, &str); 8] = [
    ("x-auth-user", "user"),
    ("x-auth-subject", "subject"),
    ("x-auth-issuer", "issuer"),
    ("x-auth-tenant", "tenant"),
    ("x-auth-roles", "claim.roles"),
    ("x-auth-permissions", "claim.permissions"),
    ("x-auth-position", "position"),
    ("x-auth-truncated", "truncated"),
];
/// What is left empty first.
const DROPPED: [&str; 1] = ["x-auth-permissions"];
/// And if the profile has an audience.
const TOKEN_FIELD: (&str, FieldSource) = ("x-auth-token", FieldSource::Token);

/// How one gateway asks, and what it is told.
#[derive(Clone, Debug)]
pub struct Profile {
    /// Which gateway it is.
    pub gateway: GatewayKind,
    /// Which header fields say what the original request was, where they are others than the gateway's usual ones.
    pub method_header: Option<String>,
    /// The same for its target.
    pub uri_header: Option<String>,
    /// The same for its host.
    pub host_header: Option<String>,
    /// The tenant of every request.
    pub tenant: Option<String>,
    /// The header field that names the tenant.
    pub tenant_header: Option<String>,
    /// Whether the original host names the tenant.
    pub host_names_tenant: bool,
    /// Whether CORS preflights pass without a token.
    pub preflight: bool,
    /// Whether original targets that climb are allowed.
    pub climbing_paths: bool,
    /// How long the gateway may keep an answer; zero is not at all.
    pub cache: Duration,
    /// How long an answer that is not in memory may take before it is refused.
    pub answer_deadline: Duration,
    /// The most bytes of header fields in an answer.
    pub max_headers: ByteSize,
    /// Which of them may be left empty for want of room, in this order.
    pub may_be_dropped: Vec<String>,
    /// Whom the internal token is for.
    pub audience: Option<String>,
    /// What a gateway is told: header field to source.
    pub fields: BTreeMap<String, FieldSource>,
}

impl Profile {
    /// What the reference says about the tables.
    const DOC: &str = "How an API gateway asks, and what it is told: one table for each, under the name that stands in its path, \
        /v1/authz/<name>. Only the file can name profiles.";

    /// A profile with every default, for demonstrations and tests.
    pub fn of(gateway: GatewayKind) -> Self {
        let document = Document::empty("defaults");
        Self { gateway, ..Reader::new(&document, Environment::default()).section(GROUP, "", Self::read) }
    }

    /// Reads every profile, by its name.
    pub(crate) fn read_all(reader: &mut Reader<'_>) -> BTreeMap<String, Self> {
        let mut profiles = BTreeMap::new();
        for (name, profile) in reader.named_sections(GROUP, Self::read) {
            reader.require(&[&format!("{GROUP}.{name}")], CallerName::new(name).is_some(), || {
                Fault::new("is not a name for a profile", "write 1 to 64 characters of a-z, 0-9, _ and -")
            });
            profiles.insert(name.to_owned(), profile);
        }
        profiles
    }

    /// Declares one profile as an example.
    pub(crate) fn declare_example(reader: &mut Reader<'_>) {
        reader.example(&format!("{GROUP}.edge"), Self::DOC, Self::read);
    }

    fn read(section: &mut Section<'_, '_>) -> Self {
        let gateway = section.read(Key::new(
            "gateway",
            "Which gateway it is: that decides where the original request is described. nginx says it in X-Original-Method, \
             -URI and -Host; envoy in the question's own method, path and host; all others in X-Forwarded-Method, -Uri and -Host.",
            GatewayKind::Nginx,
        ));
        let method_header = header(section, "method_header", "Another header field for the method.", r#""x-method""#);
        let uri_header = header(section, "uri_header", "Another header field for the target.", r#""x-uri""#);
        let host_header = header(section, "host_header", "Another header field for the host.", r#""x-host""#);
        let tenant = section.optional_text("tenant", "The tenant of every request with this profile.", r#""acme""#);
        let tenant_header =
            header(section, "tenant_header", "The header field that names the tenant.", r#""x-tenant""#);
        let switches = Switches::read(section);
        let limits = Limits::read(section);
        let audience = section.optional_text(
            "audience",
            "Whom the internal token is for, which then stands in the header field x-auth-token. Needs [token], and the caller's \
             audiences must name it.",
            r#""https://billing.internal""#,
        );
        let fields = fields(section, audience.is_some());
        check_droppable(section, &limits.may_be_dropped, &fields);
        Self {
            gateway,
            method_header,
            uri_header,
            host_header,
            tenant,
            tenant_header,
            host_names_tenant: switches.host_names_tenant,
            preflight: switches.preflight,
            climbing_paths: switches.climbing_paths,
            cache: limits.cache,
            answer_deadline: limits.answer_deadline,
            max_headers: limits.max_headers,
            may_be_dropped: limits.may_be_dropped,
            audience,
            fields,
        }
    }
}

struct Switches {
    host_names_tenant: bool,
    preflight: bool,
    climbing_paths: bool,
}

impl Switches {
    fn read(section: &mut Section<'_, '_>) -> Self {
        Self {
            host_names_tenant: section.read(Key::new(
                "host_names_tenant",
                "Whether the host of the original request names the tenant; then it has to be some tenant's.",
                false,
            )),
            preflight: section.read(Key::new(
                "preflight",
                "Whether CORS preflights (OPTIONS with Origin and Access-Control-Request-Method) pass without a token, with every \
                 header empty.",
                false,
            )),
            climbing_paths: section.read(Key::new(
                "climbing_paths",
                "Whether a target with a segment . or .. in any spelling passes. The gateway and the back-end may read it \
                 differently.",
                false,
            )),
        }
    }
}

struct Limits {
    cache: Duration,
    answer_deadline: Duration,
    max_headers: ByteSize,
    may_be_dropped: Vec<String>,
}

impl Limits {
    fn read(section: &mut Section<'_, '_>) -> Self {
        Self {
            cache: section.read(Key::within(
                "cache",
                "How long the gateway may keep an answer, never beyond its token; 0s is not at all. So long a role that was \
                 taken away may still count.",
                Duration::ZERO,
                Duration::ZERO..=Duration::from_mins(10),
            )),
            answer_deadline: section.read(Key::within(
                "answer_deadline",
                "How long an answer that is not in memory may take before it is refused with 503. Shorter than the gateway \
                 waits: Envoy waits 200 ms unless it is told otherwise.",
                Duration::from_millis(150),
                Duration::from_millis(10)..=Duration::from_secs(30),
            )),
            max_headers: section.read(Key::within(
                "max_headers",
                "The most bytes of header fields in an answer. nginx takes 4 KiB unless its buffers are raised.",
                ByteSize::from_kib(3),
                ByteSize::from_bytes(256)..=ByteSize::from_kib(15),
            )),
            may_be_dropped: section.list(ListKey::new(
                "may_be_dropped",
                "Header fields that are left empty when there is no room, in this order; x-auth-truncated then names them. If \
                 that is not enough, the request is refused: roles are never cut.",
                DROPPED.map(str::to_owned).to_vec(),
            )),
        }
    }
}

/// What may be left empty is there, is nothing without which the rest would mean something else, and is named when it happens.
fn check_droppable(section: &mut Section<'_, '_>, names: &[String], fields: &BTreeMap<String, FieldSource>) {
    let keys = ["may_be_dropped", "headers"];
    for name in names {
        // The default may name what a table of the operator's own lacks.
        let Some(source) = fields.get(name) else {
            section.require(&keys, DROPPED.contains(&name.as_str()), || {
                Fault::new(format!("names {name}, which is not among the headers"), "remove it, or add the header")
            });
            continue;
        };
        section.require(&keys, source.may_be_dropped(), || {
            Fault::new(
                format!("names {name}, which says who the client is"),
                "remove it: such a header is never left out",
            )
        });
        let is_told = fields.values().any(|source| *source == FieldSource::Truncated);
        section.require(&keys, is_told, || {
            Fault::new(
                format!("names {name}, and no header tells that it was left out"),
                "add a header with the source truncated, or write may_be_dropped = []",
            )
        });
    }
}

/// The name of a header field that the gateway sends.
fn header(
    section: &mut Section<'_, '_>,
    name: &'static str,
    doc: &'static str,
    example: &'static str,
) -> Option<String> {
    let given = section.optional_text(name, doc, example)?.to_ascii_lowercase();
    let is_name = given.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
    let fit = is_name && given != "authorization" && given != "x-gateway-key";
    section
        .require(&[name], fit, || Fault::new("is not a header field of its own", "write letters, digits and hyphens"));
    Some(given)
}

/// What a gateway is told.
fn fields(section: &mut Section<'_, '_>, has_audience: bool) -> BTreeMap<String, FieldSource> {
    let doc = "What the gateway is told: header field = source. Sources are user, subject, issuer, tenant, client, scope, position, \
               truncated, claim.<name>, claims (all of them, as JSON in base64url), token and bearer (the internal token). The \
               table, once given, replaces all of these.";
    let mut fields = BTreeMap::new();
    for (name, text) in section.map("headers", doc, &FIELDS) {
        let path = format!("headers.{name}");
        section.require(&[&path, "headers"], field::is_free(&name), || {
            Fault::new(
                "is not a header field for an identity",
                "write lower-case letters, digits and hyphens, and no name that gateways use themselves",
            )
        });
        let Some(source) = FieldSource::parse(&text) else {
            section.require(&[&path, "headers"], false, || {
                Fault::new(format!("{text:?} is no source"), FieldSource::remedy())
            });
            continue;
        };
        section.require(&[&path, "audience", "headers"], has_audience || !source.needs_token(), || {
            Fault::new("needs an internal token", "give the profile an audience")
        });
        fields.insert(name, source);
    }
    if has_audience && !fields.values().any(FieldSource::needs_token) {
        let (name, source) = TOKEN_FIELD;
        fields.insert(name.to_owned(), source);
    }
    fields
}

#[cfg(test)]
mod tests;
