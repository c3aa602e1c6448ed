use super::*;

/// Answers by a function and keeps what it was sent.
struct Scripted<F>(F, Vec<Vec<u8>>);

impl<F: FnMut(&[u8]) -> Vec<u8>> Transmit for Scripted<F> {
    fn transmit(&mut self, command: &[u8], _: bool) -> Result<Vec<u8>, CardError> {
        self.1.push(command.to_vec());
        Ok((self.0)(command))
    }

    fn control(&mut self, _: u32, _: Vec<u8>) -> Result<Vec<u8>, CardError> {
        Err(nonsense("no such function"))
    }
}

fn channel<F: FnMut(&[u8]) -> Vec<u8>>(extended: bool, t0: bool, card: F) -> Channel<Scripted<F>> {
    let extended = if extended { Extended::Yes } else { Extended::No };
    Channel { card: Scripted(card, Vec::new()), t0, extended, contactless: false }
}

fn command(data: &[u8]) -> Command<'_> {
    Command { head: [0xcb, 0x3f, 0xff], data, answered: true, secret: false }
}

const MORE: [u8; 2] = [0x61, 0x00];

#[test]
fn long_data_is_chained_and_a_long_answer_fetched() {
    let mut parts = [(vec![1; 256], MORE), (vec![2; 256], [0x61, 0x05]), (vec![3; 5], SUCCESS)]
        .into_iter()
        .map(|(data, status)| [data, status.to_vec()].concat());
    let mut channel = channel(false, false, |command| match command[0] {
        CHAINED => SUCCESS.to_vec(),
        _ => parts.next().unwrap(),
    });
    let data = vec![7; 600];
    let answer = channel.exchange(&command(&data)).unwrap();
    assert_eq!((answer.data.len(), answer.status), (517, SUCCESS));
    let sent = &channel.card.1;
    let lengths: Vec<_> = sent.iter().map(|command| (command[0], command.len())).collect();
    assert_eq!(lengths, [(0x10, 260), (0x10, 260), (0x00, 96), (0x00, 5), (0x00, 5)]);
    assert_eq!(sent[2][4], 90);
    assert_eq!(sent[4], [0x00, 0xc0, 0x00, 0x00, 0x05]);
}

#[test]
fn a_refused_part_of_a_chain_is_the_answer() {
    let mut channel = channel(false, false, |_| vec![0x68, 0x84]);
    let answer = channel.exchange(&command(&[0; 300])).unwrap();
    assert_eq!((answer.status, channel.card.1.len()), ([0x68, 0x84], 1));
}

#[test]
fn extended_lengths_go_both_ways_until_the_card_refuses_them() {
    let whole = |_: &[u8]| [vec![9; 3000], SUCCESS.to_vec()].concat();
    let mut willing = channel(true, false, whole);
    assert_eq!(willing.exchange(&command(&[7; 300])).unwrap().data.len(), 3000);
    assert_eq!(willing.card.1.len(), 1);
    assert_eq!(willing.card.1[0][..7], [0x00, 0xcb, 0x3f, 0xff, 0x00, 0x01, 0x2c]);
    assert_eq!(willing.card.1[0].len(), 4 + 3 + 300 + 2);

    let mut refusing = channel(true, false, |command| match command[4] {
        0 => WRONG_LENGTH.to_vec(),
        _ => SUCCESS.to_vec(),
    });
    for _ in 0..2 {
        assert_eq!(refusing.exchange(&command(&[7; 5])).unwrap().status, SUCCESS);
    }
    let lengths: Vec<_> = refusing.card.1.iter().map(Vec::len).collect();
    assert_eq!(lengths, [4 + 3 + 5 + 2, 4 + 1 + 5 + 1, 4 + 1 + 5 + 1]);
    assert!(refusing.refused_extended() && !willing.refused_extended());

    let mut known = channel(true, false, |_| SUCCESS.to_vec());
    known.without_extended();
    assert_eq!(known.exchange(&command(&[7; 5])).unwrap().status, SUCCESS);
    assert_eq!(known.card.1[0].len(), 4 + 1 + 5 + 1);
}

#[test]
fn by_t0_data_and_answer_are_two_commands() {
    let mut channel = channel(false, true, |command| match command[1] {
        0xc0 if command[4] == 0x10 => [vec![5; 16], SUCCESS.to_vec()].concat(),
        0xcb => vec![0x61, 0x10],
        0x20 if command.len() == 5 => vec![0x63, 0xc3],
        _ => vec![0x6f, 0x00],
    });
    assert_eq!(channel.exchange(&command(&[1, 2])).unwrap().data, [5; 16]);
    assert_eq!(channel.card.1[0], [0x00, 0xcb, 0x3f, 0xff, 0x02, 1, 2]);
    let bare = Command { head: [0x20, 0x00, 0x80], data: &[], answered: false, secret: false };
    assert_eq!(channel.exchange(&bare).unwrap().status, [0x63, 0xc3]);
}

