//! Bodies that are too slow, too long, packed, or no JSON.

use std::sync::atomic::Ordering;

use claimsmith::issuers::fetch::FetchFault;

use super::names::Names;
use super::server::{Script, Server};
use super::{HASTY, body_of, fetcher, get, get_plainly, plaintext};
use crate::support::wait::until;

const OK: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n";

/// A gzip stream of 64 KiB of zeros: head, middle, tail. Streams may be strung together.
const ZEROS: [&[u8]; 3] = [
    b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\xff\xed\xc1\x01\x01\x00\x00\x00\x80\x90\xfe\xaf\xee\x08\x0a",
    &[0; 63],
    b"\x6a\xeb\x8e\x97\xd7\x00\x00\x01\x00",
];

fn head(more: &str) -> Vec<u8> {
    [OK, more.as_bytes(), b"\r\n"].concat()
}

async fn hangs_up(server: &Server) {
    until("the client hangs up", || async { server.seen.hung_up.load(Ordering::SeqCst).then_some(()) }).await;
}

#[actix_rt::test]
async fn a_body_that_drips_is_given_up_when_the_time_for_the_whole_is_over() {
    for more in ["content-length: 100000\r\n", ""] {
        let server = Server::always(Script::Drip(head(more))).await;
        let error = get(&fetcher(HASTY, Names::none()), &server.url("/"), &plaintext()).await.unwrap_err();
        assert_eq!((error.class(), error.fault()), ("timeout", &FetchFault::Timeout));
        hangs_up(&server).await;
    }
}

#[actix_rt::test]
async fn a_head_that_drips_is_given_up_too() {
    let server = Server::always(Script::Drip(b"HTTP/1.1 200 OK\r\nx-padding: ".to_vec())).await;
    let error = get(&fetcher(HASTY, Names::none()), &server.url("/"), &plaintext()).await.unwrap_err();
    assert_eq!(error.class(), "timeout");
    hangs_up(&server).await;
}

#[actix_rt::test]
async fn an_endless_body_is_cut_off_and_the_connection_closed() {
    for more in ["", "content-length: 10737418240\r\n"] {
        let server = Server::always(Script::Flood(head(more))).await;
        let error = get_plainly(&server.url("/")).await.unwrap_err();
        assert_eq!(error.fault(), &FetchFault::TooLarge { limit: 512 * 1024 }, "{more}");
        hangs_up(&server).await;
        let sent = server.seen.sent.load(Ordering::SeqCst);
        assert!(sent < 64 * 1024 * 1024, "the client took {sent} bytes");
    }
}

#[actix_rt::test]
async fn an_endless_head_is_cut_off_too() {
    let server = Server::always(Script::Flood(b"HTTP/1.1 200 OK\r\nx-padding: ".to_vec())).await;
    assert_eq!(get_plainly(&server.url("/")).await.unwrap_err().class(), "broken");
    hangs_up(&server).await;
}

#[actix_rt::test]
async fn a_body_may_be_as_long_as_the_limit_and_not_a_byte_longer() {
    for (length, fits) in [(512 * 1024, true), (512 * 1024 + 1, false)] {
        let body = vec![b'x'; length];
        let announced = Script::answer("200 OK", "content-type: application/json\r\n", &body);
        let until_closed = Script::Answer([head("connection: close\r\n"), body].concat());
        for script in [announced, until_closed] {
            let server = Server::always(script).await;
            let fetched = get_plainly(&server.url("/")).await;
            assert_eq!(fetched.map(|fetched| body_of(fetched).len()).ok(), fits.then_some(length));
        }
    }
}

#[actix_rt::test]
async fn a_packed_body_is_refused_if_it_says_so_and_never_unpacked_if_not() {
    let bomb = ZEROS.concat().repeat(5000);
    for encoding in ["gzip", "br", "zstd", "deflate", "identity, gzip"] {
        let headers = format!("content-type: application/json\r\ncontent-encoding: {encoding}\r\n");
        let server = Server::always(Script::answer("200 OK", &headers, &bomb)).await;
        assert_eq!(get_plainly(&server.url("/")).await.unwrap_err().fault(), &FetchFault::Encoding, "{encoding}");
    }
    for headers in ["content-type: application/json\r\n", "content-encoding: identity\r\n"] {
        let server = Server::always(Script::answer("200 OK", headers, &bomb)).await;
        assert_eq!(body_of(get_plainly(&server.url("/")).await.unwrap()), bomb);
    }
}

#[actix_rt::test]
async fn a_page_is_refused_and_nothing_of_it_is_repeated() {
    for kind in ["text/html", "Text/HTML; charset=utf-8"] {
        let page = Script::answer("200 OK", &format!("content-type: {kind}\r\n"), "<html>hunter2</html>");
        let server = Server::always(page).await;
        let error = get_plainly(&server.url("/")).await.unwrap_err();
        assert_eq!(error.class(), "html");
        assert!(!format!("{error} {error:?}").contains("hunter2"));
    }
}

#[actix_rt::test]
async fn a_body_that_breaks_off_is_no_document() {
    let short = Script::Answer([head("content-length: 1000\r\n"), b"{\"keys\":[]}".to_vec()].concat());
    let torn = Script::Answer([head("transfer-encoding: chunked\r\n"), b"b\r\n{\"keys\":[]}\r\n".to_vec()].concat());
    for script in [short, torn, Script::Answer(b"SSH-2.0-OpenSSH\r\n".to_vec()), Script::Answer(Vec::new())] {
        let server = Server::always(script).await;
        assert_eq!(get_plainly(&server.url("/")).await.unwrap_err().class(), "broken");
    }
}
