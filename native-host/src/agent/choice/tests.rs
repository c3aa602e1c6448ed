use serde_json::json;
use wardkey_smartcard::{KeyUses, scripted::ScriptedCard};

use super::*;
use crate::{
    agent::{
        dialogs::Act,
        port::Port,
        testing::{CLINIC, OTHER_READER, READER, WARD, World, amira, amira_in, tom, tom_in},
    },
    dialog::screen::Body,
    interrupt::Interrupt,
};

const AMIRA: &str = "555000000001";
const TOM: &str = "555000000002";

/// Two readers, a card in each, in this order.
fn two(first: ScriptedCard, second: ScriptedCard) -> World {
    let world = World::with("other_card = \"ignore\"");
    world.insert(first);
    world.put_in(second);
    world
}

fn sign_in(world: &World, page: &Arc<Port>) -> Result<String, ErrorCode> {
    let answer = world.ask(page, "sign_in", json!({})).map_err(|fault| fault.code)?;
    Ok(answer["session"]["user"]["uid"].as_str().unwrap().to_owned())
}

/// Whose card an act is given.
fn given(world: &World, purpose: Purpose) -> Result<String, ErrorCode> {
    let session = world.session();
    let interrupt = Arc::new(Interrupt::default());
    let dialog = world.agent.dialogs.begin_for(&interrupt, None, None, Act::Authenticate, "");
    let given =
        world.agent.with_card(&mut dialog.unwrap(), purpose, session.as_deref(), |_, chosen| {
            Ok(chosen.uid())
        });
    given.map_err(|fault| fault.code)
}

/// What was shown to choose from, each time.
fn choices(world: &World) -> Vec<Vec<(String, String)>> {
    let line = |line: &CardLine| (line.holder.clone(), line.reader.clone());
    let user = world.user();
    let bodies = user.screens.iter().filter_map(|screen| match &screen.body {
        Body::Cards(body) => Some(body.cards.iter().map(line).collect()),
        _ => None,
    });
    bodies.collect()
}

#[test]
fn of_two_cards_the_user_takes_the_second() {
    let world = two(amira(), tom_in(OTHER_READER));
    let page = world.page(1, WARD);
    world.user().card = 1;
    assert_eq!(sign_in(&world, &page).as_deref(), Ok(TOM));
    let shown = choices(&world);
    assert_eq!(shown.len(), 1);
    let readers: Vec<_> = shown[0].iter().map(|(_, reader)| reader.as_str()).collect();
    assert_eq!(readers, [READER, OTHER_READER]);
    assert!(shown[0][0].0.starts_with(AMIRA) && shown[0][1].0.starts_with(TOM), "{shown:?}");
    // The window says whose passcode it is.
    let user = world.user();
    let passcodes = user.screens.iter().filter_map(|screen| match &screen.body {
        Body::Passcode(body) => Some(body.card.reader.clone()),
        _ => None,
    });
    assert_eq!(passcodes.collect::<Vec<_>>(), [OTHER_READER]);
}

#[test]
fn a_session_uses_its_own_card_whichever_is_first() {
    for (first, second) in [(tom(), amira_in(OTHER_READER)), (amira(), tom_in(OTHER_READER))] {
        let world = two(first, second);
        let page = world.page(1, WARD);
        let amiras = choices_of(&world).iter().position(|uid| uid == AMIRA).unwrap();
        world.user().card = amiras;
        assert_eq!(sign_in(&world, &page).as_deref(), Ok(AMIRA));
        world.user().card = 1 - amiras;
        assert_eq!(given(&world, Purpose::Login).as_deref(), Ok(AMIRA));
        assert_eq!(choices(&world).len(), 1, "nobody is asked again");
    }
}

#[test]
fn content_is_signed_by_the_sessions_user_or_nobody() {
    let world = two(for_content(tom()), for_content(amira_in(OTHER_READER)));
    // No session yet: the user says which.
    world.user().card = 1;
    assert_eq!(given(&world, Purpose::ContentCommitment).as_deref(), Ok(AMIRA));
    assert_eq!(choices(&world).len(), 1);
    let world = World::with("other_card = \"ignore\"");
    assert_eq!(sign_in(&world, &world.page(1, WARD)).as_deref(), Ok(AMIRA));
    world.insert(for_content(tom()));
    world.put_in(for_content(amira_in(OTHER_READER)));
    assert_eq!(given(&world, Purpose::ContentCommitment).as_deref(), Ok(AMIRA));
    // A stranger's is handed on to be refused, without a question that has no good answer.
    world.insert(for_content(tom()));
    assert_eq!(given(&world, Purpose::ContentCommitment).as_deref(), Ok(TOM));
    assert_eq!(choices(&world), Vec::<Vec<_>>::new());
}

