//! The PKCS#11 back end against SoftHSM.
#![allow(clippy::unwrap_used, reason = "a test ends at what it did not expect")]

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use cryptoki::{
    context::Pkcs11,
    session::{SessionState, UserType},
    types::AuthPin,
};
use support::{
    behaviour::{Hands, behaves},
    certificate::{mechanism, sha256, sha384, sha512, verifies, verifies_pss},
    command, inner, installed, run_inner, skip, successful,
};
use wardkey_smartcard::{
    CardBackend as _, CardCertificate, CardError, KeyAlgorithm, KeyId, LastTry, Passcode,
    Pkcs11Backend, SignMechanism, Token, TokenId,
};

#[allow(dead_code, reason = "each test program uses a part of it")]
mod support;

#[test]
fn certificates_say_what_their_keys_are_for() {
    let test = "certificates_say_what_their_keys_are_for";
    with_token(test, |mut cards, _| {
        let token = only_token(&mut cards);
        assert_eq!(token.label, "Bench card");
        assert_eq!(token.manufacturer, "SoftHSM project");
        assert!(!token.serial.is_empty());
        let mut found: Vec<_> = token.certificates.iter().map(summary).collect();
        found.sort();
        assert_eq!(
            found,
            [
                "01 login Rsa { bits: 2048 }",
                "02 content Rsa { bits: 2048 }",
                "03 login EcP256",
                "04 content EcP256",
            ]
        );
        let passcode = token.passcode;
        assert_eq!((passcode.min_length, passcode.max_length), (4, 255));
        assert!(!passcode.blocked && !passcode.last_try && !passcode.wrong_before);
        assert_eq!(passcode.tries_left, None, "SoftHSM has no such counter");
        assert_eq!(cards.is_there(&token.id), Ok(true));
        assert_eq!(cards.is_there(&TokenId(token.id.0.clone() + "x")), Ok(false));
    });
}

#[test]
fn a_soft_token_behaves_as_cards_do() {
    struct NoHands;
    impl Hands for NoHands {
        fn passcode(&self) -> &str {
            PASSCODE
        }
        fn pull(&mut self) -> bool {
            false
        }
        fn put_back(&mut self) {}
    }
    with_token("a_soft_token_behaves_as_cards_do", |mut cards, _| {
        behaves(&mut cards, &mut NoHands);
    });
}

#[test]
fn every_key_signs_so_that_its_certificate_verifies() {
    with_token("every_key_signs_so_that_its_certificate_verifies", |mut cards, _| {
        let token = only_token(&mut cards);
        let passcode = right();
        // 02 and 04 demand the passcode for each signature.
        for held in &token.certificates {
            let digests: Vec<_> = ["first", "second", "third"].map(sha256).to_vec();
            let (key, mechanism) = (&held.key, mechanism(held));
            let results = cards.sign_many(&token.id, key, mechanism, &digests, &passcode).unwrap();
            assert_eq!(results.len(), 3);
            for (digest, result) in digests.iter().zip(results) {
                let signature = result.unwrap();
                assert!(verifies(held, digest, &signature), "{key:?}");
                assert!(!verifies(held, &sha256("another"), &signature), "{key:?}");
            }
        }
    });
}

#[test]
fn rsa_signs_longer_digests_too() {
    with_token("rsa_signs_longer_digests_too", |mut cards, _| {
        let token = only_token(&mut cards);
        let held = certificate(&token, 1);
        let mut sign = |mechanism, digest: &[u8]| {
            cards.sign(&token.id, &held.key, mechanism, digest, &right())
        };
        for (mechanism, digest) in [
            (SignMechanism::RsaPkcs1Sha384, sha384("text")),
            (SignMechanism::RsaPkcs1Sha512, sha512("text")),
        ] {
            assert!(verifies(held, &digest, &sign(mechanism, &digest).unwrap()));
            let refused = sign(SignMechanism::RsaPkcs1Sha256, &digest);
            assert_eq!(refused, Err(CardError::DigestLength { length: digest.len() }));
        }
    });
}

