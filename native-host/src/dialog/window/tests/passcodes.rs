//! Another passcode, and what a user is told of theirs.

use eframe::egui::{Event, Modifiers};

use super::{
    stage::{new_passcode, pressed},
    *,
};
use crate::dialog::screen::{Lengths, SetBy};

fn typed(answer: Option<FromDialog>) -> (String, String) {
    let Some(FromDialog::NewPasscode { proof, new }) = answer else { panic!("no new passcode") };
    (proof.into_inner(), new.into_inner())
}

#[test]
fn a_new_passcode_by_the_cards_rules() {
    let mut stage = english();
    stage.take(new_passcode(SetBy::Passcode, |_| {}));
    stage.picture("passcode-change");
    assert_eq!(stage.title(), "Wardkey - Change your passcode");
    stage.says(&[
        "You asked for this in Wardkey, not a website",
        "Dr Tom Tester",
        "Your card wants a new passcode of 6 to 8 digits.",
    ]);
    let names = ["Current passcode", "New passcode", "New passcode again"];
    let rules = stage.starting("Your card wants a new passcode").id;
    for name in names {
        assert_eq!(stage.named(name).role, Role::PasswordInput);
    }
    assert!(stage.named("New passcode").described_by.contains(&rules));
    assert!(stage.named("Current passcode").focused);
    assert_eq!(stage.tab_order(), [names[0], names[1], names[2], "Cancel"]);

    // As it is typed.
    stage.focus("Current passcode");
    stage.type_text("123456");
    assert!(stage.press(Key::Enter).is_none());
    assert!(stage.named("New passcode").focused, "Enter leads to what is missing");
    for (more, says) in [("86", "4 more characters"), ("x", "Digits only.")] {
        stage.type_text(more);
        assert_eq!(stage.named(says).role, Role::Status, "{more}");
    }
    stage.press(Key::Backspace);
    stage.type_text("4200");
    stage.says(&["That fits. Type it once more."]);
    assert!(stage.press(Key::Enter).is_none());
    assert!(stage.named("New passcode again").focused);
    stage.type_text("8642");
    stage.says(&["That fits. Type it once more."]);
    stage.type_text("9");
    stage.says(&["The two are not the same."]);
    stage.picture("passcode-change-differ");
    assert!(stage.press(Key::Enter).is_none());
    stage.focus("New passcode again");
    stage.press(Key::End);
    stage.press(Key::Backspace);
    stage.type_text("00");
    stage.says(&["The two are the same."]);
    assert!(!stage.tree_text().contains("8642"), "{}", stage.tree_text());
    assert_eq!(stage.tab_order(), [names[2], "Change", "Cancel", names[0], names[1]]);
    stage.focus("New passcode again");
    let expected = ("123456".to_owned(), "864200".to_owned());
    assert_eq!(typed(stage.press(Key::Enter)), expected);
}

#[test]
fn the_passcode_that_there_is_and_one_that_is_too_long_are_none() {
    for (new, says) in [
        ("123456", "That is the passcode that your card has now."),
        ("1234567890", "2 characters too many"),
    ] {
        let mut stage = english();
        stage.take(new_passcode(SetBy::Passcode, |_| {}));
        stage.type_text("123456");
        for name in ["New passcode", "New passcode again"] {
            stage.focus(name);
            stage.type_text(new);
        }
        stage.says(&[says]);
        assert!(stage.press(Key::Enter).is_none());
    }
}

#[test]
fn what_is_typed_faster_than_the_window_paints_comes_to_its_field() {
    let mut stage = english();
    stage.take(new_passcode(SetBy::UnblockingKey, |body| body.tries.last = true));
    let text = |text: &str| vec![Event::Text(text.to_owned())];
    let tab = || pressed(Key::Tab, Modifiers::NONE);
    let agree = [pressed(Key::Tab, Modifiers::SHIFT), pressed(Key::Space, Modifiers::NONE), tab()];
    let typed_in = [text("12345678"), tab(), text("864200"), tab(), text("864200")];
    let enter = [pressed(Key::Enter, Modifiers::NONE)];
    let events = agree.into_iter().chain(typed_in).chain(enter).flatten().collect();
    let expected = ("12345678".to_owned(), "864200".to_owned());
    assert_eq!(typed(stage.at_once(events)), expected);
}