#[test]
fn a_wrong_expected_length_is_corrected_once() {
    let mut channel = channel(false, false, |command| match command.last() {
        Some(0x08) => [vec![5; 8], SUCCESS.to_vec()].concat(),
        _ => vec![0x6c, 0x08],
    });
    assert_eq!(channel.exchange(&command(&[1])).unwrap().data, [5; 8]);
    assert_eq!(channel.card.1.len(), 2);
}

#[test]
fn the_beginning_is_one_part() {
    let mut channel = channel(true, false, |_| [vec![4; 256], MORE.to_vec()].concat());
    let answer = channel.beginning(&command(&[1])).unwrap();
    assert_eq!((answer.data.len(), answer.status, channel.card.1.len()), (256, MORE, 1));
}

#[test]
fn no_card_is_listened_to_for_ever() {
    let endless = |data: usize| move |_: &[u8]| [vec![0; data], MORE.to_vec()].concat();
    for data in [0, 1, 256] {
        let mut channel = channel(false, false, endless(data));
        assert!(channel.exchange(&command(&[1])).is_err(), "{data}");
        assert!(channel.card.1.len() <= MOST_PARTS + 2);
    }
    let mut huge = channel(true, false, |_| vec![0x90; 60_000]);
    assert!(huge.exchange(&command(&[1])).is_err());
    for answer in [&[][..], &[0x90]] {
        let mut cut = channel(false, false, |_| answer.to_vec());
        assert!(cut.exchange(&command(&[1])).is_err());
    }
    let mut corrects_for_ever = channel(false, false, |_| vec![0x6c, 0x10]);
    assert_eq!(corrects_for_ever.exchange(&command(&[1])).unwrap().status, [0x6c, 0x10]);
}

#[test]
fn extended_lengths_are_told_by_the_historical_bytes() {
    // A YubiKey 5, the emulated card, a T=0 card without capabilities, and cut ones.
    let yubikey = [
        0x3b, 0xfd, 0x13, 0x00, 0x00, 0x81, 0x31, 0xfe, 0x15, 0x80, 0x73, 0xc0, 0x21, 0xc0, 0x57,
        0x59, 0x75, 0x62, 0x69, 0x4b, 0x65, 0x79, 0x40,
    ];
    let emulated = [0x3b, 0x95, 0x13, 0x81, 0x01, 0x80, 0x73, 0xff, 0x01, 0x00, 0x0b];
    assert!(takes_extended_lengths(&yubikey));
    assert!(!takes_extended_lengths(&emulated));
    assert!(!takes_extended_lengths(&[0x3b, 0x00]));
    for end in 0..13 {
        assert!(!takes_extended_lengths(&yubikey[..end]), "{end}");
    }
}

#[test]
fn a_contactless_readers_answer_to_reset_is_told_from_a_cards_own() {
    let is = |atr: &[u8]| is_contactless(atr);
    // PC/SC, part 3: without historical bytes, with some, and with fifteen, of a storage card.
    assert!(is(&[0x3b, 0x80, 0x80, 0x01, 0x01]));
    assert!(is(&[0x3b, 0x85, 0x80, 0x01, 0x80, 0x73, 0xff, 0x01, 0x00, 0x09]));
    assert!(is(&[&[0x3b, 0x8f, 0x80, 0x01][..], &[0x80; 15], &[0x0e]].concat()));
    for other in [
        // T=1 only, and with TA and TB.
        &[0x3b, 0x80, 0x81, 0x01, 0x00][..],
        &[0x3b, 0x95, 0x13, 0x81, 0x01, 0x80, 0x73, 0xff, 0x01, 0x00, 0x0b],
        // T=0 before T=1, with interface bytes after it or of another convention.
        &[0x3b, 0x80, 0x80, 0x11, 0x00, 0x01],
        &[0x3f, 0x80, 0x80, 0x01, 0x01],
        // Cut, too long, and nothing.
        &[0x3b, 0x85, 0x80, 0x01, 0x80, 0x73],
        &[0x3b, 0x80, 0x80, 0x01, 0x01, 0x00],
        &[0x3b, 0x80],
        &[],
    ] {
        assert!(!is(other), "{other:02x?}");
    }
}