#[test]
fn rsa_signs_with_pss_padding() {
    with_token("rsa_signs_with_pss_padding", |mut cards, _| {
        let token = only_token(&mut cards);
        // The second demands the passcode for each signature.
        for held in [certificate(&token, 1), certificate(&token, 2)] {
            for (mechanism, digest) in [
                (SignMechanism::RsaPssSha256, sha256("text")),
                (SignMechanism::RsaPssSha384, sha384("text")),
                (SignMechanism::RsaPssSha512, sha512("text")),
            ] {
                let signature = cards.sign(&token.id, &held.key, mechanism, &digest, &right());
                let signature = signature.unwrap();
                assert!(verifies_pss(held, &digest, &signature), "{mechanism:?}");
                assert!(!verifies(held, &digest, &signature), "{mechanism:?}");
            }
        }
        let refused =
            cards.sign(&token.id, &KeyId(vec![1]), SignMechanism::RsaPssSha256, &[0; 48], &right());
        assert_eq!(refused, Err(CardError::DigestLength { length: 48 }));
        let ec =
            cards.sign(&token.id, &KeyId(vec![3]), SignMechanism::RsaPssSha256, &[0; 32], &right());
        assert!(matches!(ec, Err(CardError::Unsupported(_))), "{ec:?}");
    });
}

#[test]
fn a_wrong_passcode_signs_nothing_and_is_remembered() {
    with_token("a_wrong_passcode_signs_nothing_and_is_remembered", |mut cards, _| {
        let token = only_token(&mut cards);
        for key in [1, 2, 3, 4] {
            let held = certificate(&token, key);
            let wrong = Passcode::new("000000".to_owned());
            let digests = [sha256("first"), sha256("second")];
            let signed = cards.sign_many(&token.id, &held.key, mechanism(held), &digests, &wrong);
            assert_eq!(signed, Err(CardError::PasscodeWrong { tries_left: None }));
        }
        assert!(only_token(&mut cards).passcode.wrong_before);
        let held = certificate(&token, 1);
        let digest = sha256("first");
        assert!(cards.sign(&token.id, &held.key, mechanism(held), &digest, &right()).is_ok());
        assert!(!only_token(&mut cards).passcode.wrong_before);
    });
}

#[test]
fn a_passcode_of_impossible_length_does_not_reach_the_token() {
    with_token("a_passcode_of_impossible_length_does_not_reach_the_token", |mut cards, _| {
        let token = only_token(&mut cards);
        let held = certificate(&token, 1);
        for typed in [String::new(), "123".to_owned(), "1".repeat(256)] {
            let passcode = Passcode::new(typed);
            let digest = sha256("text");
            let signed = cards.sign(&token.id, &held.key, mechanism(held), &digest, &passcode);
            assert_eq!(signed, Err(CardError::PasscodeLength { min: 4, max: 255 }));
        }
        assert!(!only_token(&mut cards).passcode.wrong_before);
    });
}

#[test]
fn the_token_is_logged_out_after_each_operation() {
    with_token("the_token_is_logged_out_after_each_operation", |mut cards, module| {
        let token = only_token(&mut cards);
        // The same instance of the module, which the back end has initialised.
        let context = Pkcs11::new(module).unwrap();
        let slot = context.get_slots_with_initialized_token().unwrap()[0];
        let session = context.open_ro_session(slot).unwrap();
        let state = || session.get_session_info().unwrap().session_state();
        let digest = sha256("text");
        for (key, passcode) in [(1, PASSCODE), (2, PASSCODE), (9, PASSCODE), (1, "000000")] {
            let key = KeyId(vec![key]);
            let passcode = Passcode::new(passcode.to_owned());
            let mechanism = SignMechanism::RsaPkcs1Sha256;
            let _ = cards.sign(&token.id, &key, mechanism, &digest, &passcode);
            assert!(matches!(state(), SessionState::RoPublic), "{key:?}: {:?}", state());
        }

        // Someone else's login is no reason to let a wrong passcode through.
        session.login(UserType::User, Some(&AuthPin::new(PASSCODE.into()))).unwrap();
        let wrong = Passcode::new("000000".to_owned());
        let key = KeyId(vec![1]);
        let signed = cards.sign(&token.id, &key, SignMechanism::RsaPkcs1Sha256, &digest, &wrong);
        assert_eq!(signed, Err(CardError::PasscodeWrong { tries_left: None }));
    });
}

