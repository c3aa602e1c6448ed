//! The tries that a PIV card has left, against cards that only know these two commands.
#![allow(clippy::unwrap_used, reason = "a test ends at what it did not expect")]

use std::{
    path::Path,
    sync::{Arc, Mutex, mpsc},
};

use support::{
    PATIENCE, inner,
    pcscd::{self, PORTS, Pcscd, READERS},
    run_inner,
    virtual_card::VirtualCard,
};
use wardkey_smartcard::{CardError, ReaderEvent, ReaderWatch, log_out, tries_left};

#[allow(dead_code, reason = "each test program uses a part of it")]
mod support;

const SELECT_PIV: &[u8] = &[0x00, 0xa4, 0x04, 0x00, 0x05, 0xa0, 0x00, 0x00, 0x03, 0x08];
const VERIFY_NOTHING: &[u8] = &[0x00, 0x20, 0x00, 0x80];
const FORGET: &[u8] = &[0x00, 0x20, 0xff, 0x80];
/// `GET DATA` of the discovery object.
const DISCOVER: &[u8] = &[0x00, 0xcb, 0x3f, 0xff, 0x03, 0x5c, 0x01, 0x7e, 0x00];

#[test]
fn asks_a_card_for_its_tries_and_gives_it_no_passcode() {
    let test = "asks_a_card_for_its_tries_and_gives_it_no_passcode";
    if let Some(folder) = inner(test) {
        pcscd::enter();
        ask(&folder);
    } else if pcscd::possible(test) {
        let folder = tempfile::tempdir().unwrap();
        run_inner(test, folder.path(), pcscd::isolated);
    }
}

fn ask(folder: &Path) {
    assert_eq!(tries_left(READERS[0]), Err(CardError::ReaderServiceMissing));
    let _daemon = Pcscd::start(folder);
    let (selected, verified) = (Arc::new(Mutex::new([0x90, 0x00])), Arc::new(Mutex::new([0, 0])));
    let commands = Arc::new(Mutex::new(Vec::new()));
    let card = {
        let (selected, verified) = (Arc::clone(&selected), Arc::clone(&verified));
        let commands = Arc::clone(&commands);
        VirtualCard::insert(PORTS[0], move |command| {
            commands.lock().unwrap().push(command.to_vec());
            match command {
                SELECT_PIV => selected.lock().unwrap().to_vec(),
                VERIFY_NOTHING => verified.lock().unwrap().to_vec(),
                _ => vec![0x6d, 0x00],
            }
        })
    };
    wait_for_card();
    let answer = |select: [u8; 2], verify: [u8; 2]| {
        *selected.lock().unwrap() = select;
        *verified.lock().unwrap() = verify;
        tries_left(READERS[0])
    };

    assert_eq!(answer([0x90, 0x00], [0x63, 0xc3]), Ok(Some(3)));
    let resets = card.resets();
    assert_eq!(answer([0x90, 0x00], [0x63, 0xc1]), Ok(Some(1)));
    assert_eq!(answer([0x90, 0x00], [0x69, 0x83]), Ok(Some(0)));
    assert_eq!(answer([0x90, 0x00], [0x90, 0x00]), Ok(None));
    let asked = commands.lock().unwrap().len();
    assert_eq!(answer([0x6a, 0x82], [0x63, 0xc3]), Ok(None));
    assert_eq!(commands.lock().unwrap().len(), asked + 1, "no VERIFY for a card without PIV");
    assert_eq!(card.resets(), resets, "the card is left as it is");

    let commands = commands.lock().unwrap();
    let known = [SELECT_PIV, DISCOVER, VERIFY_NOTHING];
    assert!(commands.iter().all(|command| known.contains(&&command[..])));

    assert_eq!(tries_left(READERS[1]), Ok(None));
    assert_eq!(tries_left("no such reader"), Ok(None));
    assert_eq!(tries_left("no such\0reader"), Ok(None));
}

#[test]
fn makes_a_card_forget_its_passcode() {
    let test = "makes_a_card_forget_its_passcode";
    if let Some(folder) = inner(test) {
        pcscd::enter();
        forget(&folder);
    } else if pcscd::possible(test) {
        let folder = tempfile::tempdir().unwrap();
        run_inner(test, folder.path(), pcscd::isolated);
    }
}

fn forget(folder: &Path) {
    let _daemon = Pcscd::start(folder);
    let state = Arc::new(Mutex::new((true, true, false, false)));
    let commands = Arc::new(Mutex::new(Vec::new()));
    let card = {
        let (state, commands) = (Arc::clone(&state), Arc::clone(&commands));
        VirtualCard::insert(PORTS[0], move |command| {
            let (has_piv, knows_forget, verified, silent) = &mut *state.lock().unwrap();
            commands.lock().unwrap().push(command.to_vec());
            match command {
                SELECT_PIV if *has_piv => vec![0x90, 0x00],
                SELECT_PIV => vec![0x6a, 0x82],
                VERIFY_NOTHING if *silent => vec![0x67, 0x00],
                VERIFY_NOTHING if *verified => vec![0x90, 0x00],
                VERIFY_NOTHING => vec![0x63, 0xc3],
                FORGET if *knows_forget => {
                    *verified = false;
                    vec![0x90, 0x00]
                }
                _ => vec![0x6a, 0x86],
            }
        })
    };
    wait_for_card();
    let told_as = |silent: bool, has_piv: bool, knows_forget: bool, verified: bool| {
        *state.lock().unwrap() = (has_piv, knows_forget, verified, silent);
        commands.lock().unwrap().clear();
        let before = card.resets();
        assert_eq!(log_out(READERS[0]), Ok(()));
        (commands.lock().unwrap().contains(&FORGET.to_vec()), card.resets() > before)
    };
    let told = |has_piv, knows_forget, verified| told_as(false, has_piv, knows_forget, verified);
    // The first connection powers the card up, which is no reset of ours.
    assert_eq!(tries_left(READERS[0]), Ok(Some(3)));
    assert_eq!(told(true, true, false), (false, false), "there is nothing to forget");
    assert_eq!(told(true, true, true), (true, false));
    assert_eq!(told(true, false, true), (true, true));
    assert_eq!(told(false, false, true), (false, true));
    assert_eq!(told_as(true, true, true, true), (true, false), "it does not say");
    assert_eq!(told_as(true, true, false, true), (true, true), "nor does it forget");
    assert_eq!(log_out(READERS[1]), Ok(()));
    assert_eq!(log_out("no such reader"), Ok(()));
}

fn wait_for_card() {
    let (sender, events) = mpsc::channel();
    let watch = ReaderWatch::start(move |event| {
        let readers = if let ReaderEvent::Readers(readers) = event { readers } else { Vec::new() };
        if readers.iter().any(|reader| reader.card_present) {
            // The first is enough.
            let _ = sender.send(());
        }
    });
    events.recv_timeout(PATIENCE).unwrap();
    watch.stop();
}
