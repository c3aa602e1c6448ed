use std::net::{Ipv4Addr, TcpListener};

use anyhow::{Context as _, Result};

/// The loopback ports of a new server: TLS, and revocation lists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ports {
    /// TLS.
    pub https: u16,
    /// Lists, over plain HTTP.
    pub lists: u16,
}

impl Ports {
    /// The usual ones, or the next that are free; `https` where that is named.
    pub fn choose(https: Option<u16>) -> Result<Self> {
        let https = match https {
            Some(port) => port,
            None => free_from(HTTPS, 0)?,
        };
        Ok(Self { https, lists: free_from(LISTS, https)? })
    }
}

fn free_from(first: u16, taken: u16) -> Result<u16> {
    let is_free =
        |port: &u16| *port != taken && TcpListener::bind((Ipv4Addr::LOCALHOST, *port)).is_ok();
    (first..first + TRIED).find(is_free).with_context(|| format!("no port from {first} is free"))
}

const HTTPS: u16 = 8443;
const LISTS: u16 = 8480;
const TRIED: u16 = 100;