#[test]
fn enter_right_after_tab_is_for_what_has_the_focus_then() {
    let mut stage = english();
    stage.take(new_passcode(SetBy::UnblockingKey, |body| body.tries.last = true));
    stage.type_text("12345678");
    for name in ["New passcode", "New passcode again"] {
        stage.focus(name);
        stage.type_text("864200");
    }
    stage.focus("Unblocking key (PUK)");
    // It agrees, and that alone.
    let keys = [pressed(Key::Tab, Modifiers::SHIFT), pressed(Key::Enter, Modifiers::NONE)];
    assert!(stage.at_once(keys.into_iter().flatten().collect()).is_none());
    stage.focus("New passcode again");
    assert!(stage.press(Key::Enter).is_some(), "it was not agreed to");
}

#[test]
fn cards_that_say_less_of_themselves() {
    for (max, says) in [
        (12, "Your card wants a new passcode of 4 to 12 characters."),
        (255, "Your card wants a new passcode of at least 4 characters."),
    ] {
        let mut stage = english();
        stage.take(new_passcode(SetBy::Passcode, |body| {
            body.rules.digits = false;
            body.rules.lengths = Lengths { min: 4, max };
            body.lengths = Lengths { min: 4, max };
        }));
        stage.says(&[says]);
        stage.type_text("1234");
        for name in ["New passcode", "New passcode again"] {
            stage.focus(name);
            stage.type_text("a word");
        }
        let expected = ("1234".to_owned(), "a word".to_owned());
        assert_eq!(typed(stage.press(Key::Enter)), expected);
    }
}

#[test]
fn a_wrong_passcode_and_the_last_try_of_a_change() {
    let mut stage = english();
    stage.take(new_passcode(SetBy::Passcode, |body| {
        body.tries.wrong = true;
        body.tries.left = Some(2);
    }));
    stage.picture("passcode-change-wrong");
    let wrong = stage.named("That passcode is wrong. 2 tries are left.");
    assert_eq!(wrong.role, Role::Alert);
    stage.take(new_passcode(SetBy::Passcode, |body| {
        body.tries.wrong = true;
        body.tries.left = Some(1);
        body.tries.last = true;
    }));
    stage.picture("passcode-change-last-try");
    let warning = stage.starting("This is the last try.");
    assert!(stage.named("Current passcode").described_by.contains(&warning.id));
    stage.type_text("123456");
    for name in ["New passcode", "New passcode again"] {
        stage.focus(name);
        stage.type_text("864200");
    }
    assert!(stage.press(Key::Enter).is_none(), "it is not spent by Enter alone");
    stage.click("Use the last try");
    stage.focus("New passcode again");
    assert!(stage.press(Key::Enter).is_some());
    stage.take(new_passcode(SetBy::Passcode, |body| {
        body.note = Some(Word::NewPasscodeRefused.into());
    }));
    stage.picture("passcode-change-refused");
    assert_eq!(stage.starting("Your card does not take that").role, Role::Alert);
}

#[test]
fn a_card_is_unblocked() {
    let mut stage = english();
    stage.take(new_passcode(SetBy::UnblockingKey, |body| body.tries.last = true));
    stage.picture("passcode-unblock");
    assert_eq!(stage.title(), "Wardkey - Unblock your card");
    stage.says(&["It came with your card, apart from the passcode"]);
    let warning = stage.starting("The card does not say how many tries");
    assert_eq!((warning.role, warning.live), (Role::Alert, true));
    let key = stage.named("Unblocking key (PUK)");
    assert!(key.focused && key.role == Role::PasswordInput);
    assert!(key.described_by.contains(&warning.id));
    stage.type_text("12345678");
    for name in ["New passcode", "New passcode again"] {
        stage.focus(name);
        stage.type_text("864200");
    }
    assert!(stage.press(Key::Enter).is_none(), "any try may be the last");
    stage.click("I have the right unblocking key");
    stage.focus("New passcode again");
    let expected = ("12345678".to_owned(), "864200".to_owned());
    assert_eq!(typed(stage.press(Key::Enter)), expected);

    stage.take(new_passcode(SetBy::UnblockingKey, |body| {
        body.tries.wrong = true;
        body.tries.left = Some(2);
    }));
    stage.picture("passcode-unblock-wrong");
    stage.says(&["That unblocking key is wrong. 2 tries are left."]);
    stage.take(new_passcode(SetBy::UnblockingKey, |body| {
        body.tries.wrong = true;
        body.tries.left = Some(1);
        body.tries.last = true;
    }));
    stage.picture("passcode-unblock-last-try");
    stage.says(&["This is the last try for the unblocking key."]);
}

