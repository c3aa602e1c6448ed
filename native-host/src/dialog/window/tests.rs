//! Every state of the window, drawn without a display: what it says to a screen reader, whether
//! text is cut off, and a picture of each in the folder that `WARDKEY_PICTURES` names, or in
//! `target/dialog`.

mod looks;
mod paint;
mod passcodes;
mod stage;

use eframe::egui::{Key, accesskit::Role};
use stage::{Stage, document, fhir, medicine, sign, sign_in, text};

use wardkey_protocol::Capability;

use super::*;
use crate::dialog::{
    preferences::{Colours, Motion},
    screen::{
        AskLine, Body, CardLine, CardsBody, ChosenCard, ContentItem, ContentLine, PasscodeBody,
        ProgramLine, Screen, TypedWhere,
    },
    words::{Said, Word},
};

fn preferences(language: &str) -> Preferences {
    let motion = Some(Motion::Reduced);
    let language = Some(language.parse().unwrap());
    Preferences { language, motion, colours: Some(Colours::Light), zoom: None }
}

fn english() -> Stage {
    Stage::new(preferences("en"))
}

#[test]
fn signing_in() {
    let mut stage = english();
    stage.take(sign_in(|_| {}));
    stage.picture("sign-in");
    assert_eq!(stage.title(), "Wardkey - Sign in");
    stage.says(&[
        "This website asks",
        "https://ward.example",
        "to sign you in at Example Trust",
        "Dr Tom Tester",
        "Passcode",
    ]);
    let field = stage.named("Passcode");
    assert_eq!(field.role, Role::PasswordInput);
    assert!(field.focused, "the passcode is typed at once");
    assert_eq!(stage.tab_order(), ["Passcode", "Cancel"], "nothing to confirm yet");
    stage.type_text("1234");
    assert_eq!(stage.tab_order(), ["Passcode", "Confirm", "Cancel"]);
    let answer = stage.press(Key::Enter);
    let Some(FromDialog::Passcode { typed, left_out }) = answer else { panic!("no passcode") };
    assert_eq!((typed.into_inner().as_str(), left_out), ("1234", vec![]));
}

#[test]
fn a_program_asks_by_its_name_and_its_file() {
    let mut stage = english();
    let mut screen = sign_in(|_| {});
    screen.who_asks.origin = String::new();
    screen.who_asks.program = Some(ProgramLine {
        name: "Ward Desktop".to_owned(),
        executable: format!("/opt/{}/ward-desktop", "ward-desktop-of-the-trust/".repeat(4)),
    });
    stage.take(screen);
    stage.picture("sign-in-program");
    stage.says(&["This program on this computer asks", "Ward Desktop", "/opt/ward-desktop-of"]);
    assert_eq!(stage.tab_order(), ["Passcode", "Cancel"]);
}

#[test]
fn a_site_is_let_do_something_by_a_button_alone() {
    let all = [
        Capability::Authenticate,
        Capability::Sign,
        Capability::SignContentNotShown,
        Capability::SignIn,
        Capability::SigningCertificate,
        Capability::Ticket,
        Capability::UserDetails,
    ];
    for (language, name, allow) in [("en", "consent", "Allow"), ("cy", "consent-cy", "Caniatáu")] {
        let mut stage = Stage::new(preferences(language));
        let capabilities = all.to_vec();
        stage.take(stage::screen(Word::LetSite, Body::Consent { capabilities }));
        stage.picture(name);
        assert!(stage.press(Key::Enter).is_none(), "Enter alone lets nobody do anything");
        assert_eq!(stage.tab_order()[0], allow);
        stage.click(allow);
        assert!(matches!(stage.answered(), Some(FromDialog::LetDo)));
    }
    let mut stage = english();
    let capabilities = vec![Capability::SignIn, Capability::Ticket, Capability::UserDetails];
    stage.take(stage::screen(Word::LetSite, Body::Consent { capabilities }));
    assert_eq!(stage.title(), "Wardkey - Allow this website?");
    stage.says(&["https://ward.example", "It wants to", "sign you in", "take this back"]);
    assert!(matches!(stage.press(Key::Escape), Some(FromDialog::Cancelled)));
}

#[test]
fn a_page_in_a_frame_is_named_with_the_one_around_it() {
    let mut stage = english();
    let mut screen = sign_in(|_| {});
    screen.who_asks.within = Some("https://portal.example".to_owned());
    stage.take(screen);
    stage.picture("sign-in-framed");
    stage.says(&["https://ward.example", "in a frame of", "https://portal.example"]);
}

