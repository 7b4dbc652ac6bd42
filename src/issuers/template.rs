//! Entra's template of an `iss`: one text that stands for all tenants of the provider.
//!
//! `https://login.microsoftonline.com/{tenantid}/v2.0`, where a lower-case GUID takes the place of the braces. Entries are
//! written with it, keys are published for it, and a token's `iss` has to be it, filled in.

/// What stands for the tenant.
pub const TENANT: &str = "{tenantid}";

/// Whether a text is a GUID as Entra writes it: in small letters, with hyphens.
pub fn is_guid(text: &str) -> bool {
    let fits = |(at, byte): (usize, u8)| match at {
        8 | 13 | 18 | 23 => byte == b'-',
        _ => matches!(byte, b'0'..=b'9' | b'a'..=b'f'),
    };
    text.len() == 36 && text.bytes().enumerate().all(fits)
}

/// Whether the template with the tenant in its place is this `iss`, to the letter.
pub fn is_filled(template: &str, tenant: &str, iss: &str) -> bool {
    template.split_once(TENANT).is_some_and(|(before, after)| {
        iss.strip_prefix(before).and_then(|rest| rest.strip_suffix(after)).is_some_and(|middle| middle == tenant)
    })
}

/// The template that this `iss` would be filled from, if a tenant stands in it.
pub(super) fn of(iss: &str) -> Option<String> {
    Some(iss.replacen(guid_of(iss)?, TENANT, 1))
}

/// The tenant that stands in an `iss`: its first GUID between slashes.
pub(super) fn guid_of(iss: &str) -> Option<&str> {
    iss.split('/').find(|segment| is_guid(segment))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEMPLATE: &str = "https://login.microsoftonline.com/{tenantid}/v2.0";
    const A: &str = "aaaaaaaa-1111-2222-3333-444444444444";

    #[test]
    fn a_guid_is_in_small_letters_with_hyphens() {
        assert!(is_guid(A));
        let wrong =
            [A.to_uppercase(), A.replace('-', "0"), format!("{A}0"), A.replace('a', "g"), TENANT.into(), String::new()];
        for text in wrong {
            assert!(!is_guid(&text), "{text}");
        }
    }

    #[test]
    fn a_template_is_filled_to_the_letter_and_back() {
        let iss = TEMPLATE.replace(TENANT, A);
        assert!(is_filled(TEMPLATE, A, &iss));
        assert_eq!(of(&iss).as_deref(), Some(TEMPLATE));
        for other in [format!("{iss}/"), format!("x{iss}"), iss.to_uppercase(), TEMPLATE.to_owned(), String::new()] {
            assert!(!is_filled(TEMPLATE, A, &other), "{other}");
            assert_ne!(of(&other).as_deref(), Some(TEMPLATE), "{other}");
        }
        assert!(!is_filled(&iss, A, &iss), "no template");
        assert_eq!(of("https://login.microsoftonline.com/common/v2.0"), None);
    }
}
