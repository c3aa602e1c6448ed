use wardkey_smartcard::{
    KeyAlgorithm, KeyId, KeyUses, Passcode, PasscodeState, SignMechanism, TokenId,
};

use super::*;

fn card(uid: &str, desk: Weak<Desk>) -> Result<ScriptedCard> {
    let token = Token {
        id: TokenId(uid.to_owned()),
        reader: String::new(),
        label: uid.to_owned(),
        serial: uid.to_owned(),
        manufacturer: "Nobody".to_owned(),
        certificates: vec![CardCertificate {
            key: KeyId(vec![1]),
            der: Vec::new(),
            uses: KeyUses { login: true, content_commitment: false },
            algorithm: KeyAlgorithm::EcP256,
            always_authenticate: None,
        }],
        passcode: PasscodeState { min_length: 4, max_length: 8, ..PasscodeState::default() },
    };
    let signer = |_: &KeyId, _, digest: &[u8]| digest.to_vec();
    let pulled = move || desk.upgrade().iter().for_each(|desk| desk.look());
    Ok(ScriptedCard::new(token, "1234", signer).absent().telling(pulled))
}

fn insert(desk: &Arc<Desk>, uid: &str, reader: usize) -> Result<()> {
    desk.insert(uid, reader, |desk| card(uid, desk))
}

/// Which readers have a card, event by event.
fn told(events: &Receiver<ReaderEvent>) -> Vec<Vec<bool>> {
    let full = |event| match event {
        ReaderEvent::Readers(states) => {
            states.into_iter().map(|state: ReaderState| state.card_present).collect()
        }
        _ => panic!("the service went"),
    };
    events.try_iter().map(full).collect()
}

fn read(desk: &Arc<Desk>) -> Result<Vec<(String, String)>, CardError> {
    let tokens = desk.backend().tokens()?;
    Ok(tokens.into_iter().map(|token| (token.serial, token.reader)).collect())
}

fn sign(desk: &Arc<Desk>, uid: &str) -> Result<Vec<u8>, CardError> {
    let passcode = Passcode::new("1234".to_owned());
    let (token, key) = (TokenId(uid.to_owned()), KeyId(vec![1]));
    desk.backend().sign(&token, &key, SignMechanism::Ecdsa, &[7; 32], &passcode)
}

#[test]
fn a_card_takes_the_place_of_another_which_is_seen_to_go() {
    let desk = Desk::new(1);
    let events = desk.watch();
    insert(&desk, "amira", 1).unwrap();
    insert(&desk, "tom", 1).unwrap();
    desk.remove(1).unwrap();
    assert_eq!(told(&events), [vec![false], vec![true], vec![false], vec![true], vec![false]]);
    assert!(desk.remove(1).is_err() && insert(&desk, "tom", 2).is_err());
    insert(&desk, "amira", 1).unwrap();
    assert_eq!(read(&desk).unwrap(), [("amira".to_owned(), "Simulated reader".to_owned())]);
    assert_eq!(sign(&desk, "tom"), Err(CardError::CardRemoved));
    assert_eq!(sign(&desk, "amira"), Ok(vec![7; 32]));
}

#[test]
fn a_card_is_in_one_of_several_readers() {
    let desk = Desk::new(2);
    insert(&desk, "amira", 1).unwrap();
    insert(&desk, "tom", 2).unwrap();
    assert_eq!(read(&desk).unwrap().len(), 2);
    insert(&desk, "amira", 2).unwrap();
    assert_eq!(desk.in_readers(), [(2, "amira".to_owned())]);
    assert_eq!(read(&desk).unwrap(), [("amira".to_owned(), "Simulated reader 2".to_owned())]);
}

#[test]
fn faults_are_the_cards_own() {
    let desk = Desk::new(2);
    insert(&desk, "amira", 1).unwrap();
    insert(&desk, "tom", 2).unwrap();
    desk.fault("amira", &Fault::Busy).unwrap();
    assert_eq!(read(&desk).unwrap(), [("tom".to_owned(), "Simulated reader 2".to_owned())]);
    desk.remove(2).unwrap();
    assert_eq!(read(&desk), Err(CardError::CardBusy));
    desk.hand("amira").unwrap().forgive();

    desk.fault("amira", &Fault::WrongPin(1)).unwrap();
    assert_eq!(sign(&desk, "amira"), Err(CardError::PasscodeWrong { tries_left: Some(2) }));
    assert_eq!(sign(&desk, "amira"), Ok(vec![7; 32]));

    let events = desk.watch();
    desk.fault("amira", &Fault::RemoveAt(2)).unwrap();
    assert_eq!(read(&desk).unwrap().len(), 1);
    assert_eq!(sign(&desk, "amira"), Err(CardError::CardRemoved));
    assert_eq!(told(&events), [[true, false], [false, false]]);
    assert!(desk.in_readers().is_empty());
    assert!(desk.fault("amira", &Fault::RemoveAt(0)).is_err());
    assert!(desk.fault("rosa", &Fault::Busy).is_err());
}

#[test]
fn a_card_that_is_out_spends_nothing_of_its_fault() {
    let desk = Desk::new(1);
    insert(&desk, "amira", 1).unwrap();
    desk.fault("amira", &Fault::RemoveAt(1)).unwrap();
    desk.remove(1).unwrap();
    assert_eq!(read(&desk), Ok(Vec::new()));
    insert(&desk, "amira", 1).unwrap();
    assert_eq!(read(&desk), Err(CardError::CardRemoved));
    assert!(desk.in_readers().is_empty());
}
