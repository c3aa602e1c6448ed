use std::io::Write as _;

use flate2::{Compression, write::GzEncoder};

use super::*;

const CERTIFICATE: &[u8] = &[0x30; 900];

fn packed(octets: &[u8]) -> Vec<u8> {
    let mut packing = GzEncoder::new(Vec::new(), Compression::best());
    packing.write_all(octets).unwrap();
    packing.finish().unwrap()
}

fn object(certificate: &[u8], info: u8) -> Vec<u8> {
    let content =
        [tlv::write(&[0x70], certificate), tlv::write(&[0x71], &[info]), tlv::write(&[0xfe], &[])];
    tlv::write(&[0x53], &content.concat())
}

#[test]
fn certificates_are_unpacked_up_to_a_bound() {
    assert_eq!(certificate(&object(CERTIFICATE, 0)).unwrap(), CERTIFICATE);
    assert_eq!(certificate(&object(&packed(CERTIFICATE), 1)).unwrap(), CERTIFICATE);
    // As long as it may be, and a byte more.
    let long = usize::try_from(LONGEST_CERTIFICATE).unwrap();
    assert_eq!(certificate(&object(&packed(&vec![0; long]), 1)).unwrap().len(), long);
    assert_eq!(certificate(&object(&packed(&vec![0; long + 1]), 1)), None);
    assert_eq!(certificate(&object(&packed(&vec![0; 50_000_000]), 1)), None);
    let mut broken = packed(CERTIFICATE);
    broken.truncate(broken.len() - 1);
    assert_eq!(certificate(&object(&broken, 1)), None);
    assert_eq!(certificate(&object(CERTIFICATE, 1)), None, "it is not packed");
    assert_eq!(certificate(&object(&[], 0)), None);
    assert_eq!(certificate(&[0x53, 0x00]), None);
    assert_eq!(certificate(&[0x53, 0x82, 0xff, 0xff, 0x70]), None);
}

#[test]
fn a_card_is_named_by_its_guid_else_by_its_fasc_n() {
    let chuid = |fasc_n: &[u8], guid: &[u8]| {
        let rest = [tlv::write(&[0x35], b"20300101"), tlv::write(&[0x3e], &[0; 300])].concat();
        let content = [tlv::write(&[0x30], fasc_n), tlv::write(&[0x34], guid), rest].concat();
        // Signed CHUIDs are longer than one part of an answer.
        tlv::write(&[0x53], &content)[..256].to_vec()
    };
    assert_eq!(serial(&chuid(&[1; 25], &[0xa7; 16])), Some("A7".repeat(16)));
    assert_eq!(serial(&chuid(&[1; 25], &[0; 16])), Some("01".repeat(25)));
    assert_eq!(serial(&chuid(&[0; 25], &[0; 16])), None);
    assert_eq!(serial(&chuid(&[1; 24], &[2; 15])), None);
    assert_eq!(serial(&[]), None);
}

#[test]
fn the_discovery_object_says_whose_the_passcode_is() {
    let discovery = |policy: &[u8]| {
        tlv::write(
            &[0x7e],
            &[tlv::write(&[0x4f], &[0; 11]), tlv::write(&[0x5f, 0x2f], policy)].concat(),
        )
    };
    let policy = |octets: &[u8]| UsagePolicy::of(&discovery(octets));
    let global = UsagePolicy { admits_global: true, prefers_global: true, virtual_contact: false };
    assert_eq!(policy(&[0x60, 0x20]), global);
    // On-card comparison is admitted as well.
    assert_eq!(policy(&[0x70, 0x20]), global);
    assert_eq!(policy(&[0x60, 0x10]), UsagePolicy { prefers_global: false, ..global });
    assert_eq!(policy(&[0x6c, 0x20]), UsagePolicy { virtual_contact: true, ..global });
    let own = UsagePolicy::default();
    assert_eq!(policy(&[0x48, 0x00]), UsagePolicy { virtual_contact: true, ..own });
    for octets in [&[0x40, 0x00][..], &[0x40, 0x10], &[0x40, 0x20], &[0x20, 0x20], &[0x60], &[]] {
        assert_eq!(policy(octets), own, "{octets:02x?}");
    }
    assert_eq!(UsagePolicy::of(&[]), own);
}

#[test]
fn the_key_history_lists_at_most_all_retired_keys() {
    let history = |count: u8| tlv::write(&[0x53], &tlv::write(&[0xc1], &[count]));
    assert_eq!(
        retired_keys(&history(2)).map(|key| key.reference()).collect::<Vec<_>>(),
        [0x82, 0x83]
    );
    assert_eq!(retired_keys(&history(255)).count(), 20);
    assert_eq!(retired_keys(&[]).count(), 0);
}
