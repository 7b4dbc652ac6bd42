//! A gateway with the real service beside it and a back-end behind it.

use std::time::Duration;

use claimsmith::config::{ByteSize, FieldSource, Grpc, Profile, Settings, SigningKeysAt};
use jsonwebtoken::jwk::JwkSet;
use tokio::time::Instant;

use crate::back_end::BackEnd;
use crate::client::{Request, exchange};
use crate::exchange::Exchange;
use crate::gateway::{Gateway, Kind, Neighbours, Patience};
use crate::support::exchange::{ORDERS, Scratch, for_audience, key_set, switched_on};
use crate::support::identity_provider::OneIssuer;
use crate::way::Way;

/// How service and gateway are set up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stage {
    /// With every default but patience: a test that waits for an answer waits for the answer, not for a busy machine.
    Usual,
    /// The profile has an audience, so that the back-end gets a token of the service's own.
    WithToken,
    /// The profile allows what it may, 15 KiB of header fields and preflights, and does not wait long for the directory.
    Generous,
    /// The gateway waits as long as its file says.
    AsShipped,
}

impl Stage {
    pub(crate) const ALL: [Self; 4] = [Self::Usual, Self::WithToken, Self::Generous, Self::AsShipped];

    fn profile(self, kind: Kind) -> Profile {
        let usual = Profile {
            tenant_header: Some("x-tenant".to_owned()),
            answer_deadline: Duration::from_secs(20),
            ..Profile::of(kind.profile())
        };
        match self {
            Self::Usual | Self::AsShipped => usual,
            Self::WithToken => Profile {
                audience: Some(ORDERS.to_owned()),
                fields: usual.fields.into_iter().chain([("x-auth-token".to_owned(), FieldSource::Token)]).collect(),
                ..Self::Usual.profile(kind)
            },
            Self::Generous => Profile {
                preflight: true,
                max_headers: ByteSize::from_kib(15),
                answer_deadline: Duration::from_secs(3),
                ..usual
            },
        }
    }

    const fn patience(self) -> Patience {
        match self {
            Self::Usual | Self::WithToken | Self::Generous => Patience::Long,
            Self::AsShipped => Patience::AsShipped,
        }
    }
}

/// Everything that runs.
pub(crate) struct Scene {
    pub(crate) kind: Kind,
    pub(crate) service: OneIssuer,
    pub(crate) way: Way,
    /// What the back-end verifies the service's own tokens with, where it gets any.
    pub(crate) keys: Option<JwkSet>,
    _store: Scratch,
    gateway: Gateway,
    back_end: BackEnd,
}

impl Scene {
    pub(crate) async fn start(kind: Kind, stage: Stage) -> Self {
        let store = Scratch::new();
        let service = OneIssuer::with(|settings| set_up(settings, kind, stage, &store)).await;
        let keys = if stage == Stage::WithToken { Some(key_set(&service.app).await) } else { None };
        service.app.change(include_str!("people.sql")).await;
        let addresses = service.app.addresses;
        let asked = if kind == Kind::EnvoyGrpc { addresses.grpc } else { addresses.gateway };
        let (way, back_end) = (Way::to(asked.unwrap()), BackEnd::start());
        let neighbours = Neighbours { service: way.address, back_end: back_end.address() };
        let gateway = Gateway::start(kind, neighbours, stage.patience()).await;
        Self { kind, service, way, keys, _store: store, gateway, back_end }
    }

    /// Sends it and gathers what comes of it.
    pub(crate) async fn exchange(&self, request: &Request) -> Exchange {
        drop((self.way.take(), self.back_end.take()));
        let started = Instant::now();
        let answer = exchange(self.gateway.address(), request).await;
        let (asked, arrived) = (self.way.take(), self.back_end.take());
        Exchange { kind: self.kind, sent: request.clone(), asked, arrived, answer, took: started.elapsed() }
    }

    pub(crate) async fn stop(self) {
        drop(self.gateway);
        self.service.app.stop().await;
    }
}

fn set_up(settings: &mut Settings, kind: Kind, stage: Stage, store: &Scratch) {
    if stage == Stage::WithToken {
        settings.token = Some(switched_on(SigningKeysAt::Directory(store.0.clone())));
        for_audience(settings, ORDERS);
    }
    settings.profiles.insert(kind.name().to_owned(), stage.profile(kind));
    if kind == Kind::EnvoyGrpc {
        settings.grpc = Some(Grpc { bind: ([127, 0, 0, 1], 0).into(), profile: None });
    }
}
