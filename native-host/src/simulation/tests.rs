use std::{
    io::{BufRead as _, BufReader, Write as _},
    sync::mpsc,
    time::Duration,
};

use wardkey_agent_link::Socket;
use wardkey_smartcard::{
    CardCertificate, CardError, KeyId, Passcode, PasscodeState, ReaderEvent, ReaderState,
    SignMechanism, Token, TokenId, scripted::ScriptedCard,
};

use super::*;
use crate::{
    dialog::{
        client::{Dialog, DialogError, Window as _},
        screen::{Body, FromDialog, Screen, ToDialog, Typed, WhoAsks},
        words::Word,
    },
    interrupt::Interrupt,
    module::{self, Module as _, ModuleClient, SignOrder, Way},
};

fn reader(card_present: bool) -> ReaderEvent {
    ReaderEvent::Readers(vec![ReaderState {
        name: "Simulated reader".to_owned(),
        card_present,
        unresponsive: false,
        atr: Vec::new(),
        in_use: false,
    }])
}

/// A simulator that takes one connection, reads what it shall play and then does so.
fn simulator(
    plays: impl FnOnce(Part, BufReader<Stream>, Stream) + Send + 'static,
) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let socket = folder.path().join("cards.sock");
    let listener = Socket::bind(&socket).unwrap();
    thread::spawn(move || {
        let stream = listener.accept().unwrap();
        check_peer(&stream).unwrap();
        let mut input = BufReader::new(stream.try_clone().unwrap());
        let mut line = String::new();
        input.read_line(&mut line).unwrap();
        plays(serde_json::from_str(&line).unwrap(), input, stream);
    });
    (folder, socket)
}

#[test]
fn the_watch_tells_what_the_simulator_does_and_that_it_went() {
    let (_folder, socket) = simulator(|part, _, mut stream| {
        assert_eq!(part, Part::Readers);
        for event in [reader(false), reader(true), reader(true)] {
            writeln!(stream, "{}", serde_json::to_string(&event).unwrap()).unwrap();
        }
    });
    let (sender, events) = mpsc::channel();
    watch(socket, move |event| drop(sender.send(event)));
    let patience = Duration::from_secs(20);
    let told: Vec<_> = (0..3).map(|_| events.recv_timeout(patience).unwrap()).collect();
    assert_eq!(told, [reader(false), reader(true), ReaderEvent::ServiceMissing]);
}

#[test]
fn without_a_simulator_there_is_no_smartcard_service() {
    let folder = tempfile::tempdir().unwrap();
    let socket = folder.path().join("cards.sock");
    assert!(look(&socket).is_err());
    assert!(matches!(Dialog::simulated(&socket), Err(DialogError::NoSimulator)));
    let tokens = ModuleClient::new(Way::Simulated(socket)).tokens();
    assert_eq!(tokens, Err(CardError::ReaderServiceMissing));
}

fn card() -> ScriptedCard {
    let token = Token {
        id: TokenId("1".to_owned()),
        reader: "Simulated reader".to_owned(),
        label: "Card".to_owned(),
        serial: "1".to_owned(),
        manufacturer: "Nobody".to_owned(),
        certificates: vec![CardCertificate {
            key: KeyId(vec![1]),
            der: Vec::new(),
            uses: wardkey_smartcard::KeyUses::default(),
            algorithm: wardkey_smartcard::KeyAlgorithm::EcP256,
            always_authenticate: None,
        }],
        passcode: PasscodeState { min_length: 4, max_length: 8, ..PasscodeState::default() },
    };
    // As slow as a card, but for what begins with a nought.
    ScriptedCard::new(token, "1234", |_, _, digest| {
        if digest[0] != 0 {
            thread::sleep(Duration::from_millis(12));
        }
        digest.to_vec()
    })
}

#[test]
fn a_simulated_card_is_a_module_without_a_process() {
    let (_folder, socket) = simulator(|part, mut input, mut stream| {
        assert_eq!(part, Part::Cards);
        module::serve(Ok(card()), &mut input, &mut stream).unwrap();
    });
    let mut client = ModuleClient::new(Way::Simulated(socket));
    let token = client.tokens().unwrap().remove(0);
    assert_eq!(client.is_there(&token.id), Ok(true));
    assert_eq!(client.is_there(&TokenId("2".to_owned())), Ok(false));
    let mut sign = |passcode: &str| {
        let mut made = 0;
        let signed = client.sign(SignOrder {
            token: &token.id,
            key: &token.certificates[0].key,
            mechanism: SignMechanism::Ecdsa,
            digests: vec![vec![1; 32], vec![2; 32]],
            passcode: &Passcode::new(passcode.to_owned()),
            hold_passcode: false,
            interrupt: &Interrupt::default(),
            go_on: &mut |_| {
                made += 1;
                true
            },
        });
        (signed, made)
    };
    let wrong = Err(CardError::PasscodeWrong { tries_left: Some(2) });
    assert_eq!(sign("4321"), (wrong, 0));
    assert_eq!(sign("1234"), (Ok(vec![Ok(vec![1; 32]), Ok(vec![2; 32])]), 2));
}

