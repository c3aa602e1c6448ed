use super::*;

const RSA: KeyAlgorithm = KeyAlgorithm::Rsa { bits: 2048 };

fn input(algorithm: KeyAlgorithm, mechanism: SignMechanism, digest: usize) -> (u8, Vec<u8>) {
    let input =
        SigningInput::new(algorithm, mechanism, &vec![0xab; digest], &[0; pss::SALT]).unwrap();
    (input.algorithm, input.data)
}

#[test]
fn keys_have_the_references_tags_and_policies_of_the_standard() {
    let summary = |key: Key| (key.to_string(), key.certificate_tag()[2], key.policy());
    let all: Vec<_> = Key::ALL.into_iter().chain(Key::retired(0)).chain(Key::retired(19)).collect();
    assert_eq!(
        all.iter().copied().map(summary).collect::<Vec<_>>(),
        [
            ("9A".to_owned(), 0x05, PasscodePolicy::Once),
            ("9C".to_owned(), 0x0a, PasscodePolicy::Always),
            ("9D".to_owned(), 0x0b, PasscodePolicy::Once),
            ("9E".to_owned(), 0x01, PasscodePolicy::Never),
            ("82".to_owned(), 0x0d, PasscodePolicy::Once),
            ("95".to_owned(), 0x20, PasscodePolicy::Once),
        ]
    );
    assert!(all.iter().all(|key| Key::of(&key.id()) == Some(*key)));
    assert_eq!(Key::retired(20), None);
    for id in [&[][..], &[0x9b], &[0x81], &[0x96], &[0x9a, 0x9a]] {
        assert_eq!(Key::of(&KeyId(id.to_vec())), None);
    }
}

#[test]
fn rsa_is_given_the_whole_encoded_message() {
    for (bits, identifier) in [(2048, 0x07), (3072, 0x05), (4096, 0x16)] {
        let rsa = KeyAlgorithm::Rsa { bits };
        let (found, data) = input(rsa, SignMechanism::RsaPkcs1Sha256, 32);
        assert_eq!((found, data.len()), (identifier, usize::from(bits) / 8));
        assert_eq!(data[..3], [0x00, 0x01, 0xff]);
        let padding = data[2..].iter().take_while(|octet| **octet == 0xff).count();
        assert_eq!(data[2 + padding], 0x00);
        assert_eq!(2 + padding + 1 + 19 + 32, data.len());
        assert_eq!(data[data.len() - 32..], [0xab; 32]);
    }
}

#[test]
fn ecdsa_is_given_a_number_of_the_orders_length() {
    let (identifier, data) = input(KeyAlgorithm::EcP256, SignMechanism::Ecdsa, 64);
    assert_eq!((identifier, data), (0x11, vec![0xab; 32]));
    let (identifier, data) = input(KeyAlgorithm::EcP384, SignMechanism::Ecdsa, 32);
    assert_eq!((identifier, data), (0x14, [vec![0; 16], vec![0xab; 32]].concat()));
}

#[test]
fn what_does_not_fit_is_refused_before_the_card_is_asked() {
    for (algorithm, mechanism) in [
        (RSA, SignMechanism::Ecdsa),
        (KeyAlgorithm::EcP256, SignMechanism::RsaPkcs1Sha256),
        (KeyAlgorithm::EcP256, SignMechanism::RsaPssSha256),
        (KeyAlgorithm::EcP521, SignMechanism::Ecdsa),
        (KeyAlgorithm::Other, SignMechanism::Ecdsa),
        (KeyAlgorithm::Rsa { bits: 1024 }, SignMechanism::RsaPkcs1Sha256),
    ] {
        let refused = SigningInput::new(algorithm, mechanism, &[0; 32], &[0; pss::SALT]).err();
        assert!(matches!(refused, Some(CardError::Unsupported(_))), "{refused:?}");
    }
    let wrong =
        SigningInput::new(RSA, SignMechanism::RsaPkcs1Sha256, &[0; 20], &[0; pss::SALT]).err();
    assert_eq!(wrong, Some(CardError::DigestLength { length: 20 }));
}
