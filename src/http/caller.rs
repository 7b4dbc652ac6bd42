//! Who calls?
//!
//! A caller proves itself by a key, of which the configuration holds only the SHA-256: the key is random, so nothing slower
//! is needed (`caller_keys`). The proof is the argument of the handler, and its type says for which surface:
//! `Caller<Claims>` cannot be had by a caller that may not use it.

use std::future::{Ready, ready};
use std::marker::PhantomData;
use std::ops::Deref;
use std::sync::Arc;

use actix_web::dev::Payload;
use actix_web::http::header::AUTHORIZATION;
use actix_web::{FromRequest, HttpRequest, web};
use arc_swap::ArcSwap;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::DataPlane;
use super::caller_keys::Keys;
use super::refusal::Refused;
use crate::config::{self, KeysFileError, Surface, TenantScope};
use crate::enrichment::{Ages, Rights};
use crate::error::{Code, Refusal};

/// One configured caller.
#[derive(Debug)]
pub struct KnownCaller {
    /// What the configuration calls it.
    pub name: Box<str>,
    /// What it may ask.
    pub rights: Rights,
    /// For whom it may have tokens.
    pub audiences: Vec<Box<str>>,
    surfaces: Vec<Surface>,
}

/// All configured callers, by the hashes of their keys.
#[derive(Debug)]
pub struct Callers {
    configured: Vec<(config::Caller, Arc<KnownCaller>)>,
    keys: ArcSwap<Keys>,
}

impl Callers {
    /// From the configuration; reads key files.
    pub fn from_settings(settings: &config::Settings) -> Result<Self, KeysFileError> {
        let configured: Vec<_> =
            settings.callers.iter().map(|(name, caller)| (caller.clone(), known(name, caller, settings))).collect();
        let keys = ArcSwap::from_pointee(Keys::read(&configured)?);
        Ok(Self { configured, keys })
    }

    /// Whether any key is in a file, which may change.
    pub fn have_files(&self) -> bool {
        self.configured.iter().any(|(caller, _)| caller.keys_file.is_some())
    }

    /// Reads key files again. Blocks. When one cannot be read, the keys stay as they are.
    pub fn reload(&self) -> Result<(), KeysFileError> {
        self.keys.store(Arc::new(Keys::read(&self.configured)?));
        Ok(())
    }

    fn authenticate(&self, request: &HttpRequest, surface: Surface) -> Result<Arc<KnownCaller>, Refusal> {
        let mut credentials = request.headers().get_all(AUTHORIZATION);
        let (Some(credential), None) = (credentials.next(), credentials.next()) else {
            return Err(Code::CallerUnauthenticated.into());
        };
        let credential = credential.to_str().map_err(|_| Code::CallerUnauthenticated)?;
        permitted(self.owner_of(credential), surface)
    }

    /// The caller with this key, if it may use the surface.
    pub(super) fn with_key(&self, key: &str, surface: Surface) -> Result<Arc<KnownCaller>, Refusal> {
        permitted(self.keys.load().caller(key), surface)
    }

    /// Whose credential this is: a key as a bearer token, or name and key as a client has them (RFC 6749 section 2.3.1), which
    /// is what most of those who introspect send.
    pub(super) fn owner_of(&self, credential: &str) -> Option<Arc<KnownCaller>> {
        if let Some(key) = bearer(credential) {
            return self.keys.load().caller(key);
        }
        let (name, key) = basic(credential)?;
        let as_sent = self.owner_of_pair(&name, &key);
        as_sent.or_else(|| self.owner_of_pair(&form_decoded(&name)?, &form_decoded(&key)?))
    }

    /// Whose name and key these are.
    pub(super) fn owner_of_pair(&self, name: &str, key: &str) -> Option<Arc<KnownCaller>> {
        self.keys.load().caller(key).filter(|caller| *caller.name == *name)
    }
}

impl KnownCaller {
    pub(super) fn new(name: &str, rights: Rights, surfaces: Vec<Surface>) -> Self {
        Self { name: name.into(), rights, audiences: Vec::new(), surfaces }
    }

    pub(super) fn may_use(&self, surface: Surface) -> bool {
        self.surfaces.contains(&surface)
    }
}

fn permitted(caller: Option<Arc<KnownCaller>>, surface: Surface) -> Result<Arc<KnownCaller>, Refusal> {
    let caller = caller.ok_or(Code::CallerUnauthenticated)?;
    if caller.may_use(surface) {
        return Ok(caller);
    }
    Err(Refusal::new(
        Code::CallerForbidden,
        format!("the caller may not use {}; see its surfaces in the configuration", surface.as_str()),
    ))
}

