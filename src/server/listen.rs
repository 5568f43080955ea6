//! Opens the port on which the server listens.

use std::io;
use std::net::{SocketAddr, TcpListener, ToSocketAddrs as _};
use std::time::Duration;

use socket2::{Domain, SockRef, Socket, Type};

use super::ServeError;

/// How much of a body the kernel may hold while nobody reads it, bytes: most scenes as a whole. By default
/// a connection begins with 64 KiB and is given more step by step; Drake's client, which opens one for
/// each image, would wait at every step (2 MB arrive in 0.46 ms in place of 0.78: `benches/README.md`).
const RECEIVE_BUFFER: usize = 2 << 20;

/// Listens on the first of the host's addresses that is free. A client that takes nothing of its answer for
/// as long as `patience` is cut off, by the kernel: it would else hold a whole image in memory for ever.
///
/// # Errors
/// If there is none.
pub fn on(host: &str, port: u16, patience: Duration) -> Result<TcpListener, ServeError> {
    let refused = |cause: io::Error| ServeError::Listen {
        address: format!("{host}:{port}"),
        cause,
    };
    let addresses: Vec<SocketAddr> = (host, port).to_socket_addrs().map_err(refused)?.collect();
    let listener = TcpListener::bind(addresses.as_slice()).map_err(refused)?;
    // Connections have it from their listener.
    (SockRef::from(&listener).set_tcp_user_timeout(Some(patience))).map_err(refused)?;
    match widen(&listener) {
        Ok(true) => {}
        Ok(false) => log::debug!("The kernel's net.core.rmem_max leaves its own buffers."),
        Err(error) => log::debug!("The kernel leaves its own buffers: {error}."),
    }
    Ok(listener)
}

/// Gives the connections of a listener the buffer. A kernel that allows only a smaller one would keep to
/// it for good, where its own grows as needed; then nothing is changed. Says whether it was.
fn widen(listener: &TcpListener) -> io::Result<bool> {
    let trial = Socket::new(
        Domain::for_address(listener.local_addr()?),
        Type::STREAM,
        None,
    )?;
    trial.set_recv_buffer_size(RECEIVE_BUFFER)?;
    // Linux counts its own overhead, as much again, and says so.
    let is_allowed = trial.recv_buffer_size()? >= 2 * RECEIVE_BUFFER;
    if is_allowed {
        SockRef::from(listener).set_recv_buffer_size(RECEIVE_BUFFER)?;
    }
    Ok(is_allowed)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may fail")]

    use std::net::TcpStream;

    use super::*;

    const PATIENCE: Duration = Duration::from_secs(7);

    #[test]
    fn connections_have_the_buffer_or_what_the_kernel_gives() {
        let plain = TcpListener::bind("127.0.0.1:0").unwrap();
        let usual = SockRef::from(&plain).recv_buffer_size().unwrap();
        let listener = on("127.0.0.1", 0, PATIENCE).unwrap();
        let _client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let (server, _) = listener.accept().unwrap();
        let patience = SockRef::from(&server).tcp_user_timeout().unwrap();
        assert_eq!(patience, Some(PATIENCE));
        let size = SockRef::from(&server).recv_buffer_size().unwrap();
        if widen(&plain).unwrap() {
            assert!(size >= 2 * RECEIVE_BUFFER);
        } else {
            assert!(size >= usual);
        }
    }

    #[test]
    fn a_port_in_use_is_named() {
        let taken = on("127.0.0.1", 0, PATIENCE).unwrap();
        let port = taken.local_addr().unwrap().port();
        let refused = on("127.0.0.1", port, PATIENCE).unwrap_err().to_string();
        assert!(refused.contains(&format!("127.0.0.1:{port}")), "{refused}");
    }
}
