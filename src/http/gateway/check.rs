//! `envoy.service.auth.v3.Authorization/Check`.
//!
//! The status of the answer says yes or no, and `denied_response` says the rest: without it Envoy makes 403 of everything. What
//! cannot be told now is an `error_response`, which Envoy treats as it treats a service that is down.

use std::sync::Arc;

use envoy_types::ext_authz::v3::pb::{
    Authorization, CheckRequest, CheckResponse, DeniedHttpResponse, HeaderValue, HeaderValueOption, HttpResponse,
    HttpStatus, OkHttpResponse,
};
use envoy_types::pb::google::rpc;
use tonic::metadata::MetadataMap;
use tonic::{Code as GrpcCode, Request, Response, Status, async_trait};

use super::decision::Yes;
use super::metadata::metadata;
use super::profiles::Served;
use super::question::GrpcQuestion;
use super::{GatewayPlane, KEY};
use crate::error::{Code, Refusal};
use crate::http::metrics::Route;
use crate::http::refusal::{challenge, say_when_again};
use crate::http::request_id::{self, RequestId};
use crate::surfaces::gateway::{Incoming, Sent, render_problem, status};

/// The service.
pub(super) struct Check {
    pub(super) plane: Arc<GatewayPlane>,
}

#[async_trait]
impl Authorization for Check {
    async fn check(&self, request: Request<CheckRequest>) -> Result<Response<CheckResponse>, Status> {
        let data = &self.plane.data;
        let metrics = data.metrics.of(Route::GatewayGrpc);
        let (started, in_flight) = (data.clock.now(), metrics.enter());
        let (fields, _, asked) = request.into_parts();
        let question = GrpcQuestion::read(&asked);
        let (status, response) = match self.answer(&question, &fields).await {
            Ok(yes) => (200, yes),
            Err(refusal) => {
                data.metrics.refused(refusal.code);
                (status(refusal.code), no(&refusal, &question))
            }
        };
        drop(in_flight);
        metrics.duration.observe(data.clock.now().since(started).as_secs_f64());
        metrics.answered(status);
        Ok(Response::new(response))
    }
}

impl Check {
    async fn answer(&self, question: &GrpcQuestion<'_>, fields: &MetadataMap) -> Result<CheckResponse, Refusal> {
        let served = self.plane.profiles.of_grpc(question.profile()).ok_or(Code::ProfileUnknown)?;
        let decided = self.plane.decide(served, key(fields), question).await?;
        Ok(yes(served, &decided))
    }
}

/// The gateway's key, which its configuration sends as `initial_metadata`. What a client sends is not there.
fn key(fields: &MetadataMap) -> Sent<'_> {
    let mut values = fields.get_all(KEY.as_str()).iter();
    match (values.next(), values.next()) {
        (None, _) => Sent::Absent,
        (Some(value), None) => value.to_str().map_or(Sent::Unusable, Sent::Once),
        (Some(_), Some(_)) => Sent::Unusable,
    }
}

fn yes(served: &Served, decided: &Yes) -> CheckResponse {
    let profile = &served.profile;
    let value = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let headers =
        profile.fields.iter().zip(&decided.values).map(|(field, bytes)| header(field.name.as_str(), value(bytes)));
    let ok = OkHttpResponse {
        headers: headers.collect(),
        headers_to_remove: profile.to_remove.clone(),
        ..OkHttpResponse::default()
    };
    CheckResponse {
        status: Some(rpc::Status { code: GrpcCode::Ok as i32, ..rpc::Status::default() }),
        http_response: Some(HttpResponse::OkResponse(ok)),
        dynamic_metadata: decided.answer.as_ref().map(metadata),
    }
}

fn no(refusal: &Refusal, question: &GrpcQuestion<'_>) -> CheckResponse {
    let status = status(refusal.code);
    let sent = match question.field(&request_id::HEADER) {
        Sent::Once(text) => Some(text),
        Sent::Absent | Sent::Unusable => None,
    };
    let request_id = RequestId::of_text(sent);
    let body = String::from_utf8_lossy(&render_problem(refusal, request_id.as_str())).into_owned();
    let mut headers = vec![
        header("content-type", "application/problem+json".to_owned()),
        header("cache-control", "no-store".to_owned()),
        header("x-auth-error", refusal.code.label().to_owned()),
        header(request_id::HEADER.as_str(), request_id.as_str().to_owned()),
    ];
    if let Some(challenge) = challenge(refusal.code).filter(|_| status == 401) {
        headers.push(header("www-authenticate", String::from_utf8_lossy(challenge.as_bytes()).into_owned()));
    }
    if let Some(pause) = refusal.retry_after {
        headers.push(header("retry-after", say_when_again(pause).to_string()));
    }
    let answer = DeniedHttpResponse { status: Some(HttpStatus { code: i32::from(status) }), headers, body };
    let (code, http_response) = match status {
        401 => (GrpcCode::Unauthenticated, HttpResponse::DeniedResponse(answer)),
        403 => (GrpcCode::PermissionDenied, HttpResponse::DeniedResponse(answer)),
        _ => (GrpcCode::Unavailable, HttpResponse::ErrorResponse(answer)),
    };
    CheckResponse {
        status: Some(rpc::Status {
            code: code as i32,
            message: refusal.code.label().to_owned(),
            ..rpc::Status::default()
        }),
        http_response: Some(http_response),
        dynamic_metadata: None,
    }
}

/// One value in place of whatever the client sent, also when it is empty: Envoy's default here.
fn header(name: &str, value: String) -> HeaderValueOption {
    HeaderValueOption {
        header: Some(HeaderValue { key: name.to_owned(), value, ..HeaderValue::default() }),
        ..HeaderValueOption::default()
    }
}
