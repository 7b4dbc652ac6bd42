//! Requests that nobody has thought of: what only claimsmith and the gateway may say, said by the client, in random spellings,
//! places and numbers.

use proptest::prelude::*;
use proptest::sample::select;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;

use crate::cases::asks;
use crate::client::Request;
use crate::gateway::Kind;
use crate::laws::{Identity, LIE, broken};
use crate::scene::{Scene, Stage};
use crate::table::say_left_out;

const REQUESTS: usize = 400;
/// Any prefix of these, and what follows.
const NAMES: [&str; 15] = [
    "x-auth-user",
    "x-auth-subject",
    "x-auth-issuer",
    "x-auth-tenant",
    "x-auth-roles",
    "x-auth-permissions",
    "x-auth-position",
    "x-auth-truncated",
    "x-auth-token",
    "x-auth-",
    "x-auth-roles-2",
    "x-gateway-key",
    "x-forwarded-user",
    "x-original-uri",
    "x-real-ip",
];

/// A name with its letters in random cases, and with hyphens that are none in one of two requests.
fn spelled(name: impl Strategy<Value = &'static str>) -> impl Strategy<Value = String> {
    let separators = prop::collection::vec(select(vec!['-', '-', '_', '.']), 4);
    (name, any::<u32>(), separators).prop_map(|(name, capitals, separators)| {
        let mut separators = separators.into_iter().cycle();
        let letters = name.chars().enumerate().map(|(at, letter)| match letter {
            '-' => separators.next().unwrap_or('-'),
            _ if capitals >> (at % 32) & 1 == 1 => letter.to_ascii_uppercase(),
            _ => letter,
        });
        letters.collect()
    })
}

/// Header fields, each with its end of line, and where they stand.
fn lines() -> impl Strategy<Value = Vec<(usize, String)>> {
    let colon = select(vec![": ", ": ", ": ", ": ", ": ", ": ", ":", ":\t", ":  ", " : "]);
    let value = select(vec![LIE.to_owned(), format!("{LIE},{LIE}"), format!(" {LIE}\t"), String::new()]);
    let identity =
        (spelled(select(&NAMES[..])), colon, value).prop_map(|(name, colon, value)| name + colon + &value).boxed();
    let token = spelled(Just("authorization")).prop_map(|name| format!("{name}: Bearer {LIE}"));
    let nomination = spelled(select(&NAMES[..])).prop_map(|name| format!("Connection: {name}"));
    // Some servers end a line at LF.
    let bare = identity.clone().prop_map(|line| format!("X-Other: other\n{line}"));
    let line = prop_oneof![20 => identity, 1 => token, 2 => nomination, 1 => bare];
    prop::collection::vec((0..5_usize, line), 1..4)
}

/// Half of the requests have hyphens only, because some gateways refuse whatever else is there before they look at the rest.
fn requests() -> impl Strategy<Value = Vec<(usize, String)>> {
    (lines(), any::<bool>()).prop_map(|(lines, is_plain)| {
        let plain = |(name, rest): (&str, &str)| format!("{}:{rest}", name.replace(['_', '.'], "-"));
        let line = |line: String| if is_plain { line.split_once(':').map(plain).unwrap_or_default() } else { line };
        lines.into_iter().map(|(place, text)| (place, line(text))).collect()
    })
}

async fn check(kind: Kind) {
    if kind.is_left_out() {
        return say_left_out(kind);
    }
    let scene = Scene::start(kind, Stage::Usual).await;
    let (mut runner, mut passed_on) = (TestRunner::deterministic(), 0);
    for _ in 0..REQUESTS {
        let mut request: Request = asks(&scene.service.issuer);
        for (place, line) in requests().new_tree(&mut runner).unwrap().current() {
            request.lines.insert(place.min(request.lines.len()), line);
        }
        let exchange = scene.exchange(&request).await;
        let broken = broken(&scene, &Identity::ALICE, &exchange);
        assert!(broken.is_empty(), "{broken:?}: {request:?} ended in {}", exchange.verdict());
        passed_on += usize::from(exchange.is_passed_on());
    }
    // A test of refusals alone would show little.
    assert!((REQUESTS / 5..REQUESTS).contains(&passed_on), "{passed_on} were passed on");
    scene.stop().await;
}

#[actix_rt::test]
async fn nobody_gets_a_lie_past_nginx() {
    check(Kind::Nginx).await;
}

#[actix_rt::test]
async fn nobody_gets_a_lie_past_envoy() {
    check(Kind::Envoy).await;
}

#[actix_rt::test]
async fn nobody_gets_a_lie_past_envoy_over_grpc() {
    check(Kind::EnvoyGrpc).await;
}

#[actix_rt::test]
async fn nobody_gets_a_lie_past_traefik() {
    check(Kind::Traefik).await;
}

#[actix_rt::test]
async fn nobody_gets_a_lie_past_caddy() {
    check(Kind::Caddy).await;
}

#[actix_rt::test]
async fn nobody_gets_a_lie_past_haproxy() {
    check(Kind::HaProxy).await;
}
