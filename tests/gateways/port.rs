//! Ports that nobody else gets while we have them.

use std::net::{Ipv4Addr, SocketAddr};

use tokio::net::{TcpListener, TcpSocket};

/// Connections that wait to be accepted; more than any test opens at once.
const BACKLOG: u32 = 1024;

/// A port that is bound and not listened on, so that connections are refused. Who reuses addresses, as every server here does,
/// can listen on it meanwhile.
pub(crate) struct Port {
    pub(crate) address: SocketAddr,
    _bound: TcpSocket,
}

impl Port {
    pub(crate) fn reserve() -> Self {
        let bound = socket((Ipv4Addr::LOCALHOST, 0).into());
        Self { address: bound.local_addr().unwrap(), _bound: bound }
    }

    pub(crate) fn listen(&self) -> TcpListener {
        socket(self.address).listen(BACKLOG).unwrap()
    }
}

fn socket(address: SocketAddr) -> TcpSocket {
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_reuseaddr(true).unwrap();
    socket.bind(address).unwrap();
    socket
}