fn known(name: &config::CallerName, caller: &config::Caller, settings: &config::Settings) -> Arc<KnownCaller> {
    let fresh = caller.max_age.unwrap_or(settings.freshness.max_age);
    let ages = Ages { fresh, served: caller.stale_up_to.unwrap_or(fresh) };
    let rights = Rights { tenants: tenants(&caller.tenants), hints: caller.hints.clone(), ages };
    let audiences = caller.audiences.iter().map(|audience| audience.as_str().into()).collect();
    Arc::new(KnownCaller { audiences, ..KnownCaller::new(name.as_str(), rights, caller.surfaces.clone()) })
}

/// The token of a bearer credential (RFC 6750 section 2.1; the scheme is case-insensitive, RFC 9110 section 11.1).
fn bearer(credential: &str) -> Option<&str> {
    let (scheme, token) = credential.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim()).filter(|token| !token.is_empty())
}

/// User and password of a basic credential (RFC 7617 section 2).
fn basic(credential: &str) -> Option<(String, String)> {
    let (scheme, encoded) = credential.split_once(' ')?;
    let pair = scheme.eq_ignore_ascii_case("basic").then(|| STANDARD.decode(encoded.trim()).ok()).flatten()?;
    let (name, key) = std::str::from_utf8(&pair).ok()?.split_once(':')?;
    Some((name.to_owned(), key.to_owned()))
}

/// What a client has form-encoded before it became a part of a basic credential (RFC 6749 section 2.3.1); many do not.
fn form_decoded(text: &str) -> Option<String> {
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    let (mut bytes, mut decoded) = (text.bytes(), Vec::with_capacity(text.len()));
    while let Some(byte) = bytes.next() {
        decoded.push(match byte {
            b'+' => b' ',
            b'%' => digit(bytes.next()?)? << 4 | digit(bytes.next()?)?,
            other => other,
        });
    }
    String::from_utf8(decoded).ok()
}

fn tenants(scope: &TenantScope) -> Option<Vec<Box<str>>> {
    match scope {
        TenantScope::All => None,
        TenantScope::Only(tenants) => Some(tenants.iter().map(|tenant| tenant.as_str().into()).collect()),
    }
}

/// A surface as a type.
pub trait On {
    /// Which.
    const SURFACE: Surface;
}

/// Proof that a known caller that may use the surface `S` sent this request.
#[derive(Debug)]
pub struct Caller<S> {
    known: Arc<KnownCaller>,
    surface: PhantomData<S>,
}

impl<S> Deref for Caller<S> {
    type Target = KnownCaller;

    fn deref(&self) -> &KnownCaller {
        &self.known
    }
}

impl<S: On> FromRequest for Caller<S> {
    type Error = Refused;
    type Future = Ready<Result<Self, Refused>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let known = match request.app_data::<web::Data<DataPlane>>() {
            Some(plane) => plane.callers.authenticate(request, S::SURFACE),
            None => Err(Code::CallerUnauthenticated.into()),
        };
        ready(match known {
            Ok(known) => Ok(Self { known, surface: PhantomData }),
            Err(refusal) => Err(Refused::new(refusal, request)),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bearer_credential_is_read_as_rfc_6750_writes_it() {
        assert_eq!(bearer("Bearer abc"), Some("abc"));
        assert_eq!(bearer("bearer abc"), Some("abc"));
        assert_eq!(bearer("Basic abc"), None);
        assert_eq!(bearer("Bearer "), None);
        assert_eq!(bearer("abc"), None);
    }

    #[test]
    fn a_basic_credential_is_read_as_rfc_7617_writes_it() {
        let pair = |name: &str, key: &str| Some((name.to_owned(), key.to_owned()));
        assert_eq!(basic("Basic Z2F0ZXdheTpjc19rZXk="), pair("gateway", "cs_key"));
        assert_eq!(basic("basic Z2F0ZXdheTpjcw=="), pair("gateway", "cs"));
        assert_eq!(basic("Basic Z2F0ZXdheQ=="), None);
        assert_eq!(basic("Basic !"), None);
        assert_eq!(basic("Bearer Z2F0ZXdheTpjcw=="), None);
    }

    #[test]
    fn a_form_encoded_name_is_read_as_rfc_6749_writes_it() {
        for (encoded, decoded) in [("a+b%3Ac%2b", "a b:c+"), ("%C3%A4", "\u{e4}"), ("plain", "plain"), ("", "")] {
            assert_eq!(form_decoded(encoded).as_deref(), Some(decoded));
        }
        for broken in ["%", "%4", "%zz", "%+1", "%e4"] {
            assert_eq!(form_decoded(broken), None, "{broken}");
        }
    }
}
