use super::*;

/// By OpenSSL 3.0 over the word `Wardkey`, the salt and the encoded message (here its SHA-256) read
/// back from the signature: `openssl pkeyutl -sign -pkeyopt rsa_padding_mode:pss`, then
/// `openssl rsautl -verify -raw`.
const OPENSSL: [(SignMechanism, &str, &str); 3] = [
    (
        SignMechanism::RsaPssSha256,
        "755e43090ff83980cb9668ae32ca9f0114381fd946a2d7e99d629c08eab65e3f",
        "e464cd2c76106248e4663eafb918c1b53d8384a8557aba8749ae60a1c677e0c8",
    ),
    (
        SignMechanism::RsaPssSha384,
        "06c8ac3c5a3a4d884cbb71a3f1cd6936997bd28d1814d68722571b4d845982a0\
         c4b1b0de99879f4b56ad11b7a0585939",
        "2172def8ccf9c73e6ea33ccf97d8e5c0fda2473b771b425a0d58b082df16c24c",
    ),
    (
        SignMechanism::RsaPssSha512,
        "dcb3c56345220c75b66ec15ec552d14d6db4a4260cbe814b29a637cce4880f3b\
         e2b096872df565bd0abf5739e0523209f3e4db45e525e742d8076ea810692cd0",
        "9053b731e13f4330772afa48d6da757895d30ffc8edbadd73719130d5d10e06f",
    ),
];

fn digest(mechanism: SignMechanism) -> Vec<u8> {
    match mechanism {
        SignMechanism::RsaPssSha256 => Sha256::digest(b"Wardkey").to_vec(),
        SignMechanism::RsaPssSha384 => Sha384::digest(b"Wardkey").to_vec(),
        _ => Sha512::digest(b"Wardkey").to_vec(),
    }
}

fn octets(hexadecimal: &str) -> Vec<u8> {
    let pairs = hexadecimal.as_bytes().chunks(2);
    pairs.map(|pair| u8::from_str_radix(str::from_utf8(pair).unwrap(), 16).unwrap()).collect()
}

#[test]
fn an_encoded_message_is_the_one_that_openssl_makes() {
    for (mechanism, salt, wanted) in OPENSSL {
        let mut padded = [0xee; SALT];
        padded[..salt.len() / 2].copy_from_slice(&octets(salt));
        let encoded = encoded(mechanism, &digest(mechanism), &padded, 256).unwrap();
        assert_eq!(encoded.len(), 256);
        assert_eq!(Sha256::digest(&encoded).to_vec(), octets(wanted), "{mechanism:?}");
    }
}

#[test]
fn a_modulus_that_is_too_short_has_none() {
    let shortest = 2 * 64 + 2;
    let of = |length| {
        let mechanism = SignMechanism::RsaPssSha512;
        encoded(mechanism, &digest(mechanism), &[0; SALT], length).map(|encoded| encoded.len())
    };
    assert_eq!([of(0), of(64), of(shortest - 1), of(shortest)], [None, None, None, Some(shortest)]);
    let other = encoded(SignMechanism::RsaPkcs1Sha256, &[0; 32], &[0; SALT], 256);
    assert_eq!(other, None);
}
