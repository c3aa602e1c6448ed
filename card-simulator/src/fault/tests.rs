use super::{Faults, Moment, Removal};

const SELECT: &[u8] = &[0x00, 0xa4, 0x04, 0x00];
const SIGN: &[u8] = &[0x00, 0x87, 0x07, 0x9a];

#[test]
fn the_card_leaves_once_at_the_ordered_apdu() {
    let mut faults = Faults::default();
    faults.remove(Removal { at: 3, instruction: None, moment: Moment::Before });
    let seen: Vec<_> = (0..6).map(|_| faults.count(SELECT)).collect();
    assert_eq!(seen, [None, None, Some(Moment::Before), None, None, None]);
}

#[test]
fn other_instructions_do_not_count() {
    let mut faults = Faults::default();
    faults.remove(Removal { at: 2, instruction: Some(0x87), moment: Moment::After });
    let seen: Vec<_> =
        [SELECT, SIGN, SELECT, &[], SIGN].iter().map(|apdu| faults.count(apdu)).collect();
    assert_eq!(seen, [None, None, None, None, Some(Moment::After)]);
}

#[test]
fn cleared_orders_are_gone() {
    let mut faults = Faults::default();
    faults.remove(Removal { at: 1, instruction: None, moment: Moment::Before });
    faults.slow = std::time::Duration::from_millis(5);
    faults.clear();
    assert_eq!(faults.count(SELECT), None);
    assert!(faults.slow.is_zero());
}
