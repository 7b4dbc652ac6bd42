//! What one document of an issuer does when it is asked for.

/// One of the two documents of an issuer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Endpoint {
    /// `/.well-known/openid-configuration`.
    Discovery,
    /// The JWKS.
    Keys,
}

impl Endpoint {
    /// Below the issuer's own path.
    pub(crate) const fn path(self) -> &'static str {
        match self {
            Self::Discovery => "/.well-known/openid-configuration",
            Self::Keys => "/jwks",
        }
    }
}

/// What it does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Behaviour {
    /// What a good provider does.
    Good,
    /// Takes the request and answers it when the behaviour has changed, in the new way.
    Held,
    /// Takes the request, and sends what is right at that moment when the behaviour has changed: an answer that is overtaken.
    Overtaken,
    /// The head at once, then a byte now and then.
    SlowLoris,
    /// A body without end.
    Endless,
    /// Closes the connection without a word.
    HangsUp,
    /// Half of the body that the head promises.
    Cut,
    /// This status.
    Status(u16),
    /// This status and a `Retry-After` of so many seconds.
    RetryAfter(u16, u32),
    /// 302 to there.
    Redirect(String),
    /// 200 and a page for people, as captive portals and error pages do.
    Html,
    /// 200 and the first half of the document, as if it were all.
    TruncatedJson,
    /// 200 and a key set without keys; a discovery document without members.
    Empty,
    /// A discovery document of another issuer.
    WrongIssuer,
    /// A discovery document that names keys there.
    KeysElsewhere(String),
    /// The key set with a private member in every key.
    PrivateKeys,
    /// The key set among twenty keys that are none.
    JunkAmongGood,
    /// 200 and these bytes.
    Body(Vec<u8>),
    /// The document with this `Content-Encoding`, whatever it is.
    Encoded(&'static str),
}
