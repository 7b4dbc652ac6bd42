//! What a member gets, shared by all members of a tenant who get the same.
//!
//! Many users, few distinct sets of roles: an entry of the cache is a user's key and the number of an [`Answer`]. The
//! answer holds the *grant* (what the membership says) and the *content* (what the claim template makes of it). A
//! changed permission or template empties contents and leaves every user's entry alone.

use std::sync::Arc;

use arc_swap::ArcSwapOption;
use serde_json::{Map, Value};

use super::facts::Facts;
use crate::claims::{Inputs, RenderError, Rendered, Template, TenantFacts};
use crate::clock::Moment;
use crate::tenancy::catalog::Tenant;

/// The number of an answer within its tenant. Numbers are never used twice, so an entry that outlives its answer leads
/// nowhere instead of to somebody else's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct AnswerId(pub(super) u32);

impl AnswerId {
    /// Known to be no member.
    pub(super) const NOT_A_MEMBER: Self = Self(0);
}

/// What the directory grants: two users with equal grants get equal claims.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Grant {
    /// Role keys, sorted.
    pub roles: Box<[Arc<str>]>,
    /// The user, when the template looks at it.
    pub user: Option<Box<str>>,
    /// The attributes as canonical JSON, when the template looks at them.
    pub attributes: Option<Box<str>>,
    /// When this stops being true by itself.
    pub lapses_at: Option<Moment>,
}

impl Grant {
    pub(super) fn holds_any(&self, roles: &[Box<str>]) -> bool {
        self.roles.iter().any(|held| roles.iter().any(|role| **role == **held))
    }
}

/// A grant and what it comes to.
#[derive(Debug)]
pub struct Answer {
    /// What is granted.
    pub grant: Grant,
    /// What it comes to; empty while it is to be worked out again.
    pub content: ArcSwapOption<Content>,
}

/// What an answer comes to.
#[derive(Debug)]
pub enum Content {
    /// The claims, the same for every request.
    Rendered(Rendered),
    /// The template looks at the client that asks, so each request renders for itself: with the tenant and the template that
    /// the facts were gathered for, whatever is in force by then.
    PerClient {
        /// What is known of the member.
        facts: Facts,
        /// The tenant, as it was.
        tenant: Arc<Tenant>,
        /// Its template, as it was.
        template: Arc<Template>,
    },
    /// The template fails for these members.
    Unrenderable(RenderError),
}

impl Content {
    /// Works out what a grant comes to in this tenant.
    pub fn work_out(tenant: &Arc<Tenant>, template: &Arc<Template>, facts: Facts) -> Self {
        if template.reads().client {
            return Self::PerClient { facts, tenant: Arc::clone(tenant), template: Arc::clone(template) };
        }
        render(tenant, template, &facts, None).map_or_else(Self::Unrenderable, Self::Rendered)
    }

    /// The claims for a request of this client.
    pub fn claims(self: &Arc<Self>, client: Option<&str>) -> Result<Claims, RenderError> {
        match &**self {
            Self::Rendered(_) => Ok(Claims::Shared(Arc::clone(self))),
            Self::PerClient { facts, tenant, template } => {
                render(tenant, template, facts, client).map(|rendered| Claims::Own(Arc::new(rendered)))
            }
            Self::Unrenderable(error) => Err(error.clone()),
        }
    }

    fn bytes(&self) -> usize {
        match self {
            Self::Rendered(rendered) => rendered.estimated_bytes(),
            Self::PerClient { facts, .. } => facts.estimated_bytes(),
            Self::Unrenderable(error) => error.claim.len(),
        }
    }
}

/// What a member gets, and for how long.
#[derive(Clone, Debug)]
pub struct Granted {
    /// What it comes to.
    pub content: Arc<Content>,
    /// When this stops being true by itself.
    pub lapses_at: Option<Moment>,
}

/// Rendered claims, shared with the cache or made for this request.
#[derive(Clone, Debug)]
pub enum Claims {
    /// The cache's own bytes.
    Shared(Arc<Content>),
    /// Made for this request.
    Own(Arc<Rendered>),
}

impl Claims {
    /// The bytes.
    pub fn rendered(&self) -> Option<&Rendered> {
        match self {
            Self::Shared(content) => match &**content {
                Content::Rendered(rendered) => Some(rendered),
                Content::PerClient { .. } | Content::Unrenderable(_) => None,
            },
            Self::Own(rendered) => Some(rendered),
        }
    }
}

impl Answer {
    /// Bytes that this answer takes, estimated.
    pub fn bytes(&self) -> usize {
        const FIXED: usize = 192;
        // The grant is kept twice: here and as the key under which its writer finds it.
        let attributes = self.grant.attributes.as_deref().map_or(0, str::len) * 2;
        let user = self.grant.user.as_deref().map_or(0, str::len) * 2;
        let content = self.content.load().as_ref().map_or(0, |content| content.bytes());
        FIXED + self.grant.roles.len() * 16 + attributes + user + content
    }
}

fn render(tenant: &Tenant, template: &Template, facts: &Facts, client: Option<&str>) -> Result<Rendered, RenderError> {
    let nothing = Map::new();
    let attributes = match &facts.attributes {
        Value::Object(attributes) => attributes,
        _ => &nothing,
    };
    template.render(&Inputs {
        tenant: TenantFacts { id: tenant.id.as_str(), name: &tenant.name },
        user: &facts.user,
        roles: &facts.roles,
        permissions: &facts.permissions,
        attributes,
        client,
    })
}
