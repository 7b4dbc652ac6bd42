//! All sections together.

use std::collections::BTreeMap;

use super::document::Document;
use super::environment::Environment;
use super::problem::Fault;
use super::reader::Reader;
use super::secret::{Secret, SecretSource};
use super::sections::cache::Cache;
use super::sections::caller::{Caller, CallerName};
use super::sections::claims::Claims;
use super::sections::database::Database;
use super::sections::discovery::Discovery;
use super::sections::freshness::Freshness;
use super::sections::gateway::Gateway;
use super::sections::grpc::Grpc;
use super::sections::http::Http;
use super::sections::insecure::Insecure;
use super::sections::issuer::IssuerGrant;
use super::sections::issuers::Issuers;
use super::sections::log::Log;
use super::sections::ops::Ops;
use super::sections::probe::Probe;
use super::sections::profile::Profile;
use super::sections::shutdown::Shutdown;
use super::sections::supervision::Supervision;
use super::sections::tenancy::Tenancy;
use super::sections::token::Token;

/// The whole configuration, valid when it comes from [`load`](super::load) or [`parse`](super::parse).
#[derive(Clone, Debug)]
pub struct Settings {
    /// The data plane.
    pub http: Http,
    /// The listener for gateways.
    pub gateway: Gateway,
    /// The listener for Envoy over gRPC; `None` is off.
    pub grpc: Option<Grpc>,
    /// The listener for operators.
    pub ops: Ops,
    /// How the directory is reached.
    pub database: Database,
    /// The change feed.
    pub freshness: Freshness,
    /// What is kept in memory.
    pub cache: Cache,
    /// How the keys of issuers are kept.
    pub issuers: Issuers,
    /// What names a tenant besides the directory.
    pub tenancy: Tenancy,
    /// What a login page may ask.
    pub discovery: Discovery,
    /// The claim template of every tenant without one of its own.
    pub claims: Claims,
    /// The service's own tokens; `None` is off.
    pub token: Option<Token>,
    /// The revocation probe; `None` is off.
    pub probe: Option<Probe>,
    /// How actors are restarted.
    pub supervision: Supervision,
    /// How the service stops.
    pub shutdown: Shutdown,
    /// What is logged.
    pub log: Log,
    /// Relaxations.
    pub insecure: Insecure,
    /// Who may ask, by name.
    pub callers: BTreeMap<CallerName, Caller>,
    /// How gateways ask, by name.
    pub profiles: BTreeMap<String, Profile>,
    /// What the operator adds to entries of the issuer catalog, by their ids.
    pub issuer_grants: BTreeMap<String, IssuerGrant>,
}

impl Settings {
    /// Every default, with the directory at `url`. For demonstrations and tests, which then set what they need.
    pub fn with_database(url: &str) -> Self {
        let document = Document::empty("defaults");
        let mut settings = Self::read(&mut Reader::new(&document, Environment::default()));
        settings.database.url = SecretSource::Inline(Secret::new(url));
        settings
    }

    /// What an operator should know although it is allowed, one sentence each.
    pub fn warnings(&self) -> Vec<String> {
        let mut warnings = self.insecure.warnings();
        if self.callers.is_empty() {
            warnings.push("no caller is configured: every request will be refused; add a [caller.<name>] table".into());
        }
        for (name, profile) in self.profiles.iter().filter(|(_, profile)| !profile.cache.is_zero()) {
            let seconds = profile.cache.as_secs();
            warnings.push(format!("profile.{name}.cache is on: what was taken away may count for {seconds} s longer"));
        }
        warnings
    }

    /// Reads every section. The result counts only if the reader found no problem.
    pub(crate) fn read(reader: &mut Reader<'_>) -> Self {
        let settings = Self {
            http: reader.section("http", Http::DOC, Http::read),
            gateway: reader.section("gateway", Gateway::DOC, Gateway::read),
            grpc: reader.section("grpc", Grpc::DOC, Grpc::read),
            ops: reader.section("ops", Ops::DOC, Ops::read),
            database: reader.section("database", Database::DOC, Database::read),
            freshness: reader.section("freshness", Freshness::DOC, Freshness::read),
            cache: reader.section("cache", Cache::DOC, Cache::read),
            issuers: reader.section("issuers", Issuers::DOC, Issuers::read),
            tenancy: reader.section("tenancy", Tenancy::DOC, Tenancy::read),
            discovery: reader.section("discovery", Discovery::DOC, Discovery::read),
            claims: reader.section("claims", Claims::DOC, Claims::read),
            token: reader.section("token", Token::DOC, Token::read),
            probe: reader.section("probe", Probe::DOC, Probe::read),
            supervision: reader.section("supervision", Supervision::DOC, Supervision::read),
            shutdown: reader.section("shutdown", Shutdown::DOC, Shutdown::read),
            log: reader.section("log", Log::DOC, Log::read),
            insecure: reader.section("insecure", Insecure::DOC, Insecure::read),
            callers: Caller::read_all(reader),
            profiles: Profile::read_all(reader),
            issuer_grants: IssuerGrant::read_all(reader),
        };
        settings.check(reader);
        settings
    }

    fn check(&self, reader: &mut Reader<'_>) {
        let gateway = (!self.profiles.is_empty()).then_some(("gateway.bind", self.gateway.bind));
        let grpc = self.grpc.as_ref().map(|grpc| ("grpc.bind", grpc.bind));
        let others = [Some(("ops.bind", self.ops.bind)), gateway, grpc];
        let mut taken = vec![("http.bind", self.http.bind)];
        for (key, address) in others.into_iter().flatten() {
            if let Some((owner, _)) = taken.iter().find(|(_, other)| *other == address && address.port() != 0) {
                reader.require(&[key, owner], false, || {
                    Fault::new(format!("{address} is taken by {owner}"), "choose another port for one of them")
                });
            }
            taken.push((key, address));
        }
        for (name, profile) in &self.profiles {
            let possible = profile.audience.is_none() || self.token.is_some();
            reader.require(&[&format!("profile.{name}.audience"), "token.issuer"], possible, || {
                Fault::new("needs tokens of the service's own", "add [token] with an issuer, or remove it")
            });
        }
        let unknown = self.grpc.as_ref().and_then(|grpc| grpc.profile.as_ref());
        let unknown = unknown.filter(|profile| !self.profiles.contains_key(*profile));
        reader.require(&["grpc.profile"], unknown.is_none(), || {
            Fault::new("is no [profile.<name>]", "name one, or add it")
        });
    }
}
