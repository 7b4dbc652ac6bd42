//! The body of a request, bounded in size and time; the body of an answer, in pieces.

use std::pin::Pin;
use std::task::{Context, Poll};

use actix_web::body::{BodySize, MessageBody};
use actix_web::dev::Payload;
use actix_web::error::PayloadError;
use actix_web::web::Bytes;
use actix_web::{FromRequest, HttpRequest, web};
use futures_util::future::{Either, LocalBoxFuture, poll_immediate, select};

use super::DataPlane;
use super::refusal::Refused;
use crate::error::{Code, Refusal};

/// A whole request body.
#[derive(Debug)]
pub(super) struct Body(pub(super) Bytes);

impl FromRequest for Body {
    type Error = Refused;
    type Future = LocalBoxFuture<'static, Result<Self, Refused>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let read = Bytes::from_request(request, payload);
        let request = request.clone();
        Box::pin(async move {
            let refused = |refusal| Refused::new(refusal, &request);
            let mut read = Box::pin(read);
            // Nearly always the body came with the head, and no timer is needed.
            let bytes = match poll_immediate(&mut read).await {
                Some(ready) => ready,
                None => within_time(&request, read).await.ok_or_else(|| refused(Code::RequestTimeout.into()))?,
            };
            bytes.map(Self).map_err(|error| refused(unreadable(&error)))
        })
    }
}

async fn within_time<F: Future + Unpin>(request: &HttpRequest, read: F) -> Option<F::Output> {
    let plane = request.app_data::<web::Data<DataPlane>>()?;
    let time = Box::pin(tokio::time::sleep(plane.body_deadline));
    match select(read, time).await {
        Either::Left((output, _)) => Some(output),
        Either::Right(_) => None,
    }
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