#[test]
fn who_is_to_stop_has_one_more_under_way_and_takes_the_next_order() {
    let (_folder, socket) = simulator(|_, mut input, mut stream| {
        module::serve(Ok(card()), &mut input, &mut stream).unwrap();
    });
    let mut client = ModuleClient::new(Way::Simulated(socket));
    let token = client.tokens().unwrap().remove(0);
    let signed = client.sign(SignOrder {
        token: &token.id,
        key: &token.certificates[0].key,
        mechanism: SignMechanism::Ecdsa,
        digests: [1, 2, 3, 4].map(|digest| vec![digest; 32]).to_vec(),
        passcode: &Passcode::new("1234".to_owned()),
        hold_passcode: false,
        interrupt: &Interrupt::default(),
        go_on: &mut |_| false,
    });
    let stopped = || Err(CardError::Stopped);
    assert_eq!(signed, Ok(vec![Ok(vec![1; 32]), Ok(vec![2; 32]), stopped(), stopped()]));
    // What was said of the second is not taken for an order.
    assert_eq!(client.tokens().unwrap().len(), 1);
}

#[test]
fn what_is_made_quickly_is_told_together_and_in_order() {
    let (_folder, socket) = simulator(|_, mut input, mut stream| {
        module::serve(Ok(card()), &mut input, &mut stream).unwrap();
    });
    let mut client = ModuleClient::new(Way::Simulated(socket));
    let token = client.tokens().unwrap().remove(0);
    let digest = |(first, rest)| [vec![first], vec![rest; 31]].concat();
    let digests = [(0, 1), (0, 2), (3, 3), (0, 4), (0, 5)].map(digest).to_vec();
    let mut made = Vec::new();
    let signed = client.sign(SignOrder {
        token: &token.id,
        key: &token.certificates[0].key,
        mechanism: SignMechanism::Ecdsa,
        digests: digests.clone(),
        passcode: &Passcode::new("1234".to_owned()),
        hold_passcode: false,
        interrupt: &Interrupt::default(),
        go_on: &mut |signature| {
            made.push(signature.to_vec());
            true
        },
    });
    assert!(made.len() >= 3 && digests.starts_with(&made), "{made:?}");
    assert_eq!(signed, Ok(digests.into_iter().map(Ok).collect()));
}

#[test]
fn one_that_died_is_replaced_for_the_next_order() {
    let folder = tempfile::tempdir().unwrap();
    let socket = folder.path().join("cards.sock");
    let listener = Socket::bind(&socket).unwrap();
    thread::spawn(move || {
        // Each dies after an order; the first one before it has answered.
        for number in 0.. {
            let mut stream = listener.accept().unwrap();
            let mut lines = BufReader::new(stream.try_clone().unwrap()).lines();
            let (_, order) = (lines.next(), lines.next().unwrap().unwrap());
            if number > 0 {
                module::serve(Ok(card()), &mut order.as_bytes(), &mut stream).unwrap();
            }
        }
    });
    let mut client = ModuleClient::new(Way::Simulated(socket));
    for _ in 0..3 {
        assert_eq!(client.tokens().unwrap().len(), 1);
    }
}

#[test]
fn a_simulator_answers_in_place_of_a_window() {
    let (_folder, socket) = simulator(|part, input, mut stream| {
        assert_eq!(part, Part::Dialog);
        let line = input.lines().next().unwrap().unwrap();
        let ToDialog::Show(screen) = serde_json::from_str(&line).unwrap();
        assert_eq!(screen.who_asks.origin, "http://localhost:5173");
        let answer =
            FromDialog::Passcode { typed: Typed::new("1234".to_owned()), left_out: vec![] };
        writeln!(stream, "{}", serde_json::to_string(&answer).unwrap()).unwrap();
    });
    let mut window = Dialog::simulated(&socket).unwrap();
    window
        .show(Screen {
            title: Word::SignIn.into(),
            who_asks: WhoAsks {
                origin: "http://localhost:5173".to_owned(),
                within: None,
                program: None,
                user: false,
                server: None,
                relying_party: None,
                claims: None,
            },
            body: Body::Waiting { text: Word::ReadingCard.into(), stop: false },
        })
        .unwrap();
    let interrupt = std::sync::Arc::new(Interrupt::default());
    let patience = Duration::from_secs(20);
    let answer = window.answer(patience, &interrupt).unwrap();
    let FromDialog::Passcode { typed, .. } = answer else { panic!("no passcode") };
    assert_eq!(typed.into_inner(), "1234");
    // It went, and answers nothing more.
    assert!(matches!(window.answer(patience, &interrupt), Err(DialogError::NoWindow)));
}
