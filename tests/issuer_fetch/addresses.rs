//! Which hosts are dialled. On Linux, 0.0.0.0 leads to loopback, so a filter that lets it pass is found out.

use claimsmith::issuers::fetch::{FetchError, Fetched, Leave};

use super::names::{Names, PUBLIC};
use super::server::{Script, Server};
use super::{HASTY, PATIENT, body_of, fetcher, get, plaintext};

const URL: &str = "https://login.example/keys";

fn class(fetched: Result<Fetched, FetchError>) -> &'static str {
    fetched.unwrap_err().class()
}

#[actix_rt::test]
async fn a_host_that_is_public_first_and_private_second_is_refused_the_second_time() {
    let fetcher = fetcher(HASTY, Names::changing(&[&[PUBLIC], &["127.0.0.1"], &["169.254.169.254"], &[PUBLIC]]));
    assert_eq!(class(get(&fetcher, URL, &Leave::default()).await), "connect", "it was dialled");
    assert_eq!(class(get(&fetcher, URL, &Leave::default()).await), "refused_address");
    assert_eq!(class(get(&fetcher, URL, &Leave::default()).await), "refused_address");
    assert_eq!(class(get(&fetcher, URL, &Leave::default()).await), "connect");
}

#[actix_rt::test]
async fn a_host_that_moves_to_a_forbidden_address_is_not_dialled_there() {
    let server = Server::always(Script::json("", "{}")).await;
    let names = Names::changing(&[&["127.0.0.1"], &["0.0.0.0"], &["::ffff:0.0.0.0"], &["127.0.0.1"]]);
    let (fetcher, leave) = (fetcher(PATIENT, names), plaintext());
    let url = format!("http://login.example:{}/keys", server.address.port());
    assert!(get(&fetcher, &url, &leave).await.is_ok());
    assert_eq!(class(get(&fetcher, &url, &leave).await), "refused_address");
    assert_eq!(class(get(&fetcher, &url, &leave).await), "refused_address");
    assert_eq!(server.requests().len(), 1, "the forbidden address was dialled");
    assert!(get(&fetcher, &url, &leave).await.is_ok());
}

#[actix_rt::test]
async fn of_mixed_addresses_only_the_bad_one_is_left_out() {
    let trap = Server::always(Script::json("", "\"trap\"")).await;
    let port = trap.address.port();
    let good = Server::on(&format!("127.0.0.2:{port}"), vec![Script::json("", "\"good\"")]).await;
    let fetcher = fetcher(PATIENT, Names::to(&["0.0.0.0", "169.254.169.254", "127.0.0.2"]));
    let fetched = get(&fetcher, &format!("http://login.example:{port}/keys"), &plaintext()).await.unwrap();
    assert_eq!((body_of(fetched), good.requests().len()), (b"\"good\"".to_vec(), 1));
    assert!(trap.requests().is_empty());
}

#[actix_rt::test]
async fn private_hosts_need_leave() {
    for private in ["127.0.0.1", "10.0.0.1", "192.168.1.1", "172.16.0.1", "100.64.0.1", "::1", "fd00::1"] {
        let fetcher = fetcher(HASTY, Names::to(&[private]));
        assert_eq!(class(get(&fetcher, URL, &Leave::default()).await), "refused_address", "{private}");
    }
    let server = Server::always(Script::json("", "{}")).await;
    let fetcher = fetcher(PATIENT, Names::to(&["127.0.0.1"]));
    let url = format!("http://login.example:{}/", server.address.port());
    assert!(get(&fetcher, &url, &plaintext()).await.is_ok());
}

#[actix_rt::test]
async fn a_host_without_an_address_and_one_without_a_listener_are_told_apart() {
    assert_eq!(class(get(&fetcher(HASTY, Names::none()), URL, &Leave::default()).await), "dns");
    let gone = Server::always(Script::json("", "{}")).await.url("/");
    assert_eq!(class(get(&fetcher(PATIENT, Names::none()), &gone, &plaintext()).await), "connect");
}

#[actix_rt::test]
async fn a_url_that_is_refused_is_never_asked_for() {
    let server = Server::always(Script::json("", "{}")).await;
    let fetcher = fetcher(PATIENT, Names::to(&["127.0.0.1"]));
    let port = server.address.port();
    let inside = Leave { private_addresses: true, ..Leave::default() };
    for (url, leave) in [
        (server.url("/"), &Leave::default()),
        (server.url("/"), &inside),
        (format!("http://login.example:{port}/"), &inside),
        (format!("https://login.example:{port}/"), &Leave::default()),
        (format!("https://127.0.0.1:{port}/"), &Leave::default()),
        (format!("http://0.0.0.0:{port}/"), &plaintext()),
        (format!("http://me@127.0.0.1:{port}/"), &plaintext()),
    ] {
        assert_eq!(class(get(&fetcher, &url, leave).await), "url", "{url}");
    }
    assert!(server.requests().is_empty());
}
