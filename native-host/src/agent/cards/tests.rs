use std::{collections::VecDeque, time::Instant};

use wardkey_smartcard::{PasscodeState, TokenId};

use super::*;

fn seen(service: bool, readers: &[(&str, bool)]) -> ErrorCode {
    let cards = Cards::new(&Policy::default());
    let state = |(name, card_present): &(&str, bool)| ReaderState {
        name: (*name).to_owned(),
        card_present: *card_present,
        unresponsive: *name == "upside down",
        atr: Vec::new(),
        in_use: false,
    };
    let states = readers.iter().map(state).collect();
    *cards.state() = Readers { looked: true, service, states };
    cards.why_none().code
}

#[test]
fn why_there_is_no_card_is_told_from_the_service_down_to_the_card() {
    assert_eq!(seen(false, &[]), ErrorCode::ReaderServiceMissing);
    assert_eq!(seen(true, &[]), ErrorCode::ReaderMissing);
    assert_eq!(seen(true, &[("A", false), ("B", false)]), ErrorCode::CardMissing);
    assert_eq!(seen(true, &[("A", false), ("B", true)]), ErrorCode::CardUnreadable);
    assert_eq!(seen(true, &[("upside down", false)]), ErrorCode::CardUnreadable);
}

/// Answers with what it was given, and counts how often it was asked.
struct Scripted {
    answers: VecDeque<Result<Vec<Token>, CardError>>,
    asked: Arc<Mutex<usize>>,
    hung: Option<Instant>,
}

impl Module for Scripted {
    fn tokens(&mut self) -> Result<Vec<Token>, CardError> {
        *lock(&self.asked) += 1;
        self.answers.pop_front().unwrap()
    }

    fn hung(&self) -> Option<Instant> {
        self.hung
    }

    fn sign(&mut self, _: SignOrder<'_>) -> Result<Vec<Result<Vec<u8>, CardError>>, CardError> {
        panic!("nothing is signed here")
    }

    fn passcode_rules(&mut self, _: &TokenId) -> Result<PasscodeRules, CardError> {
        panic!("no passcode is set here")
    }

    fn set_passcode(&mut self, _: PasscodeOrder<'_>) -> Result<(), CardError> {
        panic!("no passcode is set here")
    }
}

fn token(reader: &str, label: &str) -> Token {
    Token {
        id: TokenId(format!("{reader} {label}")),
        reader: reader.to_owned(),
        label: label.to_owned(),
        serial: String::new(),
        manufacturer: String::new(),
        certificates: Vec::new(),
        passcode: PasscodeState::default(),
    }
}

type Answer = Result<Vec<Token>, CardError>;

/// What is read of cards in readers A and B by PIV and by a module, as way and label, and how often
/// the module was asked.
fn read(
    named: bool,
    piv: Answer,
    module: Answer,
) -> (Result<Vec<(usize, String)>, ErrorCode>, usize) {
    read_with(named, piv, module, None)
}

/// The same, of a module that hung at a time.
fn read_with(
    named: bool,
    piv: Answer,
    module: Answer,
    hung: Option<Instant>,
) -> (Result<Vec<(usize, String)>, ErrorCode>, usize) {
    let asked = Arc::<Mutex<usize>>::default();
    let way = |answer, asked: &Arc<Mutex<usize>>, hung| {
        let scripted = Scripted { answers: [answer].into(), asked: asked.clone(), hung };
        Mutex::new(Box::new(scripted) as Box<dyn Module>)
    };
    let ways = vec![way(piv, &Arc::default(), None), way(module, &asked, hung)];
    let state = |name: &str| ReaderState {
        name: name.to_owned(),
        card_present: true,
        unresponsive: false,
        atr: Vec::new(),
        in_use: false,
    };
    let states = ["A", "B"].map(state).to_vec();
    let readers = Mutex::new(Readers { looked: true, service: true, states });
    let (services, looked) = (Services::default(), Condvar::new());
    let readerless = Readerless::default();
    let cards = Cards { ways, named, has_module: true, services, readerless, readers, looked };
    let read = cards.read().map_err(|fault| fault.code);
    let read = read.map(|cards| {
        cards.into_iter().map(|card| (card.way, card.token.label)).collect::<Vec<_>>()
    });
    let asked = *lock(&asked);
    (read, asked)
}

fn is(way: usize, label: &str) -> (usize, String) {
    (way, label.to_owned())
}

#[test]
fn a_module_is_not_asked_where_piv_reads_every_card() {
    let piv = || Ok(vec![token("A", "a"), token("B", "b")]);
    let module = || Ok(vec![token("A", "A"), token("Soft slot", "soft")]);
    assert_eq!(read(false, piv(), module()), (Ok(vec![is(0, "a"), is(0, "b")]), 0));
    // One that policy names may have tokens without a reader.
    let all = vec![is(0, "a"), is(0, "b"), is(1, "soft")];
    assert_eq!(read(true, piv(), module()), (Ok(all), 1));
}

#[test]
fn no_card_is_seen_twice() {
    let module = Ok(vec![token("A", "A"), token("B", "B 1"), token("B", "B 2")]);
    let all = vec![is(0, "a"), is(1, "B 1"), is(1, "B 2")];
    assert_eq!(read(false, Ok(vec![token("A", "a")]), module), (Ok(all), 1));
}

#[test]
fn a_module_that_hung_is_left_out_for_a_while() {
    let piv = || Ok(vec![token("A", "a")]);
    let module = || Ok(vec![token("B", "B")]);
    let now = Instant::now();
    assert_eq!(read_with(true, piv(), module(), Some(now)), (Ok(vec![is(0, "a")]), 0));
    let long_ago = now.checked_sub(LEFT_OUT).unwrap();
    let both = vec![is(0, "a"), is(1, "B")];
    assert_eq!(read_with(true, piv(), module(), Some(long_ago)), (Ok(both), 1));
    // Where no other has a card it is the one to ask.
    let none = Ok(Vec::new());
    assert_eq!(read_with(true, none, module(), Some(now)), (Ok(vec![is(1, "B")]), 1));
}

#[test]
fn the_first_way_says_why_there_is_none() {
    let busy = Err(CardError::CardBusy);
    let failed = || Err(CardError::ModuleFailed { function: "C_Login".to_owned(), code: None });
    assert_eq!(read(false, busy, failed()), (Err(ErrorCode::CardBusy), 1));
    assert_eq!(read(false, Ok(Vec::new()), failed()), (Err(ErrorCode::ModuleFailed), 1));
    assert_eq!(read(false, Ok(Vec::new()), Ok(Vec::new())), (Err(ErrorCode::CardUnreadable), 1));
    let one = Ok(vec![token("B", "B")]);
    assert_eq!(read(false, Err(CardError::CardBusy), one), (Ok(vec![is(1, "B")]), 1));
}
