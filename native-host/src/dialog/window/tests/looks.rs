//! Each state of the window in each look: dark, of high contrast, at twice the size on a small
//! screen, in English and in Welsh.

use std::collections::BTreeSet;

use super::{
    stage::{new_passcode, screen, told},
    *,
};
use crate::dialog::screen::SetBy;

fn coloured(colours: Colours) -> Preferences {
    Preferences { colours: Some(colours), ..preferences("en") }
}

fn twice_the_size(language: &str) -> Preferences {
    Preferences { zoom: Some(2.0), ..preferences(language) }
}

fn states() -> Vec<(&'static str, Screen)> {
    let waiting = |text: Said, stop| screen(Word::SignIn, Body::Waiting { text, stop });
    let letter = || text("Discharge letter", LETTER);
    let batch = (1..=5).map(|number| text(&format!("Letter {number}"), LETTER));
    let hidden = document("Scan.dcm", |item| item.not_shown = true);
    let capabilities = vec![Capability::SignIn, Capability::Sign, Capability::SignContentNotShown];
    let blocked = [Word::PasscodeBlocked, Word::UnblockHereOrThere];
    let well = [Word::PasscodeChanged, Word::UseNewPasscode];
    vec![
        ("consent", screen(Word::LetSite, Body::Consent { capabilities })),
        ("sign-in", sign_in(|_| {})),
        ("last-try", sign_in(|body| body.tries.last = true)),
        ("reader", sign_in(|body| body.typed = TypedWhere::Reader)),
        ("letter", sign(vec![letter()], |_| {})),
        ("fhir", sign(vec![fhir()], |body| body.tries.wrong = true)),
        ("batch", sign(batch.collect(), |_| {})),
        ("not-shown", sign(vec![hidden], |_| {})),
        ("roles", stage::roles()),
        ("card-choice", choice(&["Dr Ann Other", "Dr Tom Tester"], None)),
        ("remote", kept(|body| body.asks = vec![ask(false, None), ask(true, Some("SMS"))])),
        ("phone", kept(|body| body.typed = TypedWhere::Elsewhere)),
        ("waiting", waiting(Word::ReadingCard.into(), false)),
        ("stoppable", waiting(Said::from(Word::WaitingForService).with("Example Trust"), true)),
        (
            "progress",
            screen(Said::counted(Word::SignTitle, 30), Body::Signing { done: 12, total: 30 }),
        ),
        ("passcode-change", new_passcode(SetBy::Passcode, |body| body.tries.wrong = true)),
        ("passcode-unblock", new_passcode(SetBy::UnblockingKey, |body| body.tries.last = true)),
        ("told-blocked", told(SetBy::Passcode, false, blocked, Some(SetBy::UnblockingKey))),
        ("told-changed", told(SetBy::Passcode, true, well, None)),
    ]
}

#[test]
fn dark() {
    every_control_is_reached_and_seen("dark", &coloured(Colours::Dark));
}

#[test]
fn of_high_contrast() {
    every_control_is_reached_and_seen("high-contrast", &coloured(Colours::HighContrast));
}

#[test]
fn at_twice_the_size() {
    every_control_is_reached_and_seen("zoom", &twice_the_size("en"));
}

#[test]
fn at_twice_the_size_in_welsh() {
    every_control_is_reached_and_seen("zoom-welsh", &twice_the_size("cy"));
}

fn every_control_is_reached_and_seen(look: &str, preferences: &Preferences) {
    for (name, screen) in states() {
        let mut stage = Stage::new(preferences.clone());
        stage.put_on([1024.0, 768.0]);
        let waits = matches!(screen.body, Body::Waiting { .. });
        let nothing_to_do = matches!(screen.body, Body::Waiting { stop: false, .. });
        stage.take(screen);
        stage.picture(&format!("{look}-{name}"));
        if waits {
            stage.status_in_sight();
        }
        if nothing_to_do {
            continue;
        }
        for control in stage.tab_order() {
            stage.focus(&control);
            stage.in_sight(&control);
        }
    }
}

/// A kind of screen that is added shows up here, since this does not compile without it.
#[test]
fn no_kind_of_screen_is_left_out() {
    let kind = |body: &Body| match body {
        Body::Cards(_) => 0,
        Body::Consent { .. } => 1,
        Body::NewPasscode(_) => 2,
        Body::Passcode(_) => 3,
        Body::Roles { .. } => 4,
        Body::Signing { .. } => 5,
        Body::Told(_) => 6,
        Body::Waiting { .. } => 7,
    };
    let kinds: BTreeSet<_> = states().iter().map(|(_, screen)| kind(&screen.body)).collect();
    assert!(kinds.into_iter().eq(0..8));
}
