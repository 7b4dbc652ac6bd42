//! The proxy does what it is told, to connections that are open already.

use std::io::ErrorKind;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use super::{Behaviour, FaultProxy, Upstream};
use crate::support::wait::until;

const NOTIFICATION: &[u8] = b"A\0\0\0\x05!";
const DATA: &[u8] = b"D\0\0\0\x05x";

/// A server that says everything back.
async fn echo() -> Upstream {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((mut peer, _)) = listener.accept().await {
            tokio::spawn(async move {
                let (mut from, mut to) = peer.split();
                let _ = tokio::io::copy(&mut from, &mut to).await;
            });
        }
    });
    Upstream::Tcp(address)
}

async fn open(proxy: &FaultProxy) -> TcpStream {
    let mut client = TcpStream::connect(proxy.address).await.unwrap();
    exchange(&mut client, DATA).await;
    client
}

/// What is sent comes back.
async fn exchange(client: &mut TcpStream, message: &[u8]) {
    client.write_all(message).await.unwrap();
    let mut answer = vec![0; message.len()];
    client.read_exact(&mut answer).await.unwrap();
    assert_eq!(answer, message);
}

#[tokio::test]
async fn a_cut_resets_what_is_open_and_nothing_else() {
    let proxy = FaultProxy::start(echo().await).await;
    let mut client = open(&proxy).await;
    proxy.cut();
    assert_eq!(client.read(&mut [0]).await.unwrap_err().kind(), ErrorKind::ConnectionReset);
    open(&proxy).await;
}

#[tokio::test]
async fn a_connection_that_went_dark_stays_dark_and_a_new_one_does_not() {
    for (dark_to_server, dark_to_client) in [(true, false), (false, true)] {
        let proxy = FaultProxy::start(echo().await).await;
        let mut client = open(&proxy).await;
        proxy.behave(Behaviour { dark_to_server, dark_to_client, ..Behaviour::default() });
        client.write_all(DATA).await.unwrap();
        until("bytes are swallowed", || async { (proxy.swallowed() > 0).then_some(()) }).await;
        proxy.behave(Behaviour::default());
        let swallowed = proxy.swallowed();
        client.write_all(DATA).await.unwrap();
        until("more is swallowed", || async { (proxy.swallowed() > swallowed).then_some(()) }).await;
        assert_eq!(client.try_read(&mut [0]).unwrap_err().kind(), ErrorKind::WouldBlock, "it is open and silent");
        open(&proxy).await;
    }
}

#[tokio::test]
async fn notifications_are_dropped_and_counted() {
    let proxy = FaultProxy::start(echo().await).await;
    let mut client = open(&proxy).await;
    exchange(&mut client, NOTIFICATION).await;
    proxy.behave(Behaviour { drops_notifications: true, ..Behaviour::default() });
    client.write_all(NOTIFICATION).await.unwrap();
    exchange(&mut client, DATA).await;
    assert_eq!(proxy.dropped(), 1);
}

#[tokio::test]
async fn slow_bytes_arrive_whole_and_new_connections_lead_elsewhere() {
    let proxy = FaultProxy::start(Upstream::Tcp(([127, 0, 0, 1], 1).into())).await;
    let mut refused = TcpStream::connect(proxy.address).await.unwrap();
    assert_eq!(refused.read(&mut [0]).await.unwrap_err().kind(), ErrorKind::ConnectionReset);
    proxy.lead_to(echo().await);
    proxy.behave(Behaviour { delay: Duration::from_millis(1), ..Behaviour::default() });
    open(&proxy).await;
}
