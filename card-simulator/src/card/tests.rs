use clap::ValueEnum as _;

use super::{Card, Kind};
use crate::administrator::{Administrator, Pin};
use crate::applet::{Seed, with_applet};
use crate::public_key::{Algorithm, Slot};
use crate::store::Store;

const RIGHT: &[u8] = b"\x00\x20\x00\x80\x08123456\xff\xff";
const WRONG: &[u8] = b"\x00\x20\x00\x80\x08999999\xff\xff";
const STATUS: &[u8] = &[0x00, 0x20, 0x00, 0x80];
const GET_CHUID: &[u8] = &[0x00, 0xcb, 0x3f, 0xff, 0x05, 0x5c, 0x03, 0x5f, 0xc1, 0x02];

/// Runs `body` with a card that was never used, in a folder of its own.
fn with_card<T>(seed: u8, body: impl FnOnce(&mut Card<'_>) -> T) -> T {
    with_kind(Kind::Usual, seed, body)
}

fn with_kind<T>(kind: Kind, seed: u8, body: impl FnOnce(&mut Card<'_>) -> T) -> T {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::create(&folder.path().join("card")).unwrap();
    with_applet(&store, &Seed::new([seed; 32]), |applet| Ok(body(&mut Card::of(kind, applet))))
        .unwrap()
}

fn sign(slot: Slot) -> Vec<u8> {
    let digest = crate::tlv::object(&[0x81], &[7; 32]);
    let template =
        crate::tlv::object(&[0x7c], &[crate::tlv::object(&[0x82], &[]), digest].concat());
    [&[0x00, 0x87, 0x11, slot.reference(), template.len() as u8][..], &template, &[0]].concat()
}

fn status(answer: &[u8]) -> [u8; 2] {
    *answer.last_chunk().unwrap()
}

#[test]
fn a_truncated_name_selects_the_application() {
    with_card(1, |card| {
        let short = [0x00, 0xa4, 0x04, 0x00, 5, 0xa0, 0x00, 0x00, 0x03, 0x08];
        assert_eq!(status(&card.transmit(&short)), [0x90, 0x00]);
        let other = [0x00, 0xa4, 0x04, 0x00, 5, 0xa0, 0x00, 0x00, 0x03, 0x09];
        assert_ne!(status(&card.transmit(&other)), [0x90, 0x00]);
        let too_short = [0x00, 0xa4, 0x04, 0x00, 4, 0xa0, 0x00, 0x00, 0x03];
        assert_ne!(status(&card.transmit(&too_short)), [0x90, 0x00]);
    });
}

#[test]
fn a_card_that_prefers_the_global_pin_counts_both_by_themselves() {
    with_kind(Kind::GlobalPin, 5, |card| {
        let discovery = card.transmit(&[0x00, 0xcb, 0x3f, 0xff, 0x03, 0x5c, 0x01, 0x7e, 0x00]);
        assert_eq!(discovery[16..], [0x2f, 0x02, 0x60, 0x20, 0x90, 0x00]);
        let global = |apdu: &[u8]| [&[0x00, 0x20, 0x00, 0x00][..], &apdu[4..]].concat();
        assert_eq!(card.transmit(&global(STATUS)), [0x63, 0xc3]);
        assert_eq!(card.transmit(&global(WRONG)), [0x63, 0xc2]);
        for own in [STATUS, RIGHT] {
            assert_eq!(card.transmit(own), [0x63, 0xc5]);
        }
        assert_eq!(card.transmit(&global(RIGHT)), [0x90, 0x00]);
        assert_eq!(card.transmit(&global(STATUS)), [0x90, 0x00]);
        card.reset();
        assert_eq!(card.transmit(&global(STATUS)), [0x63, 0xc3]);
    });
}

#[test]
fn extended_lengths_go_both_ways_where_the_card_takes_them() {
    let extended = |head: [u8; 4], data: &[u8]| {
        let length = u16::try_from(data.len()).unwrap().to_be_bytes();
        [&head[..], &[0], &length, data, &[0, 0]].concat()
    };
    let content = [0x30; 700];
    let get = [0x5c, 0x03, 0x5f, 0xc1, 0x05];
    let put = |card: &mut Card<'_>| {
        let mut session = Administrator::authenticate(card).unwrap();
        session.put_certificate(Slot::Authentication, &content).unwrap();
        session.generate(Slot::Signature, Algorithm::Eccp256).unwrap();
    };
    with_kind(Kind::ExtendedLengths, 14, |card| {
        put(card);
        let answer = card.transmit(&extended([0x00, 0xcb, 0x3f, 0xff], &get));
        assert_eq!(status(&answer), [0x90, 0x00]);
        let object = crate::tlv::find(&[0x53], &answer[..answer.len() - 2]).unwrap();
        assert_eq!(crate::tlv::find(&[0x70], object), Some(&content[..]));
        // As much as was asked for, and the rest by short ones.
        let mut some = extended([0x00, 0xcb, 0x3f, 0xff], &get);
        let le = some.len() - 2;
        some[le..].copy_from_slice(&[0x01, 0x2c]);
        let answer = card.transmit(&some);
        assert_eq!((answer.len(), status(&answer)[0]), (302, 0x61));
        assert_eq!(card.transmit(RIGHT), [0x90, 0x00]);
    });
    for kind in [Kind::ExtendedLengthsRefused, Kind::Usual] {
        with_kind(kind, 15, |card| {
            put(card);
            let refused = card.transmit(&extended([0x00, 0xcb, 0x3f, 0xff], &get));
            assert_eq!(refused, [0x67, 0x00], "{kind:?}");
            assert_eq!(card.transmit(RIGHT), [0x90, 0x00]);
            assert_eq!(status(&card.transmit(&sign(Slot::Signature))), [0x90, 0x00]);
            assert_eq!(card.transmit(RIGHT), [0x90, 0x00]);
            let sign = sign(Slot::Signature);
            let (head, data) = (sign[..4].try_into().unwrap(), &sign[5..sign.len() - 1]);
            assert_eq!(card.transmit(&extended(head, data)), [0x67, 0x00], "{kind:?}");
            assert_eq!(card.transmit(&sign), [0x69, 0x82], "{kind:?}: the PIN was not forgotten");
        });
    }
}

#[test]
fn every_answer_to_reset_ends_with_its_check_byte() {
    for kind in Kind::value_variants() {
        let bytes = &kind.answer_to_reset()[1..];
        assert_eq!(bytes.iter().fold(0, |sum, byte| sum ^ byte), 0, "{kind:?}");
    }
}

#[test]
fn a_card_over_the_air_takes_no_pin() {
    with_kind(Kind::Contactless, 6, |card| {
        for apdu in [STATUS, RIGHT, WRONG] {
            assert_eq!(card.transmit(apdu), [0x69, 0x82]);
        }
    });
}

#[test]
fn a_command_without_le_gets_data() {
    with_card(2, |card| {
        let answer = card.transmit(GET_CHUID);
        assert_eq!(status(&answer), [0x90, 0x00]);
        assert!(answer.len() > 40, "a CHUID has some 60 bytes");
        let with_le = [GET_CHUID, &[0x00]].concat();
        assert_eq!(card.transmit(&with_le), answer);
    });
}

#[test]
fn a_long_answer_comes_in_parts() {
    with_card(3, |card| {
        let content: Vec<u8> = (0..700).map(|number| number as u8).collect();
        Administrator::authenticate(card)
            .unwrap()
            .put_certificate(Slot::Authentication, &content)
            .unwrap();
        let get = [0x00, 0xcb, 0x3f, 0xff, 0x05, 0x5c, 0x03, 0x5f, 0xc1, 0x05, 0x00];
        let first = card.transmit(&get);
        assert_eq!((first.len(), status(&first)[0]), (258, 0x61));
        let second = card.transmit(&[0x00, 0xc0, 0x00, 0x00, 0x00]);
        assert_eq!((second.len(), status(&second)[0]), (258, 0x61));
        let third = card.transmit(&[0x00, 0xc0, 0x00, 0x00, status(&second)[1]]);
        assert_eq!(status(&third), [0x90, 0x00]);
        let whole = [&first[..256], &second[..256], &third[..third.len() - 2]].concat();
        let object = crate::tlv::find(&[0x53], &whole).unwrap();
        assert_eq!(crate::tlv::find(&[0x70], object), Some(&content[..]));
    });
}

#[test]
fn the_longest_certificate_fits() {
    with_card(13, |card| {
        let content = vec![0x30; crate::provision::CERTIFICATE_BYTES];
        let mut session = Administrator::authenticate(card).unwrap();
        for slot in Slot::USUAL {
            session.put_certificate(slot, &content).unwrap();
        }
        let mut answer =
            card.transmit(&[0x00, 0xcb, 0x3f, 0xff, 0x05, 0x5c, 0x03, 0x5f, 0xc1, 0x0a, 0x00]);
        let mut whole = Vec::new();
        while let Some((data, [0x61, _])) = answer.split_last_chunk() {
            whole.extend_from_slice(data);
            answer = card.transmit(&[0x00, 0xc0, 0x00, 0x00, 0x00]);
        }
        whole.extend_from_slice(&answer[..answer.len() - 2]);
        let object = crate::tlv::find(&[0x53], &whole).unwrap();
        assert_eq!(crate::tlv::find(&[0x70], object), Some(&content[..]));
    });
}

#[test]
fn a_broken_chain_is_refused_and_forgotten() {
    with_card(4, |card| {
        assert_eq!(card.transmit(&[0x10, 0xdb, 0x3f, 0xff, 0x01, 0x5c, 0x00]), [0x90, 0x00]);
        assert_ne!(status(&card.transmit(RIGHT)), [0x90, 0x00]);
        assert_eq!(card.transmit(RIGHT), [0x90, 0x00]);
    });
}

#[test]
fn what_is_no_command_gets_an_error() {
    with_card(5, |card| {
        for apdu in [&[][..], &[0x00], &[0x00, 0x20, 0x00], &[0xff, 0x20, 0x00, 0x80]] {
            let answer = card.transmit(apdu);
            assert!(answer.len() == 2 && answer[0] >= 0x67, "{apdu:02x?}: {answer:02x?}");
        }
    });
}

#[test]
fn a_reset_forgets_the_pin() {
    with_card(6, |card| {
        assert_eq!(card.transmit(RIGHT), [0x90, 0x00]);
        assert_eq!(card.transmit(STATUS), [0x90, 0x00]);
        card.reset();
        assert_eq!(card.transmit(STATUS), [0x63, 0xc3]);
    });
}

#[test]
fn wrong_pins_count_down_to_blocked() {
    with_card(7, |card| {
        for (answer, left) in [([0x63, 0xc2], 2), ([0x63, 0xc1], 1), ([0x69, 0x83], 0)] {
            assert_eq!(card.transmit(WRONG), answer);
            assert_eq!(card.pin_tries(), left);
        }
        assert_eq!(card.transmit(RIGHT), [0x69, 0x83]);
    });
}

#[test]
fn asking_for_the_tries_leaves_the_pin_verified() {
    with_card(8, |card| {
        Administrator::authenticate(card)
            .unwrap()
            .generate(Slot::Signature, Algorithm::Eccp256)
            .unwrap();
        assert_eq!(card.transmit(RIGHT), [0x90, 0x00]);
        assert_eq!(card.pin_tries(), 3);
        assert_eq!(status(&card.transmit(&sign(Slot::Signature))), [0x90, 0x00]);
    });
}

#[test]
fn the_signature_key_wants_the_pin_each_time_and_the_login_key_once() {
    with_card(9, |card| {
        let mut session = Administrator::authenticate(card).unwrap();
        for slot in Slot::USUAL {
            session.generate(slot, Algorithm::Eccp256).unwrap();
        }
        assert_eq!(card.transmit(&sign(Slot::Authentication)), [0x69, 0x82]);
        assert_eq!(card.transmit(RIGHT), [0x90, 0x00]);
        for expected in [[0x90, 0x00], [0x69, 0x82]] {
            assert_eq!(status(&card.transmit(&sign(Slot::Signature))), expected);
        }
        for _ in 0..2 {
            assert_eq!(status(&card.transmit(&sign(Slot::Authentication))), [0x90, 0x00]);
        }
    });
}

#[test]
fn the_pin_can_be_changed_by_who_knows_it() {
    with_card(10, |card| {
        let mut session = Administrator::authenticate(card).unwrap();
        let new = Pin::new("654321").unwrap();
        assert!(session.change_pin(&new, &new).is_err());
        session.change_pin(&Pin::of_a_fresh_card(), &new).unwrap();
        assert_eq!(card.transmit(RIGHT), [0x63, 0xc2]);
    });
}

#[test]
fn keys_follow_from_the_seed_alone() {
    let key = |seed| {
        with_card(seed, |card| {
            Administrator::authenticate(card)
                .unwrap()
                .generate(Slot::Authentication, Algorithm::Eccp256)
                .unwrap()
        })
    };
    assert_eq!(key(11), key(11));
    assert_ne!(key(11), key(12));
}