#[test]
fn the_menu_is_named_where_it_asked() {
    let mut stage = english();
    let mut screen = stage::roles();
    (screen.who_asks.user, screen.who_asks.origin) = (true, String::new());
    stage.take(screen);
    stage.picture("roles-menu");
    stage.says(&["You asked for this in Wardkey, not a website", "Consultant"]);
}

#[test]
fn what_is_typed_is_not_said_to_a_screen_reader() {
    let mut stage = english();
    stage.take(sign_in(|_| {}));
    stage.type_text("86421357");
    assert!(!stage.tree_text().contains("8642"), "{}", stage.tree_text());
}

#[test]
fn a_wrong_passcode_and_the_last_try_are_announced() {
    let mut stage = english();
    stage.take(sign_in(|body| {
        body.tries.wrong = true;
        body.tries.left = Some(2);
    }));
    stage.picture("sign-in-wrong");
    let wrong = stage.named("That passcode is wrong. 2 tries are left.");
    assert_eq!((wrong.role, wrong.live), (Role::Alert, true));
    stage.take(sign_in(|body| {
        body.tries.wrong = true;
        body.tries.last = true;
        body.tries.left = Some(1);
    }));
    stage.picture("sign-in-last-try");
    let last = stage.starting("This is the last try.");
    assert_eq!((last.role, last.live), (Role::Alert, true));
    assert!(stage.named("Passcode").described_by.contains(&last.id));
    // It is not spent by Enter alone.
    stage.type_text("1234");
    assert!(stage.press(Key::Enter).is_none());
    stage.click("Use the last try");
    stage.focus("Passcode");
    assert!(matches!(stage.press(Key::Enter), Some(FromDialog::Passcode { .. })));
}

#[test]
fn a_reader_with_keys_and_a_pinentry_program() {
    for (typed, name, says) in [
        (TypedWhere::Reader, "sign-in-reader", "Type the passcode on the reader's own keys."),
        (TypedWhere::Pinentry, "sign-in-pinentry", "The passcode is asked for in the next window."),
    ] {
        let mut stage = english();
        stage.take(sign_in(|body| body.typed = typed));
        stage.picture(name);
        stage.says(&[says]);
        assert!(stage.named("Continue").focused);
        assert!(matches!(stage.press(Key::Enter), Some(FromDialog::Consented { .. })));
    }
    // Enter on another control is not consent.
    let mut stage = english();
    let documents = vec![text("Letter", "Dear Ann"), text("Note", "Well")];
    stage.take(sign(documents, |body| body.typed = TypedWhere::Reader));
    stage.focus("Open: 1. Letter");
    assert!(stage.press(Key::Enter).is_none());
    stage.says(&["Dear Ann"]);
}

#[test]
fn a_text_and_a_prescription() {
    let mut stage = english();
    stage.take(sign(vec![text("Discharge letter", LETTER)], |_| {}));
    stage.picture("sign-text");
    stage.says(&["Discharge letter", "Dear colleague,", "Ann [U+202E]was seen", "text/plain"]);
    stage.take(sign(vec![medicine()], |_| {}));
    stage.picture("sign-prescription");
    stage.says(&["Prescription for MS ANN EXAMPLE", "NHS number", "999 000 0018", "One medicine"]);
}

#[test]
fn a_prescription_in_fhir_says_what_else_it_holds() {
    let mut stage = english();
    stage.take(sign(vec![fhir()], |_| {}));
    stage.picture("sign-fhir");
    stage.says(&[
        "Prescription for Ms Ann Example",
        "9990000018",
        "Amoxicillin 500mg capsules, 21 capsule",
        "One three times a day",
        "Also in this document, and signed with it",
        "gender",
        "The whole document",
    ]);
}

#[test]
fn a_batch_is_looked_through_by_keyboard() {
    let mut stage = english();
    let documents = (1..=20).map(|number| match number {
        2 => document("Scan", |item| item.not_shown = true),
        _ => text(&format!("Letter {number}"), LETTER),
    });
    stage.take(sign(documents.collect(), |_| {}));
    stage.picture("batch");
    stage.says(&["What you sign: 20 documents", "Content not shown"]);
    let order = stage.tab_order();
    assert_eq!(order[..4], ["Passcode", "Cancel", "1. Letter 1", "Open: 1. Letter 1"]);
    assert_eq!(order.len(), 2 + 2 * 20);
    stage.click("Open: 3. Letter 3");
    stage.click("1. Letter 1");
    stage.picture("batch-left-out");
    stage.says(&["What you sign: 19 of 20 documents", "Dear colleague,", "Close: 3. Letter 3"]);
    stage.type_text("1234");
    let answer = stage.press(Key::Enter);
    assert!(matches!(answer, Some(FromDialog::Passcode { left_out, .. }) if left_out == [0]));
}

