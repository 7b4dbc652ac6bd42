//! A question as each transport has it.

mod grpc;
mod http;

pub(super) use grpc::GrpcQuestion;
pub(super) use http::HttpQuestion;
