//! Who asks, as far as the queue has to know.

use std::net::{IpAddr, Ipv4Addr};

use actix_web::HttpRequest;
use actix_web::http::header::HeaderName;

/// Where proxies write whom they speak for.
const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// The address that shares a place in the queue: that of the connection, or, if it comes from this
/// machine or a private network, the last one that a proxy there has added to `X-Forwarded-For`. What
/// stands before it is the client's own claim. Clients that cannot be told apart are one.
pub fn address(http: &HttpRequest) -> IpAddr {
    let peer = http.peer_addr().map(|peer| peer.ip().to_canonical());
    let peer = peer.unwrap_or(Ipv4Addr::UNSPECIFIED.into());
    let named = http.headers().get_all(FORWARDED_FOR).last();
    let named = named.and_then(|value| value.to_str().ok());
    let named = named.and_then(|list| list.rsplit(',').next()?.trim().parse().ok());
    let named = named.map(|address: IpAddr| address.to_canonical());
    named.filter(|_| may_be_proxy(peer)).unwrap_or(peer)
}

fn may_be_proxy(peer: IpAddr) -> bool {
    match peer {
        IpAddr::V4(peer) => peer.is_loopback() || peer.is_private(),
        IpAddr::V6(peer) => peer.is_loopback() || peer.is_unique_local(),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may fail")]

    use actix_web::test::TestRequest;

    use super::*;

    fn of(peer: &str, forwarded: &[&str]) -> String {
        let mut request = TestRequest::default().peer_addr(peer.parse().unwrap());
        for value in forwarded {
            request = request.append_header((FORWARDED_FOR, *value));
        }
        address(&request.to_http_request()).to_string()
    }

    #[test]
    fn a_proxy_nearby_says_whom_it_speaks_for() {
        assert_eq!(of("127.0.0.1:9", &[]), "127.0.0.1");
        assert_eq!(of("127.0.0.1:9", &["198.51.100.7"]), "198.51.100.7");
        assert_eq!(of("10.1.2.3:9", &["1.1.1.1, 198.51.100.7"]), "198.51.100.7");
        let two = ["1.1.1.1", "2001:db8::1"];
        assert_eq!(of("[::1]:9", &two), "2001:db8::1");
        assert_eq!(
            of("[::ffff:127.0.0.1]:9", &["198.51.100.7"]),
            "198.51.100.7"
        );
        assert_eq!(of("127.0.0.1:9", &["unknown"]), "127.0.0.1");
    }

    #[test]
    fn a_client_from_outside_speaks_for_itself() {
        assert_eq!(of("203.0.113.5:9", &["198.51.100.7"]), "203.0.113.5");
    }
}