#[test]
fn nothing_is_signed_where_all_is_left_out() {
    let mut stage = english();
    stage.take(sign(vec![text("One", "1"), text("Two", "2")], |_| {}));
    stage.click("1. One");
    stage.click("2. Two");
    stage.focus("Passcode");
    stage.type_text("1234");
    assert!(stage.press(Key::Enter).is_none());
}

#[test]
fn what_is_not_shown_says_so_and_why() {
    let mut stage = english();
    let reason = Said::from(Word::TooLong).with(1024);
    stage.take(sign(
        vec![document("Scan of a wound.tiff", |item| {
            item.not_shown = true;
            item.reason = Some(reason.clone());
            item.media_type = "image/tiff".to_owned();
            item.size = Some(5_300_000);
        })],
        |_| {},
    ));
    stage.picture("not-shown");
    let said = stage.starting("Content not shown.");
    assert_eq!(said.role, Role::Alert);
    stage.says(&["longer than the 1024 KB", "image/tiff", "5300000 bytes", "SHA-256"]);
}

#[test]
fn a_picture_and_one_that_breaks() {
    let mut octets = std::io::Cursor::new(Vec::new());
    let paint = |x: u32, y: u32| image::Rgb([(x / 4) as u8, (y / 3) as u8, 160]);
    let picture = image::RgbImage::from_fn(900, 600, paint);
    picture.write_to(&mut octets, image::ImageFormat::Png).unwrap();
    let mut octets = octets.into_inner();
    let mut stage = english();
    stage.take(sign(vec![stage::shown("Wound.png", "image/png", &octets)], |_| {}));
    stage.wait_until("Enlarge");
    stage.picture("picture");
    stage.says(&["Picture of 900 by 600 pixels"]);
    stage.click("Enlarge");
    stage.picture("picture-large");
    stage.click("Fit to the window");
    stage.focus("Passcode");
    stage.type_text("1234");
    assert!(matches!(stage.press(Key::Enter), Some(FromDialog::Passcode { .. })));

    // Its frame is whole, but not what is in it.
    let middle = octets.len() / 2;
    octets[middle] ^= 0xff;
    let broken = stage::shown("Wound.png", "image/png", &octets);
    assert!(!broken.not_shown);
    let mut stage = english();
    stage.take(sign(vec![broken.clone(), text("Letter", LETTER)], |_| {}));
    stage.wait_until("Content not shown");
    stage.picture("picture-broken");
    stage.type_text("1234");
    let answer = stage.press(Key::Enter);
    assert!(matches!(answer, Some(FromDialog::Passcode { left_out, .. }) if left_out == [0]));
    // Alone, it is not signed at all, but where the website may have unseen content signed.
    for may_be_unseen in [false, true] {
        let mut stage = english();
        stage.take(sign(vec![ContentItem { may_be_unseen, ..broken.clone() }], |_| {}));
        stage.wait_until("The picture can’t be shown.");
        stage.type_text("1234");
        assert_eq!(stage.press(Key::Enter).is_some(), may_be_unseen);
    }
}

#[test]
fn roles_waiting_and_progress() {
    let mut stage = english();
    stage.take(stage::roles());
    stage.picture("roles");
    assert_eq!(stage.title(), "Wardkey - Choose a role");
    let first = stage.named("Clinical Practitioner");
    assert_eq!(first.role, Role::RadioButton);
    assert_eq!(first.description.as_deref(), Some("Example Surgery (A83008)"));
    assert!(stage.press(Key::ArrowDown).is_none());
    let answer = stage.press(Key::Enter);
    assert!(matches!(answer, Some(FromDialog::Role { id }) if id == "R2"));

    stage.take(stage::screen(
        Word::SignIn,
        Body::Waiting { text: Word::ReadingCard.into(), stop: false },
    ));
    stage.picture("waiting");
    assert!(!stage.has(Role::ProgressIndicator), "something moves");
    assert_eq!(stage.title(), "Wardkey - Sign in ...");
    assert_eq!(stage.named("Reading your card").role, Role::Status);

    let mut moving = Stage::new(Preferences { motion: Some(Motion::Full), ..preferences("en") });
    let text = Word::ReadingCard.into();
    moving.take(stage::screen(Word::SignIn, Body::Waiting { text, stop: false }));
    // It takes a moment before it moves.
    (0..10).for_each(|_| moving.settle());
    moving.picture("waiting-moving");
    assert!(moving.has(Role::ProgressIndicator));

    let title = Said::counted(Word::SignTitle, 30);
    stage.take(stage::screen(title, Body::Signing { done: 12, total: 30 }));
    stage.picture("progress");
    stage.says(&["12 of 30 documents signed"]);
    assert_eq!(stage.tab_order(), ["Stop"]);
    assert!(matches!(stage.press(Key::Escape), Some(FromDialog::Cancelled)));
}

