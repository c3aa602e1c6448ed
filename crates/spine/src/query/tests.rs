use super::{
    QueryError, role_assertion_path, role_assertion_ticket, role_selection_path,
    role_selection_query,
};
use crate::Ticket;

#[test]
fn a_role_selection_survives_the_trip() {
    let ticket = Ticket::generate(&[0xFB; Ticket::RANDOM_LENGTH]);
    let path = role_selection_path(&ticket, "555000000201");
    let (page, query) = path.split_once('?').unwrap();
    assert_eq!(page, "/saml/RoleSelectionGP.jsp");
    let selection = role_selection_query(query).unwrap();
    assert_eq!(selection.ticket.expose(), ticket.expose());
    assert_eq!(selection.role_profile, "555000000201");
    let older = format!("{query}&ssbMode=0&fallbackStatus=0&gacVersion=10");
    assert!(role_selection_query(&older).is_ok());
}

#[test]
fn the_ticket_of_an_assertion_survives_the_trip() {
    let ticket = Ticket::generate(&[0xFB; Ticket::RANDOM_LENGTH]);
    let path = role_assertion_path(&ticket);
    let (_, query) = path.split_once('?').unwrap();
    assert_eq!(role_assertion_ticket(query).unwrap().expose(), ticket.expose());
    let careless = format!("token={}", ticket.expose().replace('#', "%23"));
    assert_eq!(role_assertion_ticket(&careless).unwrap().expose(), ticket.expose());
}

#[test]
fn malformed_queries_are_refused() {
    let ticket = "A".repeat(40);
    for (query, error) in [
        (String::new(), QueryError::Missing("selectedRoleUid")),
        ("selectedRoleUid=1".to_owned(), QueryError::Missing("token")),
        (format!("token={ticket}&selectedRoleUid=<"), QueryError::Malformed("selectedRoleUid")),
        (format!("token={ticket}&selectedRoleUid="), QueryError::Malformed("selectedRoleUid")),
        (
            format!("token={ticket}&token={ticket}&selectedRoleUid=1"),
            QueryError::Malformed("token"),
        ),
        ("token=%4&selectedRoleUid=1".to_owned(), QueryError::Malformed("token")),
        ("token=%FF%00&selectedRoleUid=1".to_owned(), QueryError::Malformed("token")),
    ] {
        assert_eq!(role_selection_query(&query).unwrap_err(), error, "{query}");
    }
}
