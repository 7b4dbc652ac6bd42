use super::*;
use crate::config::{self, ByteSize, GatewayKind};
use proptest::prelude::*;

fn profile(budget: u64) -> Profile {
    let mut settings = config::Profile::of(GatewayKind::Nginx);
    settings.max_headers = ByteSize::from_bytes(budget);
    settings.may_be_dropped = vec!["x-auth-permissions".to_owned(), "x-auth-subject".to_owned()];
    Profile::new(&settings)
}

/// The fields after the fit, by name; each held `length` bytes before, but for the marker.
fn fitted(budget: u64, length: usize) -> Option<Vec<(String, String)>> {
    let profile = profile(budget);
    let filled = |field: &Field| field.source != FieldSource::Truncated;
    let mut values: Vec<Bytes> =
        profile.fields.iter().map(|field| Bytes::from("v".repeat(if filled(field) { length } else { 0 }))).collect();
    fit(&profile, &mut values).ok()?;
    let text = |value: Bytes| String::from_utf8(value.to_vec()).unwrap();
    Some(profile.fields.iter().map(|field| field.name.to_string()).zip(values.into_iter().map(text)).collect())
}

fn truncated(budget: u64, length: usize) -> Option<String> {
    fitted(budget, length)?.into_iter().find(|(name, _)| name == "x-auth-truncated").map(|(_, value)| value)
}

#[test]
fn what_fits_is_whole() {
    assert_eq!(truncated(3_000, 100).unwrap(), "");
    assert!(fitted(3_000, 100).unwrap().iter().all(|(name, value)| name == "x-auth-truncated" || value.len() == 100));
}

#[test]
fn fields_are_emptied_in_order_and_named() {
    assert_eq!(truncated(800, 100).unwrap(), "x-auth-permissions");
    assert_eq!(truncated(700, 100).unwrap(), "x-auth-permissions,x-auth-subject");
    let fitted = fitted(800, 100).unwrap();
    let empty: Vec<&str> = fitted.iter().filter(|(_, value)| value.is_empty()).map(|(name, _)| name.as_str()).collect();
    assert_eq!(empty, ["x-auth-permissions"]);
}

#[test]
fn what_does_not_fit_at_all_is_refused() {
    assert_eq!(truncated(600, 100), None);
}

#[test]
fn nothing_is_every_field_empty() {
    let profile = profile(256);
    let values = render_nothing(&profile);
    assert_eq!(values.len(), profile.fields.len());
    assert!(values.iter().all(Bytes::is_empty));
}

proptest! {
    #[test]
    fn an_answer_is_never_larger_than_its_budget(budget in 256_u64..4_000, length in 0_usize..600) {
        let Some(fields) = fitted(budget, length) else { return Ok(()) };
        let size: usize = fields.iter().map(|(name, value)| name.len() + value.len() + AROUND).sum();
        prop_assert!(size as u64 <= budget);
        // Roles are whole or the request is refused.
        prop_assert!(fields.iter().any(|(name, value)| name == "x-auth-roles" && value.len() == length));
    }
}

#[test]
fn an_answer_is_kept_as_long_as_the_operator_says_and_no_token_in_it_has_ended() {
    let mut settings = config::Profile::of(GatewayKind::Nginx);
    assert_eq!(max_age(&Profile::new(&settings), false, 1_000, 0), None, "off unless it is asked for");
    settings.cache = Duration::from_mins(1);
    let profile = Profile::new(&settings);
    assert_eq!(max_age(&profile, false, 1_000, 0), Some(60));
    assert_eq!(max_age(&profile, false, 1_000, 990), Some(10));
    for (is_stale, expires_at) in [(true, 1_000), (false, 990), (false, 900), (false, i64::MIN)] {
        assert_eq!(max_age(&profile, is_stale, expires_at, 990), None);
    }
}
