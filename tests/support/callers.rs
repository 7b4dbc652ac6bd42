//! Callers of the test's own, and asking as one of them.

use claimsmith::config::{Caller, CallerName, Settings, TenantScope};
use reqwest::RequestBuilder;
use serde_json::Value;

use super::app::{Answer, TestApp};

/// Adds a caller that may ask everything, less what `limit` takes away.
pub(crate) fn add_caller(settings: &mut Settings, name: &str, key: &str, limit: impl FnOnce(&mut Caller)) {
    let mut caller = Caller::with_key(name, key).remove(name).unwrap();
    limit(&mut caller);
    settings.callers.insert(CallerName::new(name).unwrap(), caller);
}

/// These tenants and no others.
pub(crate) fn only(tenants: &[&str]) -> TenantScope {
    TenantScope::Only(tenants.iter().map(ToString::to_string).collect())
}

impl TestApp {
    /// `POST /v1/claims` with this key.
    pub(crate) async fn claims_as(&self, key: &str, body: &Value) -> Answer {
        self.send(self.client.post(self.data("/v1/claims")).bearer_auth(key).json(body)).await
    }

    /// `GET /v1/memberships` with this key.
    pub(crate) async fn memberships_as(&self, key: &str, query: &str) -> Answer {
        self.send(self.client.get(self.data(&format!("/v1/memberships?{query}"))).bearer_auth(key)).await
    }

    /// Any request, as it was built.
    pub(crate) async fn send(&self, request: RequestBuilder) -> Answer {
        Answer::of(request.send().await.unwrap()).await
    }
}
