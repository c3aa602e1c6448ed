//! Signature algorithms by their object identifiers (section 11.10; RFC 4055, RFC 5758).

use base64ct::{Base64, Encoding as _};

use crate::{CardError, KeyAlgorithm, SignMechanism};

/// How a service is told to sign.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignAlgo {
    /// `signAlgo`.
    pub algorithm: &'static str,
    /// `signAlgoParams`.
    pub parameters: Option<String>,
    /// `hashAlgorithmOID`.
    pub hash: &'static str,
    /// Whether `algorithm` says nothing of the hash.
    pub names_hash: bool,
}

/// The mechanisms of a key by the identifiers in its `key/algo`, the usual first.
pub fn mechanisms(key: KeyAlgorithm, algo: &[String]) -> Vec<SignMechanism> {
    use SignMechanism::{
        Ecdsa, RsaPkcs1Sha256, RsaPkcs1Sha384, RsaPkcs1Sha512, RsaPssSha256, RsaPssSha384,
        RsaPssSha512,
    };
    let all: &[SignMechanism] = match key {
        KeyAlgorithm::EcP256 | KeyAlgorithm::EcP384 | KeyAlgorithm::EcP521 => &[Ecdsa],
        KeyAlgorithm::Rsa { .. } => &[
            RsaPkcs1Sha256,
            RsaPkcs1Sha384,
            RsaPkcs1Sha512,
            RsaPssSha256,
            RsaPssSha384,
            RsaPssSha512,
        ],
        KeyAlgorithm::Other => &[],
    };
    let length = match key {
        KeyAlgorithm::EcP384 => 48,
        KeyAlgorithm::EcP521 => 64,
        _ => 32,
    };
    let has = |mechanism: &&SignMechanism| {
        let length = match mechanism {
            RsaPkcs1Sha384 | RsaPssSha384 => 48,
            RsaPkcs1Sha512 | RsaPssSha512 => 64,
            _ => length,
        };
        choose(**mechanism, length, algo).is_ok()
    };
    all.iter().filter(has).copied().collect()
}

/// How the service is told to sign digests of a length, by what its key does: an identifier that
/// names the hash too, else one that leaves it open.
///
/// # Errors
///
/// [`CardError::DigestLength`]; [`CardError::Unsupported`] where the key does not sign so.
pub fn choose(
    mechanism: SignMechanism,
    length: usize,
    algo: &[String],
) -> Result<SignAlgo, CardError> {
    use SignMechanism::{
        Ecdsa, RsaPkcs1Sha256, RsaPkcs1Sha384, RsaPkcs1Sha512, RsaPssSha256, RsaPssSha384,
        RsaPssSha512,
    };
    let (hash, number) = match length {
        32 => (SHA256, 1),
        48 => (SHA384, 2),
        64 => (SHA512, 3),
        _ => return Err(CardError::DigestLength { length }),
    };
    let exact = match (mechanism, length) {
        (Ecdsa, 32) => ECDSA_SHA256,
        (Ecdsa, 48) => ECDSA_SHA384,
        (Ecdsa, _) => ECDSA_SHA512,
        (RsaPkcs1Sha256, 32) => RSA_SHA256,
        (RsaPkcs1Sha384, 48) => RSA_SHA384,
        (RsaPkcs1Sha512, 64) => RSA_SHA512,
        (RsaPssSha256, 32) | (RsaPssSha384, 48) | (RsaPssSha512, 64) => {
            if !algo.iter().any(|oid| oid == RSASSA_PSS) {
                return Err(unsupported(mechanism));
            }
            let parameters = Some(Base64::encode_string(&pss_parameters(number, length)));
            return Ok(SignAlgo { algorithm: RSASSA_PSS, parameters, hash, names_hash: true });
        }
        _ => return Err(CardError::DigestLength { length }),
    };
    let open = if mechanism == Ecdsa { EC_PUBLIC_KEY } else { RSA_ENCRYPTION };
    let has = |wanted: &str| algo.iter().any(|oid| oid == wanted);
    match (has(exact), has(open)) {
        (true, _) => Ok(SignAlgo { algorithm: exact, parameters: None, hash, names_hash: false }),
        (false, true) => Ok(SignAlgo { algorithm: open, parameters: None, hash, names_hash: true }),
        (false, false) => Err(unsupported(mechanism)),
    }
}

