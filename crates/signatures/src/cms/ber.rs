//! BER read as DER (X.690, sections 8 and 10): RFC 5652 lets SignedData be BER, and who streams it
//! writes it so. What is signed in it is DER already, and stays as it is.

/// The one value that the octets are, with definite lengths in their shortest form, and octet strings
/// in one piece. `None`: they are no BER, or nested deeper than anything that is signed here.
pub(crate) fn to_der(ber: &[u8]) -> Option<Vec<u8>> {
    let mut rest = ber;
    let mut der = Vec::with_capacity(ber.len());
    value(&mut rest, &mut der, 0)?;
    rest.is_empty().then_some(der)
}

/// Reads one value from the front and writes it.
fn value(rest: &mut &[u8], out: &mut Vec<u8>, depth: usize) -> Option<()> {
    let tag = take(rest, 1)?[0];
    // Tag numbers from 31 occur in nothing that is read here.
    if depth > MAX_DEPTH || tag & NUMBER == NUMBER {
        return None;
    }
    let length = length(rest)?;
    let constructed = tag & CONSTRUCTED != 0;
    if !constructed {
        let content = take(rest, length?)?;
        header(tag, content.len(), out);
        out.extend_from_slice(content);
        return Some(());
    }
    let mut content = Vec::new();
    match length {
        Some(length) => {
            let mut inner = take(rest, length)?;
            while !inner.is_empty() {
                value(&mut inner, &mut content, depth + 1)?;
            }
        }
        None => {
            while !rest.starts_with(&END) {
                value(rest, &mut content, depth + 1)?;
            }
            take(rest, END.len())?;
        }
    }
    if tag == OCTET_STRING | CONSTRUCTED {
        let whole = pieces(&content)?;
        header(OCTET_STRING, whole.len(), out);
        out.extend_from_slice(&whole);
    } else {
        header(tag, content.len(), out);
        out.extend_from_slice(&content);
    }
    Some(())
}

/// The octet strings, written in DER one after the other, in one.
fn pieces(mut strings: &[u8]) -> Option<Vec<u8>> {
    let mut whole = Vec::with_capacity(strings.len());
    while !strings.is_empty() {
        (take(&mut strings, 1)?[0] == OCTET_STRING).then_some(())?;
        let length = length(&mut strings)??;
        whole.extend_from_slice(take(&mut strings, length)?);
    }
    Some(whole)
}

/// `Some(None)`: it is indefinite.
fn length(rest: &mut &[u8]) -> Option<Option<usize>> {
    let first = take(rest, 1)?[0];
    if first < 0x80 {
        return Some(Some(usize::from(first)));
    }
    let count = usize::from(first & 0x7f);
    if count == 0 {
        return Some(None);
    }
    let octets = take(rest, count)?;
    let significant = octets.iter().position(|octet| *octet != 0).unwrap_or(count);
    let octets = &octets[significant..];
    if octets.len() > 4 {
        return None;
    }
    let length = octets.iter().fold(0_u64, |length, octet| length << 8 | u64::from(*octet));
    Some(Some(usize::try_from(length).ok()?))
}

fn header(tag: u8, length: usize, out: &mut Vec<u8>) {
    let octets = length.to_be_bytes();
    let significant = octets.iter().position(|octet| *octet != 0).unwrap_or(octets.len() - 1);
    let octets = &octets[significant..];
    out.push(tag);
    if length >= 0x80 {
        out.extend(u8::try_from(octets.len()).map(|count| 0x80 | count));
    }
    out.extend_from_slice(octets);
}

/// No length is believed beyond what is there.
fn take<'a>(rest: &mut &'a [u8], count: usize) -> Option<&'a [u8]> {
    let (taken, left) = rest.split_at_checked(count)?;
    *rest = left;
    Some(taken)
}

const CONSTRUCTED: u8 = 0x20;
/// End-of-contents.
const END: [u8; 2] = [0, 0];
/// A token within a signature, with its certificates' names, is at half of it.
const MAX_DEPTH: usize = 64;
const NUMBER: u8 = 0x1f;
const OCTET_STRING: u8 = 0x04;

#[test]
fn indefinite_lengths_and_pieces_are_put_in_order() {
    let cases: [(&[u8], &[u8]); 6] = [
        (&[0x30, 0x80, 2, 1, 5, 0, 0], &[0x30, 3, 2, 1, 5]),
        (&[0x30, 0x82, 0, 3, 2, 1, 5], &[0x30, 3, 2, 1, 5]),
        (&[0x24, 0x80, 4, 1, 7, 0x24, 0x80, 4, 1, 8, 0, 0, 0, 0], &[4, 2, 7, 8]),
        (&[0xa0, 0x80, 0x24, 6, 4, 1, 7, 4, 1, 8, 0, 0], &[0xa0, 4, 4, 2, 7, 8]),
        (&[0x30, 0x80, 0, 0], &[0x30, 0]),
        (&[4, 0x83, 0, 0, 1, 9], &[4, 1, 9]),
    ];
    for (ber, der) in cases {
        assert_eq!(to_der(ber).as_deref(), Some(der));
        assert_eq!(to_der(der).as_deref(), Some(der));
    }
    let long = [&[4, 0x81, 0x80][..], &[7; 128]].concat();
    assert_eq!(to_der(&long), Some(long.clone()));
    let wrong: [&[u8]; 9] = [
        &[],
        &[0x30],
        &[0x30, 0x80],
        &[0x30, 0x80, 0],
        &[4, 0x80, 0, 0],
        &[0x30, 2, 5, 0, 0],
        &[0x24, 3, 2, 1, 5],
        &[0x1f, 0x81, 1, 0],
        &[0x30, 0x88, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
    ];
    for wrong in wrong {
        assert_eq!(to_der(wrong), None, "{wrong:02x?}");
    }
    let nested = |count: usize| [[0x30, 0x80].repeat(count), [0, 0].repeat(count)].concat();
    assert!(to_der(&nested(MAX_DEPTH)).is_some());
    assert_eq!(to_der(&nested(100_000)), None);
}
