//! As many bytes of fields as the gateway takes.

use claimsmith::config::ByteSize;

use super::{FIELDS, scene};
use crate::support::app::Answer;

/// Gives the admins of acme, of whom alice is one, so many permissions of 20 bytes.
fn permissions(count: usize) -> String {
    format!(
        "INSERT INTO claimsmith_data.role_permission (tenant_id, role, permission)
         SELECT 'acme', 'admin', 'permission-' || lpad(n::text, 9, '0') FROM generate_series(1, {count}) n"
    )
}

/// Gives alice so many roles of 20 bytes in acme.
fn roles(count: usize) -> String {
    format!(
        "INSERT INTO claimsmith_data.role (tenant_id, role, name)
           SELECT 'acme', 'role-' || n, 'role-' || lpad(n::text, 15, '0') FROM generate_series(1, {count}) n;
         INSERT INTO claimsmith_data.membership_role (tenant_id, user_id, role)
           SELECT 'acme', 'alice', 'role-' || n FROM generate_series(1, {count}) n"
    )
}

fn size(answer: &Answer) -> usize {
    FIELDS.iter().map(|name| name.len() + answer.field(name).len() + 4).sum()
}

#[actix_rt::test]
async fn what_there_is_no_room_for_is_left_out_whole_and_named() {
    let scene = scene(|_| ()).await;
    scene.app.change(&permissions(100)).await;
    let whole = scene.told(scene.asks()).await;
    assert_eq!(whole.field("x-auth-permissions").split(',').count(), 102);
    assert_eq!(whole.field("x-auth-truncated"), "");
    scene.app.change(&permissions(200).replace("permission-", "further-")).await;
    let cut = scene.told(scene.asks()).await;
    assert_eq!(cut.verdict(), (200, ""));
    assert_eq!((cut.field("x-auth-permissions"), cut.field("x-auth-truncated")), ("", "x-auth-permissions"));
    assert_eq!(cut.field("x-auth-roles"), "admin");
    assert!(size(&cut) <= 3 * 1_024);
    scene.app.stop().await;
}

#[actix_rt::test]
async fn roles_are_never_cut() {
    let scene = scene(|_| ()).await;
    scene.app.change(&roles(200)).await;
    assert_eq!(scene.told(scene.asks()).await.verdict(), (403, "claims_too_large"));
    scene.app.stop().await;
}

#[actix_rt::test]
async fn an_operator_may_allow_more() {
    let scene = scene(|profile| profile.max_headers = ByteSize::from_kib(15)).await;
    scene.app.change(&roles(600)).await;
    let answer = scene.told(scene.asks()).await;
    assert_eq!(answer.field("x-auth-roles").split(',').count(), 601);
    assert!((12_000..=15 * 1_024).contains(&size(&answer)), "{}", size(&answer));
    scene.app.stop().await;
}
