//! Every tenant and issuer, immutable and ready to be asked.
//!
//! Built aside from the directory's rows and the catalog in force. What a row gets wrong is a *problem*, shown in
//! `/status`; it costs that row's part, never the whole catalog: a template that does not compile leaves the tenant's
//! last good one in force, and a tenant that never had a good one has no claims until it is mended.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use hashbrown::HashMap;
use serde::Deserialize;
use serde_json::Value;

use super::hint::{HintKind, must_be_known};
use super::host::{self, HostPatterns};
use super::login::{Login, LoginHints};
use crate::claims::{Template, TemplateSource};
use crate::directory::{CatalogLoad, IssuerId, Position, TenantId, TenantRow};
use crate::issuers::IssuerTable;

/// One customer of the adopter's application.
#[derive(Debug)]
pub struct Tenant {
    /// Its identifier.
    pub id: TenantId,
    /// What people call it.
    pub name: Box<str>,
    /// Nobody gets claims in it.
    pub suspended: bool,
    /// Issuer entries that may speak for it.
    pub trusted_issuers: Box<[IssuerId]>,
    /// What its login page has to know.
    pub(super) login: LoginHints,
    /// OAuth clients whose users may get claims in it; `None` is any.
    pub allowed_clients: Option<Box<[Box<str>]>>,
    /// How its claims are made; `None` when it never had a template that works.
    pub template: Option<Arc<Template>>,
    template_source: Option<Value>,
    template_problem: Option<String>,
}

/// What claims are made of where a tenant says nothing.
#[derive(Clone, Debug)]
pub struct Fallback {
    /// For tenants without a template of their own.
    pub template: Arc<Template>,
    /// For templates without a namespace of their own.
    pub namespace: Box<str>,
}

/// Problems that are told.
const MOST_PROBLEMS: usize = 1_000;

/// What a tenant lists.
type TenantHints = BTreeMap<HintKind, Vec<String>>;

/// All tenants and issuers.
#[derive(Debug, Default)]
pub struct Catalog {
    /// Every change up to here is in it.
    pub position: Position,
    /// What its rows got wrong, for the operator.
    pub problems: Vec<String>,
    /// Every issuer entry that is in force.
    pub issuers: Arc<IssuerTable>,
    tenants: HashMap<TenantId, Arc<Tenant>>,
    named_by: HashMap<HintKind, HashMap<Box<str>, Vec<Arc<Tenant>>>>,
    /// Tenants that are not suspended, by the issuers that they trust; `None` where several do.
    trusted_by: HashMap<IssuerId, Option<Arc<Tenant>>>,
    /// The same for every catalog of the process.
    hosts: HostPatterns,
}

impl Catalog {
    /// The first of a process, before anything has been read.
    pub(super) fn without_tenants(hosts: HostPatterns) -> Self {
        Self { hosts, ..Self::default() }
    }

    /// The catalog that these rows make, and the tenants whose claims would now be rendered otherwise.
    pub fn build(load: CatalogLoad, in_force: &Self, fallback: &Fallback) -> (Self, Vec<TenantId>) {
        let mut catalog =
            Self { position: load.head, problems: load.problems, hosts: in_force.hosts.clone(), ..Self::default() };
        let mut changed = Vec::new();
        for row in load.tenants {
            let previous = in_force.tenant(&row.tenant_id);
            let hints = catalog.hints_of(&row);
            let tenant = Arc::new(catalog.tenant_of(row, &hints, previous, fallback));
            if previous.is_some_and(|previous| renders_otherwise(previous, &tenant)) {
                changed.push(tenant.id.clone());
            }
            catalog.add_hints(&tenant, hints);
            catalog.add_trust(&tenant);
            catalog.tenants.insert(tenant.id.clone(), tenant);
        }
        let (issuers, problems) = IssuerTable::build(load.issuers, &in_force.issuers);
        catalog.issuers = Arc::new(issuers);
        catalog.problems.extend(problems);
        catalog.bound_problems();
        // A tenant that has left may come back as another: nothing of it is kept.
        changed.extend(in_force.tenants.keys().filter(|id| !catalog.tenants.contains_key(*id)).cloned());
        (catalog, changed)
    }

    /// A row may be wrong in as many places as it likes; nobody reads them all.
    fn bound_problems(&mut self) {
        let over = self.problems.len().saturating_sub(MOST_PROBLEMS);
        if over > 0 {
            self.problems.truncate(MOST_PROBLEMS);
            self.problems.push(format!("{over} more; mend these first"));
        }
    }

    /// The tenant with this identifier.
    pub fn tenant(&self, id: &str) -> Option<&Arc<Tenant>> {
        self.tenants.get(id)
    }

    /// The tenants that a hint names: the one whose id is in it, or else those that list it.
    pub(super) fn owners(&self, kind: HintKind, value: &str) -> &[Arc<Tenant>] {
        let by_id = |id| self.tenant(id).map_or(&[][..], std::slice::from_ref);
        match kind {
            HintKind::Tenant => match by_id(value) {
                [] => self.named_by(kind, value),
                tenant => tenant,
            },
            HintKind::Host => {
                let host = host::canonical(value);
                // The id before the list: nobody can list the host that a pattern gives to another.
                match self.hosts.tenant(&host).map_or(&[][..], by_id) {
                    [] => self.named_by(kind, &host),
                    own => own,
                }
            }
            _ => self.named_by(kind, &canonical(kind, value)),
        }
    }

