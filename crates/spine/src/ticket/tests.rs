use super::Ticket;

#[test]
fn a_new_ticket_has_the_form_of_the_spine_and_reads_back() {
    let ticket = Ticket::generate(&[0xA5; Ticket::RANDOM_LENGTH]);
    let text = ticket.expose();
    assert!(text.starts_with("AQIC5wM2LY4Sfc"), "{text}");
    assert!(text.ends_with("=@AAJTSQACMDE=#"), "{text}");
    assert_eq!(text.len(), 74);
    let again = Ticket::parse(text).unwrap();
    assert_eq!((again.expose(), again.sha256()), (text, ticket.sha256()));
    assert_ne!(ticket.sha256(), Ticket::generate(&[0xA6; Ticket::RANDOM_LENGTH]).sha256());
}

#[test]
fn all_random_octets_show_in_the_ticket() {
    for changed in 0..Ticket::RANDOM_LENGTH {
        let mut random = [0; Ticket::RANDOM_LENGTH];
        random[changed] = 1;
        let zero = Ticket::generate(&[0; Ticket::RANDOM_LENGTH]);
        assert_ne!(Ticket::generate(&random).expose(), zero.expose());
    }
}

#[test]
fn what_cannot_be_a_ticket_is_refused() {
    let long = "A".repeat(1025);
    for text in
        ["", "AQIC5wM2", &long, &format!("{}<", "A".repeat(40)), &format!("{} A", "A".repeat(40))]
    {
        assert!(Ticket::parse(text).is_err(), "{text}");
    }
}

#[test]
fn the_secret_does_not_show_by_accident() {
    let ticket = Ticket::generate(&[1; Ticket::RANDOM_LENGTH]);
    assert_eq!(format!("{ticket:?}"), "Ticket(…)");
}

#[test]
fn in_a_query_every_special_character_is_encoded() {
    let ticket =
        Ticket::parse("AQIC5wM2LY4Sfcy73z2zeTRzPNXOdr5U6mC2+yU/VxA=@AAJTSQACMDE=#").unwrap();
    assert_eq!(
        ticket.percent_encoded().as_str(),
        "AQIC5wM2LY4Sfcy73z2zeTRzPNXOdr5U6mC2%2ByU%2FVxA%3D%40AAJTSQACMDE%3D%23"
    );
}
