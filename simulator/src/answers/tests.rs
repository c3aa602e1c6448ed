use wardkey_host::dialog::{
    screen::{CardLine, CardsBody, PasscodeBody, Tries, WhoAsks},
    words::Word,
};

use super::*;

fn screen(body: Body) -> Screen {
    let who_asks = WhoAsks {
        origin: "http://localhost:5173".to_owned(),
        within: None,
        program: None,
        user: false,
        server: None,
        relying_party: None,
        claims: None,
    };
    Screen { title: Word::SignIn.into(), who_asks, body }
}

fn line() -> CardLine {
    let (holder, reader) = ("Amira".to_owned(), "Simulated reader".to_owned());
    CardLine { holder, reader, kept: false }
}

fn passcode() -> Screen {
    screen(Body::Passcode(Box::new(PasscodeBody {
        card: line(),
        tries: Tries::default(),
        min_length: 4,
        max_length: 8,
        typed: TypedWhere::Here,
        asks: Vec::new(),
        another: false,
        content: Vec::new(),
        left_out: Vec::new(),
        note: None,
    })))
}

fn roles(preselected: Option<&str>) -> Screen {
    let role = |id: &str, name: &str, organisation: &str| {
        serde_json::json!({
            "id": id, "name": name, "organisationCode": "Z9901", "organisation": organisation
        })
    };
    let roles = serde_json::json!([
        role("1", "Nurse Access Role", "FELLSIDE SURGERY"),
        role("2", "Nurse Access Role", "HARBOUR HOSPITAL"),
        role("3", "Clerk", "HARBOUR HOSPITAL"),
    ]);
    screen(Body::Roles {
        user: "Tom".to_owned(),
        roles: serde_json::from_value(roles).unwrap(),
        preselected: preselected.map(str::to_owned),
    })
}

fn role(answers: &Answers, screen: &Screen) -> Option<String> {
    match answers.to(screen) {
        Some(FromDialog::Role { id }) => Some(id),
        Some(FromDialog::Cancelled) => None,
        _ => panic!("no answer to the question for a role"),
    }
}

#[test]
fn consent_is_given_cancelled_or_withheld() {
    let answers = Answers::default();
    let Some(FromDialog::Passcode { typed, left_out }) = answers.to(&passcode()) else {
        panic!("no passcode")
    };
    assert_eq!((typed.into_inner().as_str(), left_out.len()), (PASSCODE, 0));
    let waiting = screen(Body::Waiting { text: Word::ReadingCard.into(), stop: true });
    assert!(answers.to(&waiting).is_none());
    answers.be(Manner::No);
    assert!(matches!(answers.to(&passcode()), Some(FromDialog::Cancelled)));
    assert!(answers.to(&waiting).is_none());
    answers.be(Manner::Never);
    assert!(answers.to(&passcode()).is_none());
}

#[test]
fn a_role_is_chosen_by_its_words() {
    let answers = Answers::default();
    assert_eq!(role(&answers, &roles(None)).as_deref(), Some("1"));
    assert_eq!(role(&answers, &roles(Some("3"))).as_deref(), Some("3"));
    for (words, id) in [("2", "2"), ("clerk", "3"), ("harbour", "2"), ("Nurse", "1")] {
        answers.choose_role(Some(words.to_owned()));
        assert_eq!(role(&answers, &roles(Some("3"))).as_deref(), Some(id), "{words}");
    }
    answers.choose_role(Some("surgeon".to_owned()));
    assert_eq!(role(&answers, &roles(None)), None);
}

#[test]
fn the_first_card_is_taken() {
    let body = |cards| CardsBody { cards, services: Vec::new(), user: String::new(), note: None };
    let answers = Answers::default();
    let two = screen(Body::Cards(Box::new(body(vec![line(), line()]))));
    let first = ChosenCard::Here { place: 0 };
    assert!(matches!(answers.to(&two), Some(FromDialog::Card(chosen)) if chosen == first));
    let none = screen(Body::Cards(Box::new(body(Vec::new()))));
    assert!(matches!(answers.to(&none), Some(FromDialog::Cancelled)));
}
