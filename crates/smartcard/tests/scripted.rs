//! The scripted card does what the others do.

use support::behaviour::{Hands, behaves};
use wardkey_smartcard::{
    CardCertificate, KeyAlgorithm, KeyId, KeyUses, PasscodeState, Token, TokenId,
    scripted::{ScriptedCard, ScriptedHand},
};

#[allow(dead_code, clippy::unwrap_used, reason = "each test program uses a part of it")]
mod support;

#[test]
fn behaves_as_cards_do() {
    let mut card = ScriptedCard::new(token(), PASSCODE, |_, _, digest| digest.to_vec());
    let mut hands = ScriptedHands(card.hand());
    behaves(&mut card, &mut hands);
}

struct ScriptedHands(ScriptedHand);

impl Hands for ScriptedHands {
    fn passcode(&self) -> &str {
        PASSCODE
    }

    fn pull(&mut self) -> bool {
        self.0.remove();
        true
    }

    fn put_back(&mut self) {
        self.0.insert();
    }

    fn verifies(&self, _: &CardCertificate, digest: &[u8], signature: &[u8]) -> bool {
        digest == signature
    }
}

fn token() -> Token {
    let certificate = |id: u8| CardCertificate {
        key: KeyId(vec![id]),
        der: Vec::new(),
        uses: KeyUses { login: id == 1, content_commitment: id == 2 },
        algorithm: KeyAlgorithm::EcP256,
        always_authenticate: Some(id == 2),
    };
    Token {
        id: TokenId("0".to_owned()),
        reader: "Scripted reader".to_owned(),
        label: "Card".to_owned(),
        serial: "1".to_owned(),
        manufacturer: "Nobody".to_owned(),
        certificates: vec![certificate(1), certificate(2)],
        passcode: PasscodeState { min_length: 4, max_length: 8, ..PasscodeState::default() },
    }
}

const PASSCODE: &str = "135792";