#[test]
fn other_places_to_type_it() {
    for (typed, name, says) in [
        (TypedWhere::Reader, "passcode-change-reader", "Type the current passcode, then the new"),
        (TypedWhere::Pinentry, "passcode-change-pinentry", "asked for in the next windows."),
    ] {
        let mut stage = english();
        stage.take(new_passcode(SetBy::Passcode, |body| body.typed = typed));
        stage.picture(name);
        stage.says(&[says, "6 to 8 digits"]);
        assert!(stage.named("Continue").focused);
        assert!(matches!(stage.press(Key::Enter), Some(FromDialog::Consented { .. })));
    }
}

#[test]
fn what_a_user_is_told_of_theirs() {
    let mut stage = english();
    let blocked = [Word::PasscodeBlocked, Word::UnblockHereOrThere];
    let Body::Told(body) =
        stage::told(SetBy::Passcode, false, blocked, Some(SetBy::UnblockingKey)).body
    else {
        panic!("not told")
    };
    // As a website's sign-in tells it.
    stage.take(stage::screen(Word::SignIn, Body::Told(body)));
    stage.picture("told-blocked");
    assert_eq!(stage.title(), "Wardkey - Sign in");
    assert_eq!(stage.named("The passcode of this card is blocked.").role, Role::Alert);
    assert_eq!(stage.tab_order(), ["Unblock your card", "Cancel"]);
    assert!(matches!(stage.press(Key::Enter), Some(FromDialog::Accepted)));

    let expired = [Word::PasscodeExpired, Word::SetNewPasscode];
    stage.take(stage::told(SetBy::Passcode, false, expired, Some(SetBy::Passcode)));
    stage.picture("told-expired");
    stage.click("Cancel");
    assert!(matches!(stage.answered(), Some(FromDialog::Cancelled)));

    let lost = [Word::UnblockingKeyBlocked, Word::NewCard];
    stage.take(stage::told(SetBy::UnblockingKey, false, lost, None));
    stage.picture("told-key-blocked");
    stage.says(&["Ask your Registration Authority for a new card."]);
    assert_eq!(stage.tab_order(), ["Close"]);

    let well = [Word::PasscodeChanged, Word::UseNewPasscode];
    stage.take(stage::told(SetBy::Passcode, true, well, None));
    stage.picture("told-changed");
    assert!(stage.named("Close").focused);
    assert!(matches!(stage.press(Key::Enter), Some(FromDialog::Cancelled)));
}

#[test]
fn in_welsh() {
    let mut stage = Stage::new(preferences("cy"));
    stage.take(new_passcode(SetBy::Passcode, |_| {}));
    stage.picture("welsh-passcode-change");
    stage.says(&["Cyfringod presennol", "o 6 i 8 digid"]);
    stage.take(new_passcode(SetBy::UnblockingKey, |body| body.tries.last = true));
    stage.picture("welsh-passcode-unblock");
    let blocked = [Word::PasscodeBlocked, Word::UnblockHereOrThere];
    stage.take(stage::told(SetBy::Passcode, false, blocked, Some(SetBy::UnblockingKey)));
    stage.picture("welsh-told-blocked");
    assert!(!stage.tree_text().contains("[U+"), "a letter without a glyph");
}
