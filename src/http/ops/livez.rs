//! `GET /livez`: is the process worth keeping?
//!
//! Answers as long as a thread turns and no actor that the process cannot do without was given up. Never asks PostgreSQL:
//! restarting this process does not mend a database.

use actix_web::HttpResponse;
use actix_web::web::Data;

use super::OpsPlane;

pub(super) async fn livez(plane: Data<OpsPlane>) -> HttpResponse {
    if plane.supervisor.failed().is_cancelled() {
        return HttpResponse::ServiceUnavailable().content_type("text/plain").body("an actor was given up\n");
    }
    HttpResponse::Ok().content_type("text/plain").body("alive\n")
}
