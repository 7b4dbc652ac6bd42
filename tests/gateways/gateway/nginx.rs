//! nginx with `auth_request`.

use claimsmith::config::GatewayKind;

use super::kind::Recipe;
use crate::scratch::Scratch;
use crate::support::app::KEY;

pub(super) const RECIPE: Recipe = Recipe {
    folder: "nginx",
    program: "nginx",
    profile: GatewayKind::Nginx,
    service_port: "8081",
    inner_ports: &[],
    prepare,
    arguments: &["-p", ".", "-e", "stderr", "-c", "nginx.conf"],
    time_limits: &[("100ms", "20s"), ("250ms", "20s")],
};

/// What Debian's own nginx.conf does, as far as it matters, in one process, so that nothing is left when that is killed.
const MAIN: &str = "\
load_module /usr/lib/nginx/modules/ngx_http_headers_more_filter_module.so;
daemon off;
master_process off;
pid nginx.pid;
error_log stderr warn;
events {}
http {
    access_log off;
    client_body_temp_path t1;
    proxy_temp_path t2;
    fastcgi_temp_path t3;
    uwsgi_temp_path t4;
    scgi_temp_path t5;
    include claimsmith.conf;
}
";

fn prepare(scratch: &Scratch) {
    scratch.replace("REPLACE_WITH_THE_GATEWAY_KEY", KEY);
    scratch.write("nginx.conf", MAIN);
}
