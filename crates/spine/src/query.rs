use zeroize::Zeroizing;

use crate::{Ticket, TicketError};

/// What a role selection asks for.
#[derive(Debug)]
pub struct RoleSelection {
    /// The session's ticket.
    pub ticket: Ticket,
    /// The role profile that is chosen.
    pub role_profile: String,
}

/// Why a query is not what its page takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum QueryError {
    /// A part is missing.
    #[error("the query lacks {0}")]
    Missing(&'static str),
    /// A part is given twice, or is not what it should be.
    #[error("the query's {0} is malformed")]
    Malformed(&'static str),
}

/// The path and query that choose a role; the answer is a status page.
#[must_use]
pub fn role_selection_path(ticket: &Ticket, role_profile: &str) -> Zeroizing<String> {
    let role = percent_encode(role_profile);
    let ticket = ticket.percent_encoded();
    Zeroizing::new(format!(
        "/saml/RoleSelectionGP.jsp?token={}&selectedRoleUid={role}",
        ticket.as_str()
    ))
}

/// Reads the query of a role selection; parts that older clients add are passed over.
///
/// # Errors
/// [`QueryError`] when ticket or role are missing, given twice or malformed.
pub fn role_selection_query(query: &str) -> Result<RoleSelection, QueryError> {
    let role_profile = part(query, "selectedRoleUid")?;
    let right = (1..=MAX_ROLE_LENGTH).contains(&role_profile.len())
        && role_profile.bytes().all(|octet| octet.is_ascii_alphanumeric());
    if !right {
        return Err(QueryError::Malformed("selectedRoleUid"));
    }
    Ok(RoleSelection {
        ticket: role_assertion_ticket(query)?,
        role_profile: role_profile.to_string(),
    })
}

/// The path and query that ask for the RoleAssertion of a ticket.
#[must_use]
pub fn role_assertion_path(ticket: &Ticket) -> Zeroizing<String> {
    Zeroizing::new(format!("/saml/RoleAssertion?token={}", ticket.percent_encoded().as_str()))
}

/// Reads the ticket in the query of a RoleAssertion.
///
/// # Errors
/// [`QueryError`] when it is missing, given twice or malformed.
pub fn role_assertion_ticket(query: &str) -> Result<Ticket, QueryError> {
    Ticket::parse(&part(query, "token")?).map_err(|TicketError| QueryError::Malformed("token"))
}

/// Percent-encodes everything but the unreserved characters (RFC 3986, section 2.3).
pub(crate) fn percent_encode(text: &str) -> String {
    use std::fmt::Write as _;
    let mut out = String::with_capacity(text.len() * 3);
    for octet in text.bytes() {
        if octet.is_ascii_alphanumeric() || b"-._~".contains(&octet) {
            out.push(char::from(octet));
        } else {
            // Writing to a string does not fail.
            let _ = write!(out, "%{octet:02X}");
        }
    }
    out
}

/// The decoded value of a part that is there once. A `+` stands for itself: tickets hold it, some
/// clients do not encode it, and neither tickets nor roles hold spaces.
fn part(query: &str, name: &'static str) -> Result<Zeroizing<String>, QueryError> {
    if query.len() > MAX_QUERY_LENGTH {
        return Err(QueryError::Malformed(name));
    }
    let mut found = query
        .split('&')
        .filter_map(|part| part.split_once('='))
        .filter(|(found, _)| *found == name)
        .map(|(_, value)| value);
    let value = found.next().ok_or(QueryError::Missing(name))?;
    if found.next().is_some() {
        return Err(QueryError::Malformed(name));
    }
    percent_decode(value).ok_or(QueryError::Malformed(name))
}

fn percent_decode(text: &str) -> Option<Zeroizing<String>> {
    let mut out = Zeroizing::new(String::with_capacity(text.len()));
    let mut octets = text.bytes();
    while let Some(octet) = octets.next() {
        let octet = if octet == b'%' {
            let high = char::from(octets.next()?).to_digit(16)?;
            let low = char::from(octets.next()?).to_digit(16)?;
            u8::try_from(high * 16 + low).ok()?
        } else {
            octet
        };
        // Nothing outside of ASCII can stand in a ticket or a role.
        out.push(octet.is_ascii().then_some(char::from(octet))?);
    }
    Some(out)
}

const MAX_QUERY_LENGTH: usize = 8 * 1024;
const MAX_ROLE_LENGTH: usize = 64;

#[cfg(test)]
mod tests;