#[test]
fn a_passcode_is_changed_and_set_anew_by_the_security_officer() {
    let test = "a_passcode_is_changed_and_set_anew_by_the_security_officer";
    with_token(test, |mut cards, _| {
        let token = only_token(&mut cards);
        let held = certificate(&token, 1).clone();
        let code = |typed: &str| Passcode::new(typed.to_owned());
        let rules = cards.passcode_rules(&token.id).unwrap();
        assert_eq!((rules.min_length, rules.max_length, rules.digits), (4, 255, false));
        let key = rules.unblocking.unwrap();
        assert_eq!((key.tries_left, key.min_length, key.max_length), (None, 4, 255));
        assert!(!rules.at_reader);
        let signs = |cards: &mut Pkcs11Backend, typed: &str| {
            let digest = sha256("text");
            cards.sign(&token.id, &held.key, mechanism(&held), &digest, &code(typed)).map(drop)
        };
        let wrong = || Err(CardError::PasscodeWrong { tries_left: None });

        let length = CardError::PasscodeLength { min: 4, max: 255 };
        let too_short = cards.change_passcode(&token.id, &code(PASSCODE), &code("123"));
        assert_eq!(too_short, Err(length));
        assert_eq!(cards.change_passcode(&token.id, &code("000000"), &code("abcd")), wrong());
        assert_eq!(cards.change_passcode(&token.id, &code(PASSCODE), &code("abcd")), Ok(()));
        assert_eq!(signs(&mut cards, PASSCODE), wrong());
        assert_eq!(signs(&mut cards, "abcd"), Ok(()));

        let mut unblock = |key: &str, last_try| {
            cards.unblock_passcode(&token.id, &code(key), &code("864209"), last_try)
        };
        // SoftHSM does not count, and nobody says so.
        let unwarned = Err(CardError::UnblockingKeyLastTry);
        assert_eq!(unblock(OFFICER, LastTry::Avoided), unwarned);
        let refused = Err(CardError::UnblockingKeyWrong { tries_left: None });
        assert_eq!(unblock("00000000", LastTry::Accepted), refused);
        assert_eq!(unblock(OFFICER, LastTry::Accepted), Ok(()));
        assert_eq!(signs(&mut cards, "abcd"), wrong());
        assert_eq!(signs(&mut cards, "864209"), Ok(()));
    });
}

#[test]
fn what_is_not_there_is_named() {
    with_token("what_is_not_there_is_named", |mut cards, module| {
        let token = only_token(&mut cards);
        let digest = sha256("text");
        let mut sign = |token: &TokenId, key, mechanism| {
            cards.sign(token, &KeyId(vec![key]), mechanism, &digest, &right())
        };
        let rsa = SignMechanism::RsaPkcs1Sha256;
        assert_eq!(sign(&token.id, 9, rsa), Err(CardError::KeyMissing));
        let other = TokenId("another".to_owned());
        assert_eq!(sign(&other, 1, rsa), Err(CardError::CardRemoved));
        let unfit = sign(&token.id, 1, SignMechanism::Ecdsa);
        assert!(matches!(unfit, Err(CardError::Unsupported(_))), "{unfit:?}");
        drop(cards);

        let missing = Pkcs11Backend::load(Path::new("/nonexistent/module.so")).err();
        assert!(matches!(missing, Some(CardError::ModuleMissing(_))), "{missing:?}");
        let text = module.with_file_name("softhsm2.conf");
        let no_module = Pkcs11Backend::load(&text).err();
        assert!(matches!(no_module, Some(CardError::ModuleMissing(_))), "{no_module:?}");
    });
}

#[test]
fn a_dropped_back_end_leaves_the_module_to_the_next() {
    with_token("a_dropped_back_end_leaves_the_module_to_the_next", |cards, module| {
        drop(cards);
        let mut cards = Pkcs11Backend::load(module).unwrap();
        assert_eq!(only_token(&mut cards).certificates.len(), 4);
        let second = Pkcs11Backend::load(module).err();
        let Some(CardError::ModuleFailed { function, code }) = second else {
            panic!("{second:?}");
        };
        assert_eq!(function, "C_Initialize");
        assert_eq!(code.as_deref(), Some("CryptokiAlreadyInitialized"));
        assert_eq!(only_token(&mut cards).certificates.len(), 4);
    });
}

const PASSCODE: &str = "246810";
const OFFICER: &str = "97531864";

fn right() -> Passcode {
    Passcode::new(PASSCODE.to_owned())
}

