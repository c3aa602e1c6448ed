/// A document, or what is known of it where it is too large to be held.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Document<'a> {
    /// Its octets.
    Octets(&'a [u8]),
    /// Its digest by the hash of the signature's algorithm: the signature is detached.
    Digest(&'a [u8]),
}
