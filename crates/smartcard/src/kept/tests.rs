use super::*;

fn known(card: u32, mark: &str) -> Known<u32, String> {
    Known { card, mark: mark.to_owned(), certificates: Vec::new() }
}

#[test]
fn the_last_that_was_read_of_a_card_is_kept() {
    let mut kept = Kept::default();
    kept.keep(known(1, "old"));
    kept.keep(known(1, "new"));
    assert_eq!(kept.of(&1).unwrap().mark, "new");
    assert!(kept.of(&2).is_none());
    kept.forget(&1);
    assert!(kept.of(&1).is_none());
}

#[test]
fn not_more_cards_are_kept_than_the_bound() {
    let mut kept = Kept::default();
    for card in 0..100 {
        kept.keep(known(card, ""));
    }
    assert_eq!(kept.0.len(), MOST);
    assert!(kept.of(&99).is_some() && kept.of(&0).is_none());
}
