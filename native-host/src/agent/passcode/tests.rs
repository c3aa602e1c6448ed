use serde_json::{Value, json};
use wardkey_smartcard::scripted::{ScriptedCard, ScriptedHand};

use super::*;
use crate::{
    agent::testing::{OTHER_READER, PASSCODE, READER, WARD, World, amira, tom_in},
    dialog::screen::{Body, NewPasscodeBody, ToldBody},
};

const KEY: &str = "12345678";
const NEW: &str = "864200";

/// A desktop with this card in the reader.
fn with(card: ScriptedCard) -> (World, ScriptedHand) {
    let (world, hand) = (World::new(), card.hand());
    world.insert(card);
    (world, hand)
}

fn set(world: &World, by: SetBy) -> Result<PasscodeSet, Fault> {
    let interrupt = Arc::new(Interrupt::default());
    world.agent.set_passcode(&interrupt, by, &PasscodeArgs::default())
}

fn code(outcome: Result<PasscodeSet, Fault>) -> ErrorCode {
    outcome.unwrap_err().code
}

/// The screens that asked for another passcode.
fn asked(world: &World) -> Vec<NewPasscodeBody> {
    let screens = world.user().screens.clone();
    let bodies = screens.into_iter().filter_map(|screen| match screen.body {
        Body::NewPasscode(body) => Some(*body),
        _ => None,
    });
    bodies.collect()
}

/// What the user was told.
fn told(world: &World) -> Vec<ToldBody> {
    let screens = world.user().screens.clone();
    let bodies = screens.into_iter().filter_map(|screen| match screen.body {
        Body::Told(body) => Some(*body),
        _ => None,
    });
    bodies.collect()
}

fn outcomes(world: &World, action: &str) -> Vec<Value> {
    world.audit(action).into_iter().map(|entry| entry["outcome"].clone()).collect()
}

#[test]
fn a_passcode_is_changed_by_the_cards_own_rules() {
    let (world, hand) = with(amira().refusing("00000"));
    let sequence = [
        ("1111", NEW),
        (PASSCODE, "123"),
        (PASSCODE, "abcdef"),
        (PASSCODE, "00000"),
        (PASSCODE, NEW),
    ];
    world.user().new_passcodes = sequence.into_iter().rev().collect();
    assert_eq!(set(&world, SetBy::Passcode), Ok(PasscodeSet { reader: READER.to_owned() }));
    assert!(hand.has_passcode(NEW));

    let asked = asked(&world);
    assert_eq!(asked.len(), 5);
    let rules = asked[0].rules;
    assert_eq!((rules.lengths.min, rules.lengths.max, rules.digits), (4, 8, true));
    assert_eq!((asked[0].tries.left, asked[0].tries.wrong), (Some(3), false));
    assert_eq!((asked[1].tries.left, asked[1].tries.wrong), (Some(2), true));
    assert_eq!(asked[2].note.as_ref().map(|note| note.word()), Some(Word::RuleDigits));
    assert_eq!(asked[4].note.as_ref().map(|note| note.word()), Some(Word::NewPasscodeRefused));
    let told = told(&world);
    assert!(told.len() == 1 && told[0].is_well, "{told:?}");

    // The record has who, which card and how it ended, and neither passcode.
    assert_eq!(outcomes(&world, "change_passcode"), ["ok"]);
    let record = std::fs::read_to_string(world.instance.audit()).unwrap();
    assert!(record.contains("\"card\":\"amira\"") && !record.contains(NEW), "{record}");
    // And it is the one to sign in with.
    world.user().passcodes = vec![NEW.to_owned()];
    world.call(WARD, true, "sign_in", json!({})).unwrap();
}

#[test]
fn a_user_who_cancels_has_changed_nothing() {
    let (world, hand) = with(amira());
    assert_eq!(code(set(&world, SetBy::Passcode)), ErrorCode::UserCancelled);
    assert!(hand.has_passcode(PASSCODE) && hand.passcodes_given() == 0);
    assert_eq!(outcomes(&world, "change_passcode"), ["user_cancelled"]);
}

#[test]
fn a_blocked_card_is_not_tried_and_leads_to_its_unblocking_key() {
    let (world, hand) = with(amira().with_unblocking_key(KEY).with_tries(0));
    // They do not want to.
    assert_eq!(code(set(&world, SetBy::Passcode)), ErrorCode::PasscodeBlocked);
    assert_eq!(told(&world)[0].offer, Some(SetBy::UnblockingKey));
    assert!(asked(&world).is_empty() && hand.passcodes_given() == 0);

    world.user().accepts = true;
    world.user().new_passcodes = vec![(KEY, NEW), ("00000000", NEW)];
    set(&world, SetBy::Passcode).unwrap();
    assert!(hand.has_passcode(NEW) && hand.tries_left() == 3);
    // Before one was wrong nobody knows how many tries the key has.
    let asked = asked(&world);
    assert_eq!(
        (asked[0].by, asked[0].tries.left, asked[0].tries.last),
        (SetBy::UnblockingKey, None, true)
    );
    assert_eq!(
        (asked[1].tries.left, asked[1].tries.last, asked[1].tries.wrong),
        (Some(2), false, true)
    );
    assert_eq!(outcomes(&world, "unblock_passcode"), ["ok"]);
}