    /// The tenant that trusts this issuer, if there is one that does and is not suspended, and no second.
    pub(super) fn only_tenant_that_trusts(&self, issuer: &IssuerId) -> Option<&Arc<Tenant>> {
        self.trusted_by.get(issuer)?.as_ref()
    }

    /// How to log in at this issuer, if it is in force.
    pub(super) fn login_at(&self, issuer: &IssuerId) -> Option<Login> {
        self.issuers.by_id(issuer).map(|entry| Login::at(entry))
    }

    fn named_by(&self, kind: HintKind, value: &str) -> &[Arc<Tenant>] {
        self.named_by.get(&kind).and_then(|values| values.get(value)).map_or(&[], Vec::as_slice)
    }

    /// How many tenants there are.
    pub fn tenant_count(&self) -> usize {
        self.tenants.len()
    }

    fn tenant_of(
        &mut self,
        row: TenantRow,
        hints: &TenantHints,
        previous: Option<&Arc<Tenant>>,
        fallback: &Fallback,
    ) -> Tenant {
        let (template, template_problem) = template_of(row.claim_template.as_ref(), previous, fallback);
        if let Some(problem) = &template_problem {
            self.problems.push(format!("tenant {}: {problem}", row.tenant_id));
        }
        Tenant {
            id: row.id(),
            name: row.name.unwrap_or_else(|| row.tenant_id.clone()).into(),
            suspended: row.suspended.unwrap_or(false),
            trusted_issuers: row.trusted_issuers.unwrap_or_default().into_iter().map(IssuerId::from).collect(),
            login: LoginHints::of(hints),
            allowed_clients: row.allowed_clients.map(|clients| clients.into_iter().map(Box::from).collect()),
            template,
            template_source: row.claim_template,
            template_problem,
        }
    }

    fn hints_of(&mut self, row: &TenantRow) -> TenantHints {
        let Some(hints) = &row.hints else { return TenantHints::new() };
        TenantHints::deserialize(hints).unwrap_or_else(|_| {
            self.problems.push(format!(
                "tenant {}: hints must be an object of lists, such as {{\"organization\": [\"org_1\"]}}, of the kinds {}",
                row.tenant_id,
                HintKind::SENT.iter().map(|kind| kind.as_str()).collect::<Vec<_>>().join(", "),
            ));
            TenantHints::new()
        })
    }

    fn add_trust(&mut self, tenant: &Arc<Tenant>) {
        if tenant.suspended {
            return;
        }
        for issuer in &tenant.trusted_issuers {
            let owner = self.trusted_by.entry(issuer.clone()).or_insert_with(|| Some(Arc::clone(tenant)));
            if owner.as_ref().is_some_and(|owner| owner.id != tenant.id) {
                *owner = None;
            }
        }
    }

    fn add_hints(&mut self, tenant: &Arc<Tenant>, hints: TenantHints) {
        for (kind, values) in hints {
            for value in values {
                let owners =
                    self.named_by.entry(kind).or_default().entry(canonical(kind, &value).as_ref().into()).or_default();
                if owners.iter().any(|owner| owner.id == tenant.id) {
                    continue;
                }
                owners.push(Arc::clone(tenant));
                if owners.len() > 1 && must_be_known(kind) {
                    self.problems.push(format!(
                        "tenant {}: another tenant lists the same {}, so it names neither",
                        tenant.id,
                        kind.as_str()
                    ));
                }
            }
        }
    }
}

/// The template in force and, if it is not the one that the tenant wants, why.
fn template_of(
    source: Option<&Value>,
    previous: Option<&Arc<Tenant>>,
    fallback: &Fallback,
) -> (Option<Arc<Template>>, Option<String>) {
    let Some(source) = source else { return (Some(Arc::clone(&fallback.template)), None) };
    if let Some(previous) = previous.filter(|previous| previous.template_source.as_ref() == Some(source)) {
        return (previous.template.clone(), previous.template_problem.clone());
    }
    match compile(source, &fallback.namespace) {
        Ok(template) => (Some(Arc::new(template)), None),
        Err(problem) => (previous.and_then(|previous| previous.template.clone()), Some(problem)),
    }
}

/// How values of this kind are compared: hosts and domains without case, port or final dot, the rest to the letter.
fn canonical(kind: HintKind, value: &str) -> Cow<'_, str> {
    match kind {
        HintKind::Host | HintKind::LoginHint => Cow::Owned(host::canonical(value)),
        _ => Cow::Borrowed(value),
    }
}

fn renders_otherwise(before: &Tenant, now: &Tenant) -> bool {
    let same_template = match (&before.template, &now.template) {
        (Some(before), Some(now)) => Arc::ptr_eq(before, now),
        (None, None) => true,
        _ => false,
    };
    !same_template || before.name != now.name
}

fn parse_template(source: &Value) -> Result<TemplateSource, String> {
    TemplateSource::deserialize(source).map_err(|error| {
        format!("claim_template must be {{\"claims\": {{name: expression}}, \"id_token_claims\": {{…}}}}: {error}")
    })
}

fn compile(source: &Value, namespace: &str) -> Result<Template, String> {
    let source = parse_template(source)?;
    // The expression language is somebody else's code and the expression a tenant's: a panic in there is this template's
    // problem and must not take the catalog of all tenants down.
    let compiled = catch_unwind(AssertUnwindSafe(|| Template::compile(&source, namespace)));
    match compiled {
        Ok(Ok(template)) => Ok(template),
        Ok(Err(problems)) => Err(problems.to_string()),
        Err(_) => Err("an expression of claim_template made the compiler panic; write it otherwise".to_owned()),
    }
}
