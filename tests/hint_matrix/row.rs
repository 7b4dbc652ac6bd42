//! What a row of the matrix says.

/// One row: a request, who sends it, and what is answered.
pub(super) struct Row {
    /// What it shows, as a sentence.
    pub(super) shows: &'static str,
    /// How the user is named.
    pub(super) user: User,
    /// The hints that the request sends, as it spells them.
    pub(super) sends: &'static [(&'static str, &'static str)],
    /// Who asks.
    pub(super) caller: Caller,
    /// What the caller gets.
    pub(super) answer: Answer,
}

/// How the user is named.
#[derive(Clone, Copy)]
pub(super) enum User {
    /// By the directory's own id.
    Id(&'static str),
    /// By the name that this issuer entry has for Alice.
    Subject(&'static str),
    /// By a token.
    Token(Token),
}

/// A token about Alice.
#[derive(Clone, Copy)]
pub(super) struct Token {
    /// The entry of its issuer.
    pub(super) issuer: &'static str,
    pub(super) organization: Option<&'static str>,
    pub(super) client: Option<&'static str>,
    /// Besides the one that the service itself is.
    pub(super) audiences: &'static [&'static str],
}

/// A token in which nothing names a tenant but its issuer.
pub(super) const fn token(issuer: &'static str) -> Token {
    Token { issuer, organization: None, client: None, audiences: &[] }
}

impl Token {
    pub(super) const fn organization(self, organization: &'static str) -> User {
        User::Token(Self { organization: Some(organization), ..self })
    }

    pub(super) const fn client(self, client: &'static str) -> User {
        User::Token(Self { client: Some(client), ..self })
    }

    pub(super) const fn audiences(self, audiences: &'static [&'static str]) -> User {
        User::Token(Self { audiences, ..self })
    }
}

/// Who asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Caller {
    /// May send everything, for every tenant.
    Any,
    /// May send no hint.
    NoHints,
    /// May send the tenant and the organization.
    TwoHints,
    /// May send the client and the tenant, in this order.
    ClientFirst,
    /// May ask about one tenant only.
    GlobexOnly,
}

/// What the caller gets.
#[derive(Clone, Copy)]
pub(super) enum Answer {
    /// Claims in this tenant, with this `tenant_source`.
    Claims(&'static str, &'static str),
    /// A refusal with this code.
    Refused(&'static str),
}
