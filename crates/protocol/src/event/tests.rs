use super::*;

#[test]
fn names_are_those_of_the_wire() {
    for event in EventName::ALL {
        assert_eq!(serde_json::to_value(event).unwrap(), event.as_str());
        assert_eq!(EventName::from_name(event.as_str()), Some(*event));
    }
    assert_eq!(EventName::from_name("card_stolen"), None);
}