fn choice(cards: &[&str], note: Option<Said>) -> Screen {
    choice_with(cards, &["Example Trust signing"], note)
}

fn choice_with(cards: &[&str], services: &[&str], note: Option<Said>) -> Screen {
    let card = |(place, holder): (usize, &&str)| CardLine {
        holder: (*holder).to_owned(),
        reader: format!("Example Reader {place:02}"),
        kept: false,
    };
    let body = CardsBody {
        cards: cards.iter().enumerate().map(card).collect(),
        services: services.iter().map(|&service| service.to_owned()).collect(),
        user: note.as_ref().map(|_| "tester".to_owned()).unwrap_or_default(),
        note,
    };
    stage::screen(Word::SignIn, Body::Cards(Box::new(body)))
}

fn kept(change: impl Fn(&mut PasscodeBody)) -> Screen {
    sign_in(|body| {
        body.card.kept = true;
        body.card.reader = "Example Trust signing".to_owned();
        change(body);
    })
}

fn ask(one_time: bool, label: Option<&str>) -> AskLine {
    AskLine { one_time, label: label.map(str::to_owned), challenge: None }
}

#[test]
fn a_card_is_chosen() {
    let mut stage = english();
    stage.take(choice(&[], None));
    stage.picture("card-choice");
    assert_eq!(stage.title(), "Wardkey - Choose a card");
    stage.says(&["My key is kept by Example Trust signing", "Or put your card into the reader."]);
    let field = stage.named("User name");
    assert!(field.focused && field.role == Role::TextInput, "{field:?}");
    assert!(stage.press(Key::Enter).is_none(), "nobody");
    stage.focus("User name");
    stage.type_text("tester");
    // What was typed stays when a card is put in.
    stage.take(choice(&["Dr Ann Other"], None));
    stage.picture("card-choice-two");
    stage.says(&["Dr Ann Other"]);
    let answer = stage.press(Key::Enter);
    let user = "tester".to_owned();
    let expected = ChosenCard::Kept { service: 0, user };
    assert!(matches!(answer, Some(FromDialog::Card(chosen)) if chosen == expected));

    let mut stage = english();
    stage.take(choice(&["Dr Ann Other"], None));
    let here = stage.named("Dr Ann Other");
    assert_eq!(here.description.as_deref(), Some("Example Reader 00"));
    assert!(stage.named("Continue").focused);
    let answer = stage.press(Key::Enter);
    let expected = ChosenCard::Here { place: 0 };
    assert!(matches!(answer, Some(FromDialog::Card(chosen)) if chosen == expected));

    stage.take(choice(&["Dr Ann Other"], None));
    assert!(stage.press(Key::ArrowDown).is_none());
    assert!(stage.named("User name").focused, "the key leads to the field");
    stage.type_text("tester");
    let answer = stage.press(Key::Enter);
    assert!(matches!(answer, Some(FromDialog::Card(ChosenCard::Kept { service: 0, .. }))));

    let note = Said::from(Word::UserUnknown).with("Example Trust signing");
    stage.take(choice(&["Dr Ann Other"], Some(note)));
    stage.picture("card-choice-unknown");
    let note = stage.starting("Example Trust signing does not know");
    assert!(note.role == Role::Alert && stage.named("User name").focused);
}

#[test]
fn of_two_cards_one_is_chosen() {
    let mut stage = english();
    stage.take(choice_with(&["Dr Ann Other", "Dr Tom Example"], &[], None));
    stage.picture("card-choice-readers");
    for (holder, reader) in
        [("Dr Ann Other", "Example Reader 00"), ("Dr Tom Example", "Example Reader 01")]
    {
        assert_eq!(stage.named(holder).description.as_deref(), Some(reader));
    }
    assert!(stage.named("Continue").focused);
    assert!(stage.press(Key::ArrowDown).is_none());
    let answer = stage.press(Key::Enter);
    let expected = ChosenCard::Here { place: 1 };
    assert!(matches!(answer, Some(FromDialog::Card(chosen)) if chosen == expected));
}

