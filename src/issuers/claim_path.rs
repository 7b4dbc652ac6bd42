//! Finding a claim, be it inside another.

use super::rules::ClaimPath;
use crate::jose::{Json, Object};

impl ClaimPath {
    /// Whether a text can be a claim's name or a JSON pointer to a claim.
    pub(crate) fn is_sound(text: &str) -> bool {
        let Some(pointer) = text.strip_prefix('/') else { return !text.is_empty() };
        pointer.split('/').all(|step| !step.is_empty() && unescape(step).is_some())
    }

    /// The claim that it stands for.
    pub fn find<'object, 'text>(&self, claims: &'object Object<'text>) -> Option<&'object Json<'text>> {
        let Some(pointer) = self.0.strip_prefix('/') else { return claims.get(&self.0) };
        let mut steps = pointer.split('/').map(unescape);
        let first = claims.get(&steps.next()??)?;
        steps.try_fold(first, |inside, step| inside.as_object()?.get(&step?))
    }
}

/// `~1` is `/` and `~0` is `~` (RFC 6901); any other `~` is a mistake.
fn unescape(step: &str) -> Option<String> {
    let mut parts = step.split('~');
    let mut name = parts.next()?.to_owned();
    for part in parts {
        let (sign, rest) = (part.strip_prefix('0').map(|rest| ('~', rest)))
            .or_else(|| part.strip_prefix('1').map(|rest| ('/', rest)))?;
        name.push(sign);
        name.push_str(rest);
    }
    Some(name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::jose::parse_object;

    #[test]
    fn a_name_is_a_name_and_a_pointer_goes_inside() {
        let text =
            br#"{"hd":"a","https://slack.com/team_id":"T1","/x":"y","k8s.io":{"a/b":{"~":"deep"}},"list":["z"]}"#;
        let claims = parse_object(text, 8).unwrap();
        let found = |path: &str| ClaimPath(path.into()).find(&claims).and_then(Json::as_str).map(str::to_owned);
        assert_eq!(found("hd").as_deref(), Some("a"));
        assert_eq!(found("https://slack.com/team_id").as_deref(), Some("T1"));
        assert_eq!(found("/k8s.io/a~1b/~0").as_deref(), Some("deep"));
        assert_eq!(found("/hd").as_deref(), Some("a"));
        for absent in ["x", "/x/y", "/hd/a", "/list/0", "k8s.io/a", "/k8s.io/~2"] {
            assert_eq!(found(absent), None, "{absent}");
        }
    }

    #[test]
    fn a_pointer_to_nothing_is_not_sound() {
        for bad in ["", "/", "/a/", "//a", "/a~", "/a~2"] {
            assert!(!ClaimPath::is_sound(bad), "{bad}");
        }
        assert!(ClaimPath::is_sound("a~b") && ClaimPath::is_sound("/a/b~1c"));
    }
}
