use wardkey_spine::{
    UnixTime,
    assertion::{AssertionError, Audience, Expected, RoleAssertion, read_verified},
};

/// Who holds a ticket, of the octets that the server answered (200). `key` is the public key of the server's
/// certificate for assertions (DER, SubjectPublicKeyInfo), `now` in seconds since 1970.
pub fn user_of(
    response: &[u8],
    key: &[u8],
    origin: &str,
    now: u64,
) -> Result<RoleAssertion, AssertionError> {
    let now = UnixTime::from_seconds(now);
    let expected = Expected { now, audience: Audience::RelyingParty(origin) };
    read_verified(response, key, &expected)?.discharge()
}
