//! From a server's name to a connection.

use std::{
    env,
    io::{self, ErrorKind},
    net::{SocketAddr, TcpStream, ToSocketAddrs as _},
    time::Duration,
};

use ureq::http::Uri;
use wardkey_protocol::own::Finding;

use crate::doctor::{codes::Code, within};

/// Where a server is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address {
    /// The name or the IP address, without brackets.
    pub host: String,
    /// The port.
    pub port: u16,
    /// The path that its own paths follow.
    pub path: String,
}

impl Address {
    /// That of a base address; `None` where it is none.
    pub fn of(url: &str) -> Option<Self> {
        let uri: Uri = url.parse().ok()?;
        let host = uri.host()?.trim_matches(['[', ']']).to_owned();
        let path = uri.path().trim_end_matches('/').to_owned();
        Some(Self { host, port: uri.port_u16().unwrap_or(HTTPS), path })
    }
}

/// Why nothing is reached at an address.
pub struct Unreached {
    /// The kind of reason.
    pub why: Why,
    says: String,
    reason: String,
}

/// What keeps a connection from coming about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// The name leads to no address.
    NameUnknown,
    /// Nothing listens there.
    Refused,
    /// No answer came in time.
    Silent,
    /// The network does not lead there.
    Unreachable,
}

impl Unreached {
    /// Why an error of the network came.
    pub fn of(host: &str, port: u16, error: &io::Error) -> Self {
        let (why, says) = match error.kind() {
            ErrorKind::ConnectionRefused => {
                (Why::Refused, format!("Nothing listens at {host}, port {port}."))
            }
            ErrorKind::TimedOut | ErrorKind::WouldBlock => {
                (Why::Silent, format!("{host}, port {port}, does not answer in time."))
            }
            _ => {
                let says = format!("{host}, port {port}, can't be reached over the network.");
                (Why::Unreachable, says)
            }
        };
        Self { why, says, reason: error.to_string() }
    }

    fn unnamed(host: &str, reason: &str) -> Self {
        let says = format!("{host} leads to no address.");
        Self { why: Why::NameUnknown, says, reason: reason.to_owned() }
    }

    /// A finding of this code.
    pub fn finding(self, code: Code) -> Finding {
        // Wardkey asks no proxy; where the network needs one, this is why.
        let proxied = PROXIES.iter().any(|name| env::var_os(name).is_some_and(|it| !it.is_empty()));
        code.says(self.says).with("reason", self.reason).with("proxyIsSet", proxied)
    }
}

/// A connection whose reads and writes do not wait longer than this.
///
/// # Errors
///
/// What keeps it from coming about.
pub fn connect(address: &Address, patience: Duration) -> Result<TcpStream, Unreached> {
    let Address { host, port, .. } = address;
    let named = (host.clone(), *port);
    let looked_up = within(patience, move || named.to_socket_addrs());
    let addresses: Vec<SocketAddr> = match looked_up {
        Some(Ok(addresses)) => addresses.take(MAX_ADDRESSES).collect(),
        Some(Err(error)) => return Err(Unreached::unnamed(host, &error.to_string())),
        None => return Err(Unreached::unnamed(host, "the name servers do not answer")),
    };
    let mut last = None;
    for address in &addresses {
        match TcpStream::connect_timeout(address, patience) {
            Ok(stream) => {
                let bounded = stream
                    .set_read_timeout(Some(patience))
                    .and_then(|()| stream.set_write_timeout(Some(patience)));
                return bounded.map(|()| stream).map_err(|it| Unreached::of(host, *port, &it));
            }
            Err(error) => last = Some(error),
        }
    }
    Err(match last {
        Some(error) => Unreached::of(host, *port, &error),
        None => Unreached::unnamed(host, "no address"),
    })
}

const HTTPS: u16 = 443;
const MAX_ADDRESSES: usize = 4;
const PROXIES: [&str; 4] = ["https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_a_name_a_port_and_a_path() {
        let of =
            |url: &str| Address::of(url).map(|Address { host, port, path }| (host, port, path));
        let wanted = |host: &str, port, path: &str| Some((host.to_owned(), port, path.to_owned()));
        assert_eq!(of("https://id.example"), wanted("id.example", 443, ""));
        assert_eq!(of("https://id.example:8443/sso/"), wanted("id.example", 8443, "/sso"));
        assert_eq!(of("https://[::1]:9"), wanted("::1", 9, ""));
        assert_eq!(of("nonsense nonsense"), None);
    }
}
