//! Gateways, and in which header fields each says what the original request was.

use crate::config::value::Choice;

/// Who asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum GatewayKind {
    /// nginx with `auth_request`.
    Nginx,
    /// Envoy with `ext_authz`, and what is built on it, over HTTP or gRPC.
    Envoy,
    /// Traefik with `ForwardAuth`.
    Traefik,
    /// Caddy with `forward_auth`.
    Caddy,
    /// `HAProxy` with the Lua action in `config/gateways/haproxy`.
    HaProxy,
    /// Another that sends `X-Forwarded-*`, as APISIX does.
    Other,
}

/// The header fields that say what the original request was; `None` is the question's own method, path or host.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OriginalFields {
    /// Its method.
    pub method: Option<&'static str>,
    /// Its target (RFC 9112 section 3.2), with the query.
    pub uri: Option<&'static str>,
    /// Its host.
    pub host: Option<&'static str>,
}

impl GatewayKind {
    /// Where this gateway says what was asked, as the configurations in `config/gateways` have it.
    #[must_use]
    pub const fn original_fields(self) -> OriginalFields {
        match self {
            Self::Nginx => OriginalFields {
                method: Some("x-original-method"),
                uri: Some("x-original-uri"),
                host: Some("x-original-host"),
            },
            Self::Envoy => OriginalFields { method: None, uri: None, host: None },
            Self::Traefik | Self::Caddy | Self::HaProxy | Self::Other => OriginalFields {
                method: Some("x-forwarded-method"),
                uri: Some("x-forwarded-uri"),
                host: Some("x-forwarded-host"),
            },
        }
    }
}

impl Choice for GatewayKind {
    const ALL: &'static [Self] = &[Self::Nginx, Self::Envoy, Self::Traefik, Self::Caddy, Self::HaProxy, Self::Other];

    fn word(self) -> &'static str {
        match self {
            Self::Nginx => "nginx",
            Self::Envoy => "envoy",
            Self::Traefik => "traefik",
            Self::Caddy => "caddy",
            Self::HaProxy => "haproxy",
            Self::Other => "other",
        }
    }
}
