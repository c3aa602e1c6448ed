//! EMSA-PSS (RFC 8017, section 9.1): PIV cards leave the encoding of a message to us.

use sha2::{Digest, Sha256, Sha384, Sha512};

use crate::SignMechanism;

/// The longest salt that is wanted, in bytes: as long as the longest digest.
pub const SALT: usize = 64;

/// The encoded message of a digest for a modulus of `length` bytes whose highest bit is set; `None`
/// where the mechanism is not PSS or the modulus is too short. MGF1 has the digest's own hash, and
/// the salt is as long as the digest: of `salt` the first bytes are taken.
pub fn encoded(
    mechanism: SignMechanism,
    digest: &[u8],
    salt: &[u8; SALT],
    length: usize,
) -> Option<Vec<u8>> {
    match mechanism {
        SignMechanism::RsaPssSha256 => encoded_with::<Sha256>(digest, salt, length),
        SignMechanism::RsaPssSha384 => encoded_with::<Sha384>(digest, salt, length),
        SignMechanism::RsaPssSha512 => encoded_with::<Sha512>(digest, salt, length),
        _ => None,
    }
}

/// Section 9.1.1 with `emBits` one less than the modulus has.
fn encoded_with<D: Digest>(digest: &[u8], salt: &[u8; SALT], length: usize) -> Option<Vec<u8>> {
    let size = <D as Digest>::output_size();
    let salt = salt.get(..size)?;
    let masked = length.checked_sub(size + 1).filter(|masked| *masked > size)?;
    let hash = D::new().chain_update([0; 8]).chain_update(digest).chain_update(salt).finalize();
    let mut block = vec![0; masked - size - 1];
    block.push(0x01);
    block.extend_from_slice(salt);
    mask::<D>(&hash, &mut block);
    // The highest bit of the modulus is the one that the encoded message does not have.
    block[0] &= 0x7f;
    block.extend_from_slice(&hash);
    block.push(0xbc);
    Some(block)
}

/// MGF1 (appendix B.2.1), applied to a block.
fn mask<D: Digest>(seed: &[u8], block: &mut [u8]) {
    let parts = block.chunks_mut(<D as Digest>::output_size());
    for (counter, part) in (0_u32..).zip(parts) {
        let mask = D::new().chain_update(seed).chain_update(counter.to_be_bytes()).finalize();
        part.iter_mut().zip(mask).for_each(|(octet, mask)| *octet ^= mask);
    }
}

#[cfg(test)]
mod tests;