/// `RSASSA-PSS-params` (RFC 8017, appendix A.2.3): one hash for all, a salt of its length.
fn pss_parameters(number: u8, salt: usize) -> Vec<u8> {
    let hash = [&[0x30, 0x0d, 0x06, 0x09], &SHA2[..], &[number, 0x05, 0x00]].concat();
    let mgf1 = [&[0x30, 0x1a, 0x06, 0x09], &MGF1[..], &hash].concat();
    let salt = u8::try_from(salt).unwrap_or_default();
    [&[0x30, 0x34, 0xa0, 0x0f], &hash[..], &[0xa1, 0x1c], &mgf1, &[0xa2, 0x03, 0x02, 0x01, salt]]
        .concat()
}

fn unsupported(mechanism: SignMechanism) -> CardError {
    CardError::Unsupported(format!("{mechanism:?}"))
}

/// 2.16.840.1.101.3.4.2, the hashes of the SHA-2 family.
const SHA2: [u8; 8] = [0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02];
/// 1.2.840.113549.1.1.8.
const MGF1: [u8; 9] = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x08];

const SHA256: &str = "2.16.840.1.101.3.4.2.1";
const SHA384: &str = "2.16.840.1.101.3.4.2.2";
const SHA512: &str = "2.16.840.1.101.3.4.2.3";
const RSA_ENCRYPTION: &str = "1.2.840.113549.1.1.1";
const RSASSA_PSS: &str = "1.2.840.113549.1.1.10";
const RSA_SHA256: &str = "1.2.840.113549.1.1.11";
const RSA_SHA384: &str = "1.2.840.113549.1.1.12";
const RSA_SHA512: &str = "1.2.840.113549.1.1.13";
const EC_PUBLIC_KEY: &str = "1.2.840.10045.2.1";
const ECDSA_SHA256: &str = "1.2.840.10045.4.3.2";
const ECDSA_SHA384: &str = "1.2.840.10045.4.3.3";
const ECDSA_SHA512: &str = "1.2.840.10045.4.3.4";

#[cfg(test)]
mod tests {
    use super::*;

    fn of(oids: &[&str]) -> Vec<String> {
        oids.iter().map(|oid| (*oid).to_owned()).collect()
    }

    #[test]
    fn an_identifier_with_the_hash_comes_before_one_without() {
        let both = of(&[RSA_ENCRYPTION, RSA_SHA256]);
        let chosen = choose(SignMechanism::RsaPkcs1Sha256, 32, &both).unwrap();
        assert_eq!((chosen.algorithm, chosen.names_hash), (RSA_SHA256, false));
        let chosen = choose(SignMechanism::RsaPkcs1Sha384, 48, &both).unwrap();
        assert_eq!((chosen.algorithm, chosen.hash), (RSA_ENCRYPTION, SHA384));
        assert!(chosen.names_hash);
        let chosen = choose(SignMechanism::Ecdsa, 48, &of(&[ECDSA_SHA384])).unwrap();
        assert_eq!(chosen.algorithm, ECDSA_SHA384);
    }

    /// As `openssl x509` prints and RFC 4055, section 3.1, has them.
    #[test]
    fn pss_has_parameters() {
        let chosen = choose(SignMechanism::RsaPssSha256, 32, &of(&[RSASSA_PSS])).unwrap();
        assert_eq!(
            chosen.parameters.unwrap(),
            "MDSgDzANBglghkgBZQMEAgEFAKEcMBoGCSqGSIb3DQEBCDANBglghkgBZQMEAgEFAKIDAgEg"
        );
    }

    #[test]
    fn what_the_key_does_not_do_is_refused() {
        let algo = of(&[RSA_SHA256]);
        let refused = choose(SignMechanism::RsaPssSha256, 32, &algo);
        assert!(matches!(refused, Err(CardError::Unsupported(_))));
        let length = choose(SignMechanism::RsaPkcs1Sha256, 20, &algo);
        assert_eq!(length, Err(CardError::DigestLength { length: 20 }));
        let key = KeyAlgorithm::Rsa { bits: 2048 };
        assert_eq!(mechanisms(key, &algo), [SignMechanism::RsaPkcs1Sha256]);
        assert_eq!(mechanisms(KeyAlgorithm::EcP256, &algo), []);
        assert_eq!(mechanisms(key, &of(&[RSA_ENCRYPTION, RSASSA_PSS])).len(), 6);
    }
}