#[test]
fn without_a_session_the_user_says_whose_signing_certificate_a_site_gets() {
    let world = two(for_content(tom()), for_content(amira_in(OTHER_READER)));
    let page = world.page(1, CLINIC);
    world.user().card = 1;
    let holder = |world: &World| {
        let answer = world.ask(&page, "signing_certificate", json!({})).unwrap();
        let der = wardkey_protocol::Base64::decode(answer["certificate"].as_str().unwrap());
        let certificate = wardkey_pki::Certificate::from_der(&der.unwrap().0).unwrap();
        certificate.common_name().unwrap().to_owned()
    };
    assert!(holder(&world).starts_with(AMIRA));
    assert_eq!(choices(&world).len(), 1);
    assert_eq!(world.user().screens.last().unwrap().title.word(), Word::ChooseCard);
    let silent = world.call_silently(&page, "signing_certificate").map_err(|fault| fault.code);
    assert_eq!(silent.err(), Some(ErrorCode::GestureRequired));
    world.user().cancels = true;
    let cancelled = world.ask(&page, "signing_certificate", json!({})).map_err(|fault| fault.code);
    assert_eq!(cancelled.err(), Some(ErrorCode::UserCancelled));
    // Of one card nobody is asked.
    let windows = world.user().windows;
    world.insert(for_content(tom()));
    assert!(holder(&world).starts_with(TOM));
    assert_eq!(world.user().windows, windows);
}

#[test]
fn a_card_that_goes_while_the_user_chooses_goes_from_the_choice() {
    let world = Arc::new(two(amira(), tom_in(OTHER_READER)));
    let page = world.page(1, WARD);
    let taking = Arc::downgrade(&world);
    world.user().waits = 1;
    world.user().meanwhile = Some(Box::new(move || taking.upgrade().unwrap().take_out(READER)));
    assert_eq!(sign_in(&world, &page).as_deref(), Ok(TOM));
    let shown = choices(&world);
    assert_eq!(shown.iter().map(Vec::len).collect::<Vec<_>>(), [2, 1]);
    assert!(shown[1][0].0.starts_with(TOM), "{shown:?}");
}

#[test]
fn a_choice_of_nothing_ends() {
    let world = Arc::new(two(amira(), tom_in(OTHER_READER)));
    let page = world.page(1, WARD);
    let taking = Arc::downgrade(&world);
    world.user().waits = 1;
    world.user().meanwhile = Some(Box::new(move || {
        let world = taking.upgrade().unwrap();
        [READER, OTHER_READER].into_iter().for_each(|reader| world.take_out(reader));
    }));
    assert_eq!(sign_in(&world, &page), Err(ErrorCode::CardMissing));
    // Nor is a card that went in the moment of the choice asked for its passcode.
    let world = Arc::new(two(amira(), tom_in(OTHER_READER)));
    let page = world.page(1, WARD);
    let taking = Arc::downgrade(&world);
    world.user().meanwhile = Some(Box::new(move || taking.upgrade().unwrap().take_out(READER)));
    assert_eq!(sign_in(&world, &page), Err(ErrorCode::CardRemoved));
    assert!(world.user().screens.iter().all(|screen| !matches!(screen.body, Body::Passcode(_))));
}

#[test]
fn one_card_is_taken_without_a_question() {
    let world = World::new();
    assert_eq!(sign_in(&world, &world.page(1, WARD)).as_deref(), Ok(AMIRA));
    assert_eq!(choices(&world), Vec::<Vec<_>>::new());
}

fn choices_of(world: &World) -> Vec<String> {
    let choices = world.agent.choices(Purpose::Login, None).unwrap();
    choices.iter().map(Chosen::uid).collect()
}

/// The same card, its certificate taken for one that signs content.
fn for_content(mut card: ScriptedCard) -> ScriptedCard {
    use wardkey_smartcard::CardBackend as _;
    let mut token = card.tokens().unwrap().remove(0);
    token.certificates[0].uses = KeyUses { login: false, content_commitment: true };
    ScriptedCard::new(token, crate::agent::testing::PASSCODE, |_, _, _| Vec::new())
}
