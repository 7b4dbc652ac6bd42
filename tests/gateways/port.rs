//! Listening on a port that a test has reserved.

use tokio::net::{TcpListener, TcpSocket};

use crate::support::port::Port;

/// Connections that wait to be accepted; more than any test opens at once.
const BACKLOG: u32 = 1024;

impl Port {
    pub(crate) fn listen(&self) -> TcpListener {
        let socket = TcpSocket::new_v4().unwrap();
        socket.set_reuseaddr(true).unwrap();
        socket.bind(self.address).unwrap();
        socket.listen(BACKLOG).unwrap()
    }
}