#[test]
fn wrong_passcodes_block_it_and_wrong_keys_end_it() {
    let (world, hand) = with(amira().with_unblocking_key(KEY));
    world.user().accepts = true;
    let wrong = |typed| std::iter::repeat_n((typed, NEW), 3);
    world.user().new_passcodes = wrong("00000000").chain(wrong("1111")).collect();
    assert_eq!(code(set(&world, SetBy::Passcode)), ErrorCode::UnblockingKeyBlocked);
    assert_eq!((hand.tries_left(), hand.key_tries_left()), (0, 0));
    let last = asked(&world).into_iter().map(|body| body.tries.last).collect::<Vec<_>>();
    assert_eq!(last, [false, false, true, true, false, true]);
    assert_eq!(told(&world).last().unwrap().text.word(), Word::UnblockingKeyBlocked);
    // From now on it is not even asked.
    world.user().screens.clear();
    assert_eq!(code(set(&world, SetBy::UnblockingKey)), ErrorCode::UnblockingKeyBlocked);
    assert!(asked(&world).is_empty());
}

#[test]
fn a_card_without_such_a_key_says_so() {
    let (world, _) = with(amira());
    assert_eq!(code(set(&world, SetBy::UnblockingKey)), ErrorCode::PasscodeUnchangeable);
    let (world, _) = with(amira().with_tries(0));
    world.user().accepts = true;
    assert_eq!(code(set(&world, SetBy::Passcode)), ErrorCode::PasscodeBlocked);
    assert!(told(&world).is_empty(), "there is nothing to offer");
}

#[test]
fn signing_in_leads_a_blocked_card_to_its_unblocking_key_and_goes_on() {
    let (world, hand) = with(amira().with_unblocking_key(KEY).with_tries(0));
    let refused = world.call(WARD, true, "sign_in", json!({})).unwrap_err();
    assert_eq!(refused.code, ErrorCode::PasscodeBlocked);
    world.user().accepts = true;
    world.user().new_passcodes = vec![(KEY, NEW)];
    world.user().passcodes = vec![NEW.to_owned()];
    world.call(WARD, true, "sign_in", json!({})).unwrap();
    assert_eq!(hand.passcodes_given(), 1);
    assert_eq!(outcomes(&world, "unblock_passcode"), ["ok"]);

    // So it does where the card is blocked on the way.
    let (world, hand) = with(amira().with_unblocking_key(KEY).with_tries(1));
    world.user().accepts = true;
    world.user().new_passcodes = vec![(KEY, NEW)];
    world.user().passcodes = vec![NEW.to_owned(), "1111".to_owned()];
    world.call(WARD, true, "sign_in", json!({})).unwrap();
    assert!(hand.has_passcode(NEW));
}

#[test]
fn signing_in_leads_to_a_change_that_the_card_wants() {
    let (world, hand) = with(amira().with_expired_passcode());
    let refused = world.call(WARD, true, "sign_in", json!({})).unwrap_err();
    assert_eq!(refused.code, ErrorCode::PasscodeExpired);
    assert_eq!(hand.passcodes_given(), 0);
    world.user().accepts = true;
    world.user().new_passcodes = vec![(PASSCODE, NEW)];
    world.user().passcodes = vec![NEW.to_owned()];
    world.call(WARD, true, "sign_in", json!({})).unwrap();
    assert_eq!(outcomes(&world, "change_passcode"), ["ok"]);
}

#[test]
fn of_two_cards_one_is_chosen_or_named() {
    let (world, hand) = with(amira());
    let other = tom_in(OTHER_READER);
    let others = other.hand();
    world.put_in(other);
    world.user().card = 1;
    world.user().new_passcodes = vec![(PASSCODE, NEW)];
    let set_at = set(&world, SetBy::Passcode).unwrap();
    assert_eq!(set_at.reader, OTHER_READER);
    assert!(others.has_passcode(NEW) && hand.has_passcode(PASSCODE));

    let interrupt = Arc::new(Interrupt::default());
    let named = PasscodeArgs { reader: Some(READER.to_owned()) };
    world.user().new_passcodes = vec![(PASSCODE, NEW)];
    world.agent.set_passcode(&interrupt, SetBy::Passcode, &named).unwrap();
    assert!(hand.has_passcode(NEW));
    let nowhere = PasscodeArgs { reader: Some("No such reader".to_owned()) };
    let missing = world.agent.set_passcode(&interrupt, SetBy::Passcode, &nowhere);
    assert_eq!(code(missing), ErrorCode::CardMissing);
}

#[test]
fn a_card_that_is_pulled_ends_it() {
    let (world, hand) = with(amira());
    world.look();
    let (agent, pulled) = (world.agent.clone(), hand.clone());
    world.user().meanwhile = Some(Box::new(move || {
        pulled.remove();
        agent.reader_event(wardkey_smartcard::ReaderEvent::Readers(Vec::new()));
    }));
    world.user().new_passcodes = vec![(PASSCODE, NEW)];
    assert_eq!(code(set(&world, SetBy::Passcode)), ErrorCode::CardRemoved);
    assert!(hand.has_passcode(PASSCODE));
}
