//! The questions that are asked of a population.

use super::database::Population;
use super::http::{KEY, post_claims};
use super::load::Request;

impl Population {
    /// Asks for the user with this number by the directory's own id; the answer must name user and tenant.
    pub(crate) fn question(&self, number: usize) -> Request {
        let (tenant, user) = (self.tenant(number), self.user(number));
        let body = format!(r#"{{"user":"{user}","tenant":"{tenant}"}}"#);
        Request { bytes: post_claims(KEY, &body), answer: self.answer(number) }
    }

    /// How the answer begins that names this user.
    pub(crate) fn answer(&self, number: usize) -> Vec<u8> {
        let (tenant, user) = (self.tenant(number), self.user(number));
        format!(r#"{{"tenant":"{tenant}","tenant_source":"explicit","user":"{user}","claims":"#).into_bytes()
    }
}
