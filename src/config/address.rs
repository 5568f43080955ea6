//! Where the server listens.

use super::reader::Reader;
use crate::cli::ServeArgs;

/// Host and port, from `--bind` or from `--host` and `--port`.
pub fn address(args: &ServeArgs, reader: &mut Reader) -> (String, u16) {
    let number = |text: &str| text.parse().map_err(|_| "a number from 0 to 65535");
    if let Some(bind) = args.bind.as_deref() {
        let split = |text: &str| {
            let (host, port) = text.rsplit_once(':').ok_or(())?;
            Ok((bare_host(host).ok_or(())?, port.parse().map_err(drop)?))
        };
        let bound = reader.parsed("--bind", Some(bind), |text| {
            split(text).map_err(|()| "HOST:PORT, with an IPv6 address in brackets")
        });
        return bound.unwrap_or_default();
    }
    let host = reader.parsed("--host", args.host.as_deref(), |text| {
        bare_host(text)
            .or_else(|| {
                text.parse::<std::net::Ipv6Addr>()
                    .ok()
                    .map(|_| text.to_owned())
            })
            .ok_or("an address or a host name")
    });
    let port = reader.parsed("--port", args.port.as_deref(), number);
    (
        host.unwrap_or_else(|| "127.0.0.1".to_owned()),
        port.unwrap_or(8000),
    )
}

/// A host without the brackets of an IPv6 address, which needs them where a port follows.
fn bare_host(text: &str) -> Option<String> {
    if let Some(inner) = text.strip_prefix('[') {
        let inner = inner.strip_suffix(']')?;
        return inner
            .parse::<std::net::Ipv6Addr>()
            .ok()
            .map(|_| inner.to_owned());
    }
    let plain = !text.is_empty() && !text.contains([':', '/', '[', ']', ' ']);
    plain.then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::ServeConfig;

    fn address_of(bind: &str) -> Option<(String, u16)> {
        let args = ServeArgs {
            bind: Some(bind.to_owned()),
            ..ServeArgs::default()
        };
        ServeConfig::resolve(&args).ok().map(|c| (c.host, c.port))
    }

    #[test]
    fn bind_is_taken_apart() {
        assert_eq!(address_of("0.0.0.0:80"), Some(("0.0.0.0".into(), 80)));
        assert_eq!(address_of("[::1]:0"), Some(("::1".into(), 0)));
        for bad in [
            "80",
            ":80",
            "::1:80",
            "a:b",
            "a:70000",
            "http://a:80",
            "[a]:1",
            "[::1:1",
        ] {
            assert_eq!(address_of(bad), None, "{bad}");
        }
    }
}
