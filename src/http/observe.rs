//! What happens around every request of the data plane: it is counted, timed and named, and while the process drains the
//! client is told to come back elsewhere.

use std::future::Future;

use actix_web::Error;
use actix_web::body::MessageBody;
use actix_web::dev::{Service, ServiceRequest, ServiceResponse};
use actix_web::http::ConnectionType;
use actix_web::web::Data;

use super::DataPlane;
use super::metrics::Route;
use super::refusal::RefusedWith;
use super::request_id::{HEADER, RequestId};

/// Calls the service and observes what it does.
pub(super) fn observe<S, B>(
    route: Route,
    plane: &Data<DataPlane>,
    request: ServiceRequest,
    service: &S,
) -> impl Future<Output = Result<ServiceResponse<B>, Error>> + use<S, B>
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error>,
    B: MessageBody,
{
    let plane = plane.clone();
    let started = plane.clock.now();
    let in_flight = plane.metrics.of(route).enter();
    let answered = service.call(request);
    async move {
        let result = answered.await;
        let metrics = plane.metrics.of(route);
        drop(in_flight);
        metrics.duration.observe(plane.clock.now().since(started).as_secs_f64());
        let mut response = result?;
        metrics.answered(response.status().as_u16());
        if let Some(RefusedWith(code)) = response.response().extensions().get::<RefusedWith>() {
            plane.metrics.refused(*code);
        }
        let name = RequestId::for_the_last_time(response.request());
        response.headers_mut().insert(HEADER, name.into_header());
        if plane.is_draining() {
            // actix writes this header itself, and closes the connection accordingly.
            response.response_mut().head_mut().set_connection_type(ConnectionType::Close);
        }
        Ok(response)
    }
}
