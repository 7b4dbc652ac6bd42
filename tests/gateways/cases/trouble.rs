//! When the service cannot answer, nothing passes, and the client learns that it may come back.

use std::time::Duration;

use super::{asks, asks_as};
use crate::case::{Case, Given};
use crate::exchange::Exchange;
use crate::gateway::Kind::Envoy;
use crate::scene::Stage;
use crate::way::Passage;

/// Far less than gateways wait on their own, and far more than the 250 ms that they are told.
const SOON: Duration = Duration::from_secs(3);

pub(super) fn cases() -> Vec<Case> {
    vec![
        Case::new(
            "the directory does not answer",
            |issuer| vec![asks_as(issuer, "bob", "globex")],
            "503 directory_unavailable",
        )
        .but(&[Envoy], "503")
        .given(Given::LockedDirectory)
        .on(Stage::Generous),
        Case::new("claimsmith is down", |issuer| vec![asks(issuer); 3], "503").given(Given::Way(Passage::Closed)),
        Case::new("claimsmith is back", |issuer| vec![asks(issuer); 3], "200").given(Given::Way(Passage::Open)),
        Case::new("claimsmith does not answer", |issuer| vec![asks(issuer); 3], "503 soon")
            .given(Given::Way(Passage::Silent))
            .on(Stage::AsShipped)
            .telling(how_soon),
        Case::new("claimsmith is down, and nobody waits for it", |issuer| vec![asks(issuer); 3], "503 soon")
            .given(Given::Way(Passage::Closed))
            .on(Stage::AsShipped)
            .telling(how_soon),
    ]
}

fn how_soon(exchange: &Exchange) -> String {
    if exchange.took < SOON { "soon".to_owned() } else { format!("after {:?}", exchange.took) }
}
