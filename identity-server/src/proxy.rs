//! Who asks, when proxies that we know stand between.

use std::net::IpAddr;

use axum::http::HeaderMap;
use ipnet::IpNet;
use serde::{Deserialize, Serialize};

/// The proxies whose word on their clients is taken.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ProxySettings {
    /// Their networks, as in `10.1.0.0/16`. None: every client is the one that connects.
    pub trusted: Vec<IpNet>,
}

impl ProxySettings {
    /// The client's address: the last one in `X-Forwarded-For` that is not a trusted proxy's,
    /// when a trusted proxy connects. What clients write in front of that is not looked at.
    #[must_use]
    pub fn client(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        let mut client = peer;
        let forwarded = headers.get_all(FORWARDED).iter().filter_map(|value| value.to_str().ok());
        let named: Vec<&str> = forwarded.flat_map(|value| value.split(',')).collect();
        for name in named.iter().rev() {
            if !self.trusts(client) {
                break;
            }
            match name.trim().parse() {
                Ok(address) => client = address,
                Err(_) => break,
            }
        }
        client
    }

    /// Whether this is a trusted proxy's address.
    #[must_use]
    pub fn trusts(&self, address: IpAddr) -> bool {
        self.trusted.iter().any(|network| network.contains(&address))
    }
}

const FORWARDED: &str = "x-forwarded-for";

#[cfg(test)]
mod tests;
