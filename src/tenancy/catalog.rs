//! Every tenant and issuer, immutable and ready to be asked.
//!
//! Built aside from the directory's rows and the catalog in force. What a row gets wrong is a *problem*, shown in
//! `/status`; it costs that row's part, never the whole catalog: a template that does not compile leaves the tenant's
//! last good one in force, and a tenant that never had a good one has no claims until it is mended.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use hashbrown::HashMap;
use serde::Deserialize;
use serde_json::Value;

use super::hint::{HintKind, must_be_known};
use crate::claims::{Template, TemplateSource};
use crate::directory::{CatalogLoad, IssuerId, IssuerRow, Position, TenantId, TenantRow};

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

/// All tenants and issuers.
#[derive(Debug, Default)]
pub struct Catalog {
    /// Every change up to here is in it.
    pub position: Position,
    /// What its rows got wrong, for the operator.
    pub problems: Vec<String>,
    tenants: HashMap<TenantId, Arc<Tenant>>,
    named_by: HashMap<HintKind, HashMap<Box<str>, Vec<Arc<Tenant>>>>,
    /// `None` where several entries accept the same spelling.
    issuers: HashMap<Box<str>, Option<IssuerId>>,
}

impl Catalog {
    /// The catalog that these rows make, and the tenants whose claims would now be rendered otherwise.
    pub fn build(load: CatalogLoad, in_force: &Self, fallback: &Fallback) -> (Self, Vec<TenantId>) {
        let mut catalog = Self { position: load.head, problems: load.problems, ..Self::default() };
        let mut changed = Vec::new();
        for row in load.tenants {
            let previous = in_force.tenant(&row.tenant_id);
            let hints = row.hints.clone();
            let tenant = Arc::new(catalog.tenant_of(row, previous, fallback));
            if previous.is_some_and(|previous| renders_otherwise(previous, &tenant)) {
                changed.push(tenant.id.clone());
            }
            catalog.add_hints(&tenant, hints);
            catalog.tenants.insert(tenant.id.clone(), tenant);
        }
        for row in load.issuers {
            catalog.add_issuer(&row);
        }
        // A tenant that has left may come back as another: nothing of it is kept.
        changed.extend(in_force.tenants.keys().filter(|id| !catalog.tenants.contains_key(*id)).cloned());
        (catalog, changed)
    }

    /// The tenant with this identifier.
    pub fn tenant(&self, id: &str) -> Option<&Arc<Tenant>> {
        self.tenants.get(id)
    }

    /// The tenants that list this value.
    pub fn named_by(&self, kind: HintKind, value: &str) -> &[Arc<Tenant>] {
        self.named_by.get(&kind).and_then(|values| values.get(value)).map_or(&[], Vec::as_slice)
    }

    /// The issuer entry that accepts this spelling of `iss`, to the letter.
    pub fn issuer(&self, iss: &str) -> Option<&IssuerId> {
        self.issuers.get(iss)?.as_ref()
    }

    /// How many tenants there are.
    pub fn tenant_count(&self) -> usize {
        self.tenants.len()
    }

    /// How many spellings of `iss` are accepted.
    pub fn issuer_count(&self) -> usize {
        self.issuers.len()
    }

    fn tenant_of(&mut self, row: TenantRow, previous: Option<&Arc<Tenant>>, fallback: &Fallback) -> Tenant {
        let (template, template_problem) = template_of(row.claim_template.as_ref(), previous, fallback);
        if let Some(problem) = &template_problem {
            self.problems.push(format!("tenant {}: {problem}", row.tenant_id));
        }
        Tenant {
            id: row.id(),
            name: row.name.unwrap_or_else(|| row.tenant_id.clone()).into(),
            suspended: row.suspended.unwrap_or(false),
            trusted_issuers: row.trusted_issuers.unwrap_or_default().into_iter().map(IssuerId::from).collect(),
            allowed_clients: row.allowed_clients.map(|clients| clients.into_iter().map(Box::from).collect()),
            template,
            template_source: row.claim_template,
            template_problem,
        }
    }

    fn add_hints(&mut self, tenant: &Arc<Tenant>, hints: Option<Value>) {
        let Some(hints) = hints else { return };
        let Ok(hints) = BTreeMap::<HintKind, Vec<String>>::deserialize(hints) else {
            self.problems.push(format!(
                "tenant {}: hints must be an object of lists, such as {{\"organization\": [\"org_1\"]}}, of the kinds {}",
                tenant.id,
                HintKind::EVERY.iter().map(|kind| kind.as_str()).collect::<Vec<_>>().join(", "),
            ));
            return;
        };
        for (kind, values) in hints {
            for value in values {
                let owners = self.named_by.entry(kind).or_default().entry(canonical(kind, &value).into()).or_default();
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

    fn add_issuer(&mut self, row: &IssuerRow) {
        if row.enabled == Some(false) {
            return;
        }
        for iss in row.issuer.iter().flatten() {
            let owner = self.issuers.entry(iss.as_str().into()).or_insert_with(|| Some(row.id()));
            if *owner != Some(row.id()) {
                *owner = None;
                let problem = format!("issuer {}: another entry accepts the same iss, so neither does", row.issuer_id);
                self.problems.push(problem);
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
pub(super) fn canonical(kind: HintKind, value: &str) -> String {
    match kind {
        HintKind::Host | HintKind::LoginHint => {
            let without_port =
                value.rsplit_once(':').filter(|(_, port)| port.bytes().all(|byte| byte.is_ascii_digit()));
            let host = without_port.map_or(value, |(host, _)| host);
            host.trim_end_matches('.').to_ascii_lowercase()
        }
        _ => value.to_owned(),
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