fn only_token(cards: &mut Pkcs11Backend) -> Token {
    let mut tokens = cards.tokens().unwrap();
    assert_eq!(tokens.len(), 1, "{tokens:?}");
    tokens.remove(0)
}

fn certificate(token: &Token, key: u8) -> &CardCertificate {
    token.certificates.iter().find(|held| held.key == KeyId(vec![key])).unwrap()
}

fn summary(held: &CardCertificate) -> String {
    let uses = match (held.uses.login, held.uses.content_commitment) {
        (true, false) => "login",
        (false, true) => "content",
        other => panic!("{other:?}"),
    };
    assert_eq!(held.always_authenticate, None, "SoftHSM shows private keys only after login");
    let algorithm: KeyAlgorithm = held.algorithm;
    format!("{:02} {uses} {algorithm:?}", held.key.0[0])
}

/// Runs a test with a token of four keys, where SoftHSM is installed.
fn with_token(test: &str, body: impl FnOnce(Pkcs11Backend, &Path)) {
    if let Some(folder) = inner(test) {
        // A link in the test's folder: the back end is to find the module by any path.
        let module = folder.join("module.so");
        return body(Pkcs11Backend::load(&module).unwrap(), &module);
    }
    if !installed(test, &["openssl", "softhsm2-util", "pkcs11-tool"]) {
        return;
    }
    let places = ["/usr/lib/softhsm", "/usr/lib64/pkcs11", "/usr/lib/pkcs11", "/opt/homebrew/lib"];
    let places = places.map(|place| Path::new(place).join("libsofthsm2.so"));
    let Some(softhsm) = places.into_iter().find(|path| path.exists()) else {
        skip(test, "SoftHSM's module is not installed");
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    std::os::unix::fs::symlink(softhsm, folder.join("module.so")).unwrap();
    let configuration = folder.join("softhsm2.conf");
    fs::create_dir(folder.join("tokens")).unwrap();
    let tokens = folder.join("tokens");
    fs::write(
        &configuration,
        format!("directories.tokendir = {}\nobjectstore.backend = file\n", tokens.display()),
    )
    .unwrap();
    let bench = Bench { folder: folder.to_owned(), configuration: configuration.clone() };
    bench.provision();
    run_inner(test, folder, |itself| {
        let mut command = Command::new(itself);
        command.env("SOFTHSM2_CONF", &configuration);
        command
    });
}

struct Bench {
    folder: PathBuf,
    configuration: PathBuf,
}

impl Bench {
    fn provision(&self) {
        let mut initialise = self.tool("softhsm2-util --init-token --free --so-pin");
        successful(initialise.args([OFFICER, "--label", "Bench card", "--pin", PASSCODE]));
        let (rsa, ec) = ("rsa:2048", "ec -pkeyopt ec_paramgen_curve:P-256");
        self.key("01", rsa, "digitalSignature", "");
        self.key("02", rsa, "nonRepudiation", " --always-auth");
        self.key("03", ec, "digitalSignature", "");
        self.key("04", ec, "nonRepudiation", " --always-auth");
    }

    fn key(&self, id: &str, algorithm: &str, usage: &str, options: &str) {
        let path = |suffix: &str| self.folder.join(format!("{id}.{suffix}"));
        successful(
            command(&format!("openssl req -x509 -nodes -days 30 -newkey {algorithm}"))
                .args(["-subj", "/O=nhs/OU=People/CN=555000000109", "-addext"])
                .arg(format!("keyUsage=critical,{usage}"))
                .arg("-keyout")
                .arg(path("pem"))
                .args(["-outform", "DER", "-out"])
                .arg(path("crt")),
        );
        successful(
            command("openssl pkey -outform DER -in").arg(path("pem")).arg("-out").arg(path("der")),
        );
        self.write(&path("der"), &format!("privkey --usage-sign --id {id}{options}"));
        self.write(&path("crt"), &format!("cert --id {id}"));
    }

    fn write(&self, file: &Path, words: &str) {
        let mut write = self.tool(&format!("pkcs11-tool --login --pin {PASSCODE} --type {words}"));
        write.arg("--module").arg(self.folder.join("module.so")).arg("--write-object").arg(file);
        successful(&mut write);
    }

    fn tool(&self, words: &str) -> Command {
        let mut tool = command(words);
        tool.env("SOFTHSM2_CONF", &self.configuration);
        tool
    }
}
