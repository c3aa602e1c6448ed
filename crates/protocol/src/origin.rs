use serde::{Deserialize, Serialize};

use crate::limits::MAX_ORIGIN;

/// A web origin in its ASCII serialisation (RFC 6454, section 6.2): `scheme://host[:port]`,
/// lower case, no default port, no path.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Origin(String);

/// Why a text is not an origin that Wardkey serves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum OriginError {
    /// Longer than [`MAX_ORIGIN`], or not `scheme://host[:port]` in lower-case ASCII.
    #[error("not the ASCII form of an origin")]
    Malformed,
    /// The opaque origin `null`, of sandboxed frames and of `file:` pages.
    #[error("an opaque origin")]
    Opaque,
    /// A scheme other than `https` and `http`.
    #[error("neither https nor http")]
    Scheme,
}

impl Origin {
    /// Reads an origin.
    ///
    /// # Errors
    ///
    /// [`OriginError`] says what is wrong; nothing is repaired.
    pub fn parse(text: &str) -> Result<Self, OriginError> {
        if text == "null" {
            return Err(OriginError::Opaque);
        }
        if text.len() > MAX_ORIGIN {
            return Err(OriginError::Malformed);
        }
        let (scheme, authority) = text.split_once("://").ok_or(OriginError::Malformed)?;
        let default_port = match scheme {
            "https" => "443",
            "http" => "80",
            _ => return Err(OriginError::Scheme),
        };
        let (host, port) = split_port(authority).ok_or(OriginError::Malformed)?;
        let port_fits = port.is_none_or(|port| is_port(port) && port != default_port);
        if !port_fits || !is_host(host) {
            return Err(OriginError::Malformed);
        }
        Ok(Self(text.to_owned()))
    }

    /// The origin's text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether the scheme is `https`.
    #[must_use]
    pub fn is_https(&self) -> bool {
        self.0.starts_with("https://")
    }

    /// Whether this is a loopback origin over `http`, which only development policy admits.
    #[must_use]
    pub fn is_http_loopback(&self) -> bool {
        !self.is_https() && self.is_loopback()
    }

    /// Whether its host is this computer, by a name that leads nowhere else (RFC 6761, section 6.3).
    #[must_use]
    pub fn is_loopback(&self) -> bool {
        let Some((_, authority)) = self.0.split_once("://") else { return false };
        split_port(authority).is_some_and(|(host, _)| {
            host == "localhost" || host.ends_with(".localhost") || host == "127.0.0.1"
        })
    }
}

impl std::fmt::Display for Origin {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl TryFrom<String> for Origin {
    type Error = OriginError;

    fn try_from(text: String) -> Result<Self, OriginError> {
        Self::parse(&text)
    }
}

impl From<Origin> for String {
    fn from(origin: Origin) -> Self {
        origin.0
    }
}

fn split_port(authority: &str) -> Option<(&str, Option<&str>)> {
    if authority.starts_with('[') {
        let end = authority.find(']')? + 1;
        let (host, rest) = authority.split_at(end);
        return match rest.strip_prefix(':') {
            Some(port) => Some((host, Some(port))),
            None => rest.is_empty().then_some((host, None)),
        };
    }
    Some(match authority.split_once(':') {
        Some((host, port)) => (host, Some(port)),
        None => (authority, None),
    })
}

fn is_host(host: &str) -> bool {
    let inside = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
    if let Some(address) = inside {
        return address.parse::<std::net::Ipv6Addr>().is_ok();
    }
    !host.is_empty()
        && host.split('.').all(|label| !label.is_empty() && !label.starts_with('-'))
        && host.bytes().all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'.' | b'-' | b'_'))
}

fn is_port(port: &str) -> bool {
    !port.starts_with('0')
        && port.bytes().all(|b| b.is_ascii_digit())
        && port.parse::<u16>().is_ok()
}

#[cfg(test)]
mod tests;
