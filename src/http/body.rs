//! The body of a request, bounded in size and time; the body of an answer, in pieces.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use actix_web::body::{BodySize, MessageBody};
use actix_web::dev::Payload;
use actix_web::error::PayloadError;
use actix_web::web::Bytes;
use actix_web::{FromRequest, HttpRequest, web};
use tokio::time::Sleep;

use super::DataPlane;
use super::refusal::Refused;
use crate::error::{Code, Refusal};

/// A whole request body.
#[derive(Debug)]
pub(super) struct Body(pub(super) Bytes);

impl FromRequest for Body {
    type Error = Refused;
    type Future = Reading;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        Reading { read: Bytes::from_request(request, payload), request: request.clone(), time: None }
    }
}

/// A body on its way. A future by hand, because every request waits for one: a block of code would cost two boxes.
pub(super) struct Reading {
    read: <Bytes as FromRequest>::Future,
    request: HttpRequest,
    /// What is left for the client, once the body has turned out not to be there.
    time: Option<Pin<Box<Sleep>>>,
}

impl Future for Reading {
    type Output = Result<Body, Refused>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let Self { read, request, time } = &mut *self;
        if let Poll::Ready(read) = Pin::new(read).poll(context) {
            return Poll::Ready(read.map(Body).map_err(|error| Refused::new(unreadable(&error), request)));
        }
        let time = time.get_or_insert_with(|| Box::pin(tokio::time::sleep(patience(request))));
        time.as_mut().poll(context).map(|()| Err(Refused::new(Code::RequestTimeout.into(), request)))
    }
}

fn patience(request: &HttpRequest) -> Duration {
    request.app_data::<web::Data<DataPlane>>().map_or(Duration::ZERO, |plane| plane.body_deadline)
}

fn unreadable(error: &actix_web::Error) -> Refusal {
    match error.as_error::<PayloadError>() {
        Some(PayloadError::Overflow) => Code::BodyTooLarge.into(),
        _ => Refusal::new(Code::InvalidRequest, "the body did not arrive whole"),
    }
}

/// A response body whose pieces are sent one after the other, so that claims are not copied into a body of their own.
pub(super) struct Pieces {
    pieces: std::array::IntoIter<Bytes, 5>,
    size: u64,
}

impl Pieces {
    pub(super) fn new(pieces: [Bytes; 5]) -> Self {
        let size = pieces.iter().map(|piece| piece.len() as u64).sum();
        Self { pieces: pieces.into_iter(), size }
    }
}

impl MessageBody for Pieces {
    type Error = std::convert::Infallible;

    fn size(&self) -> BodySize {
        BodySize::Sized(self.size)
    }

    fn poll_next(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Bytes, Self::Error>>> {
        Poll::Ready(self.pieces.next().map(Ok))
    }
}
