//! The parameters of a form, by the rules that hold for all of them (RFC 6749 section 3.2).

use std::fmt;

use super::error::OAuthError;

/// Those that may come several times (RFC 8693 section 2.1).
const REPEATABLE: [&str; 2] = ["audience", "resource"];

/// Most pairs of a form. Each is compared with those before it, and nobody knows yet who has sent them.
const PAIRS_MOST: usize = 64;

/// The parameters that were sent with a value. Without their values in `Debug`: tokens and keys are among them.
pub struct Parameters<'form> {
    pairs: Vec<(&'form str, &'form str)>,
}

impl<'form> Parameters<'form> {
    /// What a form says: what is empty is left out, and nothing may come twice that has one meaning only.
    pub fn of(form: &'form [(String, String)]) -> Result<Self, OAuthError> {
        if form.len() > PAIRS_MOST {
            return Err(OAuthError::invalid("there are more than 64 parameters"));
        }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_has_64_parameters_at_most() {
        let form = |pairs: usize| (0..pairs).map(|number| (format!("p{number}"), "v".to_owned())).collect::<Vec<_>>();
        assert_eq!(Parameters::of(&form(64)).unwrap().get("p63"), Some("v"));
        assert!(Parameters::of(&form(65)).is_err());
        let empty = vec![("p".to_owned(), String::new()); 65];
        assert!(Parameters::of(&empty).is_err(), "what is empty has been read all the same");
    }
}
