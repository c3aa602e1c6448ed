use rsa::pkcs1v15::Pkcs1v15Sign;
use sha2::{Digest as _, Sha256, Sha384, Sha512};

use super::*;

#[test]
fn digest_infos_are_those_of_an_independent_implementation() {
    let of = |scheme: &Pkcs1v15Sign| scheme.prefix.to_vec();
    for (mechanism, scheme, digest) in [
        (
            SignMechanism::RsaPkcs1Sha256,
            Pkcs1v15Sign::new::<Sha256>(),
            Sha256::digest(b"x").to_vec(),
        ),
        (
            SignMechanism::RsaPkcs1Sha384,
            Pkcs1v15Sign::new::<Sha384>(),
            Sha384::digest(b"x").to_vec(),
        ),
        (
            SignMechanism::RsaPkcs1Sha512,
            Pkcs1v15Sign::new::<Sha512>(),
            Sha512::digest(b"x").to_vec(),
        ),
    ] {
        assert_eq!(mechanism.input(&digest).unwrap(), [of(&scheme), digest].concat());
    }
}

#[test]
fn a_digest_of_another_hash_is_refused() {
    let refused = |mechanism: SignMechanism, length| {
        assert_eq!(
            mechanism.input(&vec![7; length]),
            Err(CardError::DigestLength { length }),
            "{mechanism:?} {length}"
        );
    };
    refused(SignMechanism::RsaPkcs1Sha256, 0);
    refused(SignMechanism::RsaPkcs1Sha256, 20);
    refused(SignMechanism::RsaPkcs1Sha256, 48);
    refused(SignMechanism::RsaPkcs1Sha512, 32);
    refused(SignMechanism::RsaPssSha256, 48);
    refused(SignMechanism::RsaPssSha512, 32);
    refused(SignMechanism::Ecdsa, 20);
    refused(SignMechanism::Ecdsa, 33);
    assert_eq!(SignMechanism::Ecdsa.input(&[7; 48]), Ok(vec![7; 48]));
}
