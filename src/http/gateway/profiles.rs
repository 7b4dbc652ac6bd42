//! The profiles, with the names and values of header fields that every answer repeats.

use std::collections::HashMap;
use std::sync::Arc;

use actix_web::http::header::{HeaderName, HeaderValue};

use crate::config::{self, GatewayKind};
use crate::surfaces::gateway::Profile;

/// A profile that is served.
pub(super) struct Served {
    pub(super) profile: Profile,
    /// For Envoy: what it is to strip.
    pub(super) to_remove: Option<HeaderValue>,
    /// What a kept answer depends on (RFC 9110 section 12.5.5).
    pub(super) vary: HeaderValue,
}

/// Every profile of the configuration.
pub struct Profiles {
    by_name: HashMap<Box<str>, Arc<Served>>,
    /// That of gRPC requests which name none.
    grpc_default: Option<Box<str>>,
}

impl Profiles {
    /// From the configuration.
    pub fn from_settings(settings: &config::Settings) -> Self {
        let served =
            |(name, profile): (&String, &config::Profile)| (name.as_str().into(), Arc::new(Served::new(profile)));
        let grpc = settings.grpc.as_ref();
        Self {
            by_name: settings.profiles.iter().map(served).collect(),
            grpc_default: grpc.and_then(|grpc| grpc.profile.as_deref()).map(Box::from),
        }
    }

    /// The profile with this name.
    pub(super) fn by_name(&self, name: &str) -> Option<&Arc<Served>> {
        self.by_name.get(name)
    }

    /// The profile that a gRPC request names, or the one for those that name none.
    pub(super) fn of_grpc(&self, named: Option<&str>) -> Option<&Arc<Served>> {
        self.by_name(named.or(self.grpc_default.as_deref())?)
    }
}

impl Served {
    fn new(settings: &config::Profile) -> Self {
        let profile = Profile::new(settings);
        let depends_on: Vec<&str> = profile.depends_on.iter().map(HeaderName::as_str).collect();
        let to_remove = HeaderValue::from_str(&profile.to_remove.join(", ")).ok();
        Self {
            to_remove: to_remove.filter(|_| settings.gateway == GatewayKind::Envoy),
            vary: HeaderValue::from_str(&depends_on.join(", ")).unwrap_or(HeaderValue::from_static("*")),
            profile,
        }
    }
}
