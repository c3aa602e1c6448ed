use serde_json::json;
use wardkey_crypto::Obligation;
use wardkey_protocol::Party;
use wardkey_smartcard::{CardCertificate, scripted::ScriptedHand};

use super::*;
use crate::{
    agent::{
        certificate::Purpose,
        dialogs::Act,
        testing::{APP, READER, World, amira},
    },
    interrupt::Interrupt,
};

#[test]
fn what_does_not_verify_goes_to_nobody_and_the_others_are_signed() {
    let (world, hand, chosen) = with_amira();
    let (agent, interrupt) = (&world.agent, Arc::new(Interrupt::default()));
    let texts = ["one", "two", "three", "four"];
    let items = texts.map(item);
    let policy = BatchPolicy { hold_passcode: true, ..BatchPolicy::default() };
    let messages = texts.map(|text| Over::Message(text.as_bytes()));
    let documents = items.iter().zip(messages).collect();
    let time = &TimeBound::of(&policy);
    let finish = &as_it_is;
    let batch = Batch { agent, chosen: &chosen, policy: &policy, time, documents, finish };
    let sign = |lies: &[usize]| {
        lies.iter().for_each(|call| hand.lie_at(*call));
        let act = Act::Sign { documents: texts.len(), reason: None };
        let mut dialog = agent.dialogs.begin_for(&interrupt, None, None, act, "").unwrap();
        let mut told = Vec::new();
        let results = batch.sign(&mut dialog, &mut |done, _| told.push(done)).unwrap();
        (results, told)
    };

    // The last is judged only when all are there.
    for lies in [&[1][..], &[2], &[4], &[2, 3], &[1, 2, 3, 4]] {
        let (results, told) = sign(lies);
        let mut good = 0;
        for ((number, text), result) in (1..).zip(texts).zip(results) {
            match result {
                Ok(signature) => {
                    assert!(!lies.contains(&number), "{number} of {lies:?}");
                    good += 1;
                    let obligation = Obligation {
                        algorithm: chosen.algorithm,
                        spki: chosen.certificate.spki().to_vec(),
                        message: text.as_bytes().to_vec(),
                        signature,
                        issued: false,
                    };
                    assert!(obligation.discharge(), "{number} of {lies:?}");
                }
                Err(fault) => {
                    assert!(lies.contains(&number), "{number} of {lies:?}");
                    assert_eq!(fault.code, ErrorCode::SignatureInvalid);
                    assert_eq!(fault.code.party(), Party::Device);
                }
            }
        }
        assert_eq!(good, texts.len() - lies.len());
        // What is told of how far it is never goes back.
        assert!(told.is_sorted() && told.last() == Some(&good), "{lies:?}: {told:?}");
    }
}

#[test]
fn what_is_not_signed_in_time_is_named_however_often_the_passcode_is_asked_for() {
    for demands_each in [false, true] {
        let (world, hand, chosen) = with_amira();
        let (agent, interrupt) = (&world.agent, Arc::new(Interrupt::default()));
        let held = chosen.held.clone();
        hand.show(vec![CardCertificate { always_authenticate: Some(demands_each), ..held }]);
        let texts = ["one", "two", "three"];
        let items = texts.map(item);
        let sign = |seconds| {
            let policy = BatchPolicy { seconds, ..BatchPolicy::default() };
            let messages = texts.map(|text| Over::Message(text.as_bytes()));
            let documents = items.iter().zip(messages).collect();
            let time = &TimeBound::of(&policy);
            let finish = &as_it_is;
            let batch = Batch { agent, chosen: &chosen, policy: &policy, time, documents, finish };
            let act = Act::Sign { documents: texts.len(), reason: None };
            let mut dialog = agent.dialogs.begin_for(&interrupt, None, None, act, "").unwrap();
            world.user().screens.clear();
            let results = batch.sign(&mut dialog, &mut |_, _| ()).unwrap();
            let codes = results.iter().map(|result| match result {
                Ok(_) => "ok",
                Err(fault) => fault.code.as_str(),
            });
            let is_passcode = |(.., kind): &(_, _, &str)| *kind == "passcode";
            let asked = world.user().asked().into_iter().filter(is_passcode).count();
            (codes.collect::<Vec<_>>(), asked)
        };
        // It is over when the first signature is there, and nobody is asked again.
        assert_eq!(sign(0), (vec!["ok", "timeout", "timeout"], 1), "{demands_each}");
        let passcodes = if demands_each { 3 } else { 1 };
        assert_eq!(sign(600), (vec!["ok"; 3], passcodes), "{demands_each}");
    }
}

#[test]
fn a_login_that_does_not_verify_reaches_no_server() {
    let world = World::new();
    let card = amira();
    // After the card was read.
    card.hand().lie_at(2);
    world.insert(card);
    let refused = world.call(APP, true, "sign_in", json!({})).unwrap_err();
    assert_eq!(refused.code, ErrorCode::SignatureInvalid);
    assert!(world.session().is_none() && world.server().sessions.is_empty());
    assert_eq!(world.audit("sign_in")[0]["outcome"], "signature_invalid");
    assert!(world.call(APP, true, "sign_in", json!({})).is_ok());
}

/// Amira's card is in, and chosen.
fn with_amira() -> (World, ScriptedHand, Chosen) {
    let world = World::new();
    let card = amira();
    let hand = card.hand();
    world.insert(card);
    let chosen = world.agent.choose_in(Purpose::Login, READER).unwrap();
    (world, hand, chosen)
}

fn item(text: &str) -> ContentItem {
    ContentItem {
        title: text.to_owned().into(),
        not_shown: true,
        reason: None,
        may_be_unseen: false,
        media_type: "text/plain".to_owned(),
        size: Some(text.len()),
        digest: String::new(),
        lines: Vec::new(),
    }
}

fn as_it_is(_: usize, signature: &[u8]) -> Result<Vec<u8>, Fault> {
    Ok(signature.to_vec())
}
