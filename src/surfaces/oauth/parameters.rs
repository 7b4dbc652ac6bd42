//! The parameters of a form, by the rules that hold for all of them (RFC 6749 section 3.2).

use std::fmt;

use super::error::OAuthError;

/// Those that may come several times (RFC 8693 section 2.1).
const REPEATABLE: [&str; 2] = ["audience", "resource"];

/// The parameters that were sent with a value. Without their values in `Debug`: tokens and keys are among them.
pub struct Parameters<'form> {
    pairs: Vec<(&'form str, &'form str)>,
}

impl<'form> Parameters<'form> {
    /// What a form says: what is empty is left out, and nothing may come twice that has one meaning only.
    pub fn of(form: &'form [(String, String)]) -> Result<Self, OAuthError> {
        let mut pairs: Vec<(&str, &str)> = Vec::new();
        for (name, value) in form.iter().filter(|(_, value)| !value.is_empty()) {
            if !REPEATABLE.contains(&name.as_str()) && pairs.iter().any(|(other, _)| other == name) {
                return Err(OAuthError::invalid("a parameter is there twice; only audience and resource may be"));
            }
            pairs.push((name, value));
        }
        Ok(Self { pairs })
    }

    /// The value of a parameter, if it was sent with one.
    pub fn get(&self, name: &str) -> Option<&'form str> {
        self.all(name).next()
    }

    /// The values of a parameter that may come several times.
    pub(super) fn all<'name>(&self, name: &'name str) -> impl Iterator<Item = &'form str> + use<'_, 'form, 'name> {
        self.pairs.iter().filter(move |(known, _)| *known == name).map(|(_, value)| *value)
    }
}

impl fmt::Debug for Parameters<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Parameters").field("count", &self.pairs.len()).finish()
    }
}