#[test]
fn what_a_service_asks_for() {
    let mut stage = english();
    stage.take(kept(|body| {
        body.asks = vec![ask(false, None), ask(true, Some("Mobile OTP"))];
    }));
    stage.picture("remote-pin-otp");
    stage.says(&["Key of", "kept by", "Example Trust signing calls it “Mobile OTP”."]);
    assert_eq!(stage.named("One-time code").role, Role::PasswordInput);
    stage.type_text("1234");
    assert!(stage.press(Key::Enter).is_none(), "the code is missing");
    assert!(stage.named("One-time code").focused, "Enter leads to what is missing");
    stage.type_text("738496");
    let answer = stage.press(Key::Enter);
    let Some(FromDialog::Passcode { typed, .. }) = answer else { panic!("nothing typed") };
    assert_eq!(typed.into_inner(), "1234\n738496");

    stage.take(kept(|body| {
        let challenge = Some("Code 42 was sent to ·· 88".to_owned());
        body.asks = vec![AskLine { challenge, ..ask(true, Some("SMS")) }];
        body.tries.wrong = true;
        body.another = true;
    }));
    stage.picture("remote-challenge");
    stage.says(&["says: “Code 42 was sent to ·· 88”"]);
    assert_eq!(stage.named("What you typed is wrong.").role, Role::Alert);
    let another = "Use another card or your phone";
    assert_eq!(stage.tab_order(), ["One-time code", another, "Cancel"]);
    stage.click(another);
    assert!(matches!(stage.answered(), Some(FromDialog::AnotherCard)));
}

#[test]
fn on_the_phone() {
    let mut stage = english();
    stage.take(kept(|body| body.typed = TypedWhere::Elsewhere));
    stage.picture("remote-phone");
    stage.says(&["You confirm on your phone, or wherever Example Trust signing asks you."]);
    assert!(matches!(stage.press(Key::Enter), Some(FromDialog::Consented { .. })));
    let text = Said::from(Word::WaitingForService).with("Example Trust signing");
    stage.take(stage::screen(Word::SignIn, Body::Waiting { text, stop: true }));
    stage.picture("remote-waiting");
    assert_eq!(stage.tab_order(), ["Stop"]);
    assert!(stage.place("Stop").max.x > 470.0, "where other buttons are");
    stage.click("Stop");
    assert!(matches!(stage.answered(), Some(FromDialog::Cancelled)));
}

#[test]
fn in_welsh() {
    let mut stage = Stage::new(preferences("cy"));
    stage.take(sign_in(|body| {
        body.tries.wrong = true;
        body.tries.last = true;
    }));
    stage.picture("welsh-last-try");
    stage.says(&["Mewngofnodi", "Dyma'r cynnig olaf.", "Canslo", "Cyfringod"]);
    stage.take(sign(vec![fhir()], |_| {}));
    stage.picture("welsh-fhir");
    stage.says(&["Presgripsiwn ar gyfer Ms Ann Example", "Rhif GIG", "Un feddyginiaeth"]);
    stage.take(stage::roles());
    stage.picture("welsh-roles");
    stage.take(choice(&["Dr Ann Other"], None));
    stage.click("Cedwir fy allwedd gan Example Trust signing");
    stage.picture("welsh-card-choice");
    stage.says(&["Enw defnyddiwr"]);
    stage.take(kept(|body| {
        body.asks = vec![ask(false, None), ask(true, Some("Mobile OTP"))];
        body.another = true;
    }));
    stage.picture("welsh-remote-pin-otp");
    stage.take(kept(|body| body.typed = TypedWhere::Elsewhere));
    stage.picture("welsh-remote-phone");
    let text = Said::from(Word::WaitingForService).with("Example Trust signing");
    stage.take(stage::screen(Word::SignIn, Body::Waiting { text, stop: true }));
    stage.picture("welsh-remote-waiting");
    assert!(!stage.tree_text().contains("[U+"), "a letter without a glyph");
}

#[test]
fn a_long_text_is_drawn_no_slower_than_a_short_one() {
    let long = "Ward round: all well, as before.\n".repeat(32_000);
    assert!(long.len() > 1_000_000);
    let line = "x".repeat(1_000_000);
    for content in [long, line] {
        let mut stage = english();
        stage.take(sign(vec![text("Long", &content)], |_| {}));
        stage.settle();
        let drawn = stage.drawn_rows();
        assert!(drawn < 150, "{drawn} texts drawn");
        // To its end and back.
        stage.scroll(-1e9);
        assert!(stage.drawn_rows() < 150);
        stage.says(&["text/plain · "]);
        stage.scroll(1e9);
    }
}

const LETTER: &str = "Dear colleague,\n\nAnn \u{202e}was seen on the ward today. She is well, and \
                      goes home with a course of amoxicillin, one capsule three times a day for \
                      seven days.\n\nYours,\nDr Tom Tester";
