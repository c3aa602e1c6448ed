use std::collections::HashSet;

use super::*;

#[test]
fn codes_are_their_group_and_a_number_and_each_says_what_it_means() {
    assert_eq!(Code::TICKET_NOT_AVAILABLE.number(), 0x8010_0009);
    assert_eq!(Code::PIN_BLOCKED.number(), 0x8020_0004);
    assert_eq!(Code::USER_ABORT.number(), 0x8040_0001);
    assert_eq!(Code::NOT_INSTALLED.number(), 0x8080_0002);
    let numbers: HashSet<u32> = Code::ALL.iter().map(|(code, _)| code.number()).collect();
    assert_eq!((numbers.len(), Code::ALL.len()), (33, 33));
    for (code, name) in Code::ALL {
        let groups = Code::GROUPS.iter().filter(|(bits, _)| code.number() & 0xFFFF_0000 == *bits);
        assert_eq!(groups.count(), 1, "{name}");
        assert!(Code::of(code.number()).description().is_some(), "{name}");
    }
    assert_eq!(Code::of(0x8010_000C).description(), None);
}
