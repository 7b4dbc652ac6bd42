//! What holds of every exchange, whatever was sent.

use crate::back_end::Arrived;
use crate::exchange::Exchange;
use crate::gateway::Kind;
use crate::scene::Scene;
use crate::support::app::KEY;
use crate::support::exchange::{ORDERS, verified};

/// What a client writes where it has no say. It must not reach the back-end.
pub(crate) const LIE: &str = "forged";
/// What a client writes where the service must not see it.
pub(crate) const SECRET: &str = "between-client-and-back-end";
/// The same, in the query.
pub(crate) const QUERY: &str = "?q=as-the-client-wrote-it";
/// Where the service's own token rides.
const TOKEN: &str = "x-auth-token";

/// Who the back-end is told the client is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Identity {
    pub(crate) user: &'static str,
    pub(crate) tenant: &'static str,
    /// `None` is not looked at here.
    pub(crate) roles: Option<&'static str>,
    pub(crate) permissions: Option<&'static str>,
}

impl Identity {
    pub(crate) const ALICE: Self =
        Self { user: "alice", tenant: "acme", roles: Some("admin"), permissions: Some("doc:read,doc:write") };
    /// Who sends a preflight.
    pub(crate) const NOBODY: Self = Self { user: "", tenant: "", roles: Some(""), permissions: Some("") };
    const FIELDS: [&str; 8] = [
        "x-auth-user",
        "x-auth-subject",
        "x-auth-issuer",
        "x-auth-tenant",
        "x-auth-roles",
        "x-auth-permissions",
        "x-auth-position",
        "x-auth-truncated",
    ];

    /// The values of the fields, in their order.
    fn values(&self, scene: &Scene) -> [Option<String>; 8] {
        let (user, tenant) = (Some(self.user.to_owned()), Some(self.tenant.to_owned()));
        let text = |text: Option<&str>| text.map(str::to_owned);
        let is_nobody = self.user.is_empty();
        let issuer = if is_nobody { String::new() } else { scene.service.issuer.iss.clone() };
        let position = if is_nobody { String::new() } else { scene.service.app.freshness.read().position.to_string() };
        let (roles, permissions) = (text(self.roles), text(self.permissions));
        [user.clone(), user, Some(issuer), tenant, roles, permissions, Some(position), Some(String::new())]
    }
}

/// The name that some back-ends take a name for.
fn folded(name: &str) -> String {
    name.to_ascii_lowercase().replace(['_', '.'], "-")
}

/// Every law that was broken, in words.
pub(crate) fn broken(scene: &Scene, identity: &Identity, exchange: &Exchange) -> Vec<String> {
    let mut broken = match (exchange.is_passed_on(), &exchange.arrived[..]) {
        (true, [arrived]) => passed_on(scene, identity, exchange, arrived),
        (false, []) => refused(exchange),
        (_, arrived) => vec![format!("the back-end got {} requests", arrived.len())],
    };
    // Traefik cannot leave the query out.
    if exchange.was_asked(SECRET) || (exchange.was_asked(QUERY) && exchange.kind != Kind::Traefik) {
        broken.push("the service was sent what is not for it".to_owned());
    }
    broken
}

fn passed_on(scene: &Scene, identity: &Identity, exchange: &Exchange, arrived: &Arrived) -> Vec<String> {
    let mut broken: Vec<String> = missing(scene, identity, arrived).chain(forbidden(scene, arrived)).collect();
    broken.extend(wrong_token(scene, identity, arrived));
    let sent = &exchange.sent;
    let query = |target: &str| target.split_once('?').map(|(_, query)| query.to_owned());
    let (from, to) = ((sent.method, query(&sent.target)), (arrived.head.word(0), query(arrived.head.word(1))));
    if from != to || sent.content != arrived.body.bytes {
        broken.push(format!("method, query or body are not the client's: {:?}", arrived.head.start));
    }
    if !sent.token().is_none_or(|token| exchange.was_asked(token)) {
        broken.push("it was passed on unasked".to_owned());
    }
    broken
}

/// Fields of the identity that the back-end did not get as they are.
fn missing(scene: &Scene, identity: &Identity, arrived: &Arrived) -> impl Iterator<Item = String> {
    Identity::FIELDS.into_iter().zip(identity.values(scene)).filter_map(|(name, expected)| {
        let values = arrived.head.values(name);
        let is_fine = match (&values[..], &expected) {
            // Empty and absent are one to a back-end.
            ([], Some(expected)) => expected.is_empty(),
            ([value], Some(expected)) => value == expected,
            ([_], None) => true,
            _ => false,
        };
        (!is_fine).then(|| format!("{name} is {values:?} at the back-end, not {expected:?}"))
    })
}

/// What is wrong with the service's own token, where the back-end is to get one: it is there once, verifies, and says the same.
fn wrong_token(scene: &Scene, identity: &Identity, arrived: &Arrived) -> Option<String> {
    let keys = scene.keys.as_ref()?;
    let [token] = arrived.head.values(TOKEN)[..] else { return Some("there is not one token".to_owned()) };
    match verified(token, ORDERS, keys) {
        Ok(claims) if claims["sub"] == identity.user && claims["tenant"] == identity.tenant => None,
        Ok(claims) => Some(format!("the token says {claims}")),
        Err(error) => Some(format!("the token does not verify: {error}")),
    }
}

/// Fields that the back-end must not get.
fn forbidden(scene: &Scene, arrived: &Arrived) -> impl Iterator<Item = String> {
    let forbidden = arrived.head.lines.iter().filter(|(name, value)| {
        let meant = folded(name);
        let name = name.to_ascii_lowercase();
        let is_known = Identity::FIELDS.contains(&&*name) || (scene.keys.is_some() && name == TOKEN);
        let is_identity = meant.starts_with("x-auth-") && !is_known;
        let is_ours = ["authorization", "x-gateway-key", "x-tenant"].contains(&meant.as_str());
        // There is no token, which may be said by an empty field.
        let is_said = !value.is_empty() || (is_identity && meant != TOKEN);
        ((is_identity || is_ours) && is_said) || value.contains(LIE) || value.contains(KEY)
    });
    forbidden.map(|(name, value)| format!("the back-end got {name}: {value}"))
}

fn refused(exchange: &Exchange) -> Vec<String> {
    let Ok(answer) = &exchange.answer else { return Vec::new() };
    let mut broken = Vec::new();
    let mut must = |holds: bool, law: &str| {
        if !holds {
            broken.push(law.to_owned());
        }
    };
    let (head, code) = (&answer.head, answer.head.value("x-auth-error"));
    must(answer.status >= 400, "nobody but the back-end says yes");
    let challenge = head.value("www-authenticate").unwrap_or_default();
    must(challenge.starts_with("Bearer") == (answer.status == 401), "401, and only 401, says how to authenticate");
    if let Some(code) = code {
        must(head.value("cache-control") == Some("no-store"), "nobody keeps a refusal");
        let has_body = exchange.kind != Kind::Nginx && exchange.sent.method != "HEAD";
        must(!has_body || answer.body.contains(code), "the reason is in the body too");
    }
    // Traefik's own 503 has none.
    let may_lack = exchange.kind == Kind::Traefik && code.is_none();
    must(answer.status != 503 || may_lack || head.value("retry-after") == Some("1"), "503 says when to come back");
    for told in ["alice", KEY] {
        must(!answer.body.contains(told), "a refusal tells nothing of anybody");
    }
    broken
}
