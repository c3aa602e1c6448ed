use super::*;

const LONG: &str =
    "Acme Corporation Smartcard Reader With A Rather Long Name [CCID Interface] (0001) 00 00";
const LONG_SECOND: &str =
    "Acme Corporation Smartcard Reader With A Rather Long Name [CCID Interface] (0001) 01 00";

#[test]
fn a_slot_is_the_reader_of_its_name() {
    let names = ["Ward reader 00 00", "Ward reader 00 01"];
    assert_eq!(best_match("Ward reader 00 01", &names), Some(names[1]));
    assert_eq!(best_match("Ward reader 00 00   ", &names), Some(names[0]));
    assert_eq!(best_match("Ward reader", &names), None);
    assert_eq!(best_match("", &names), None);
}

#[test]
fn a_description_cut_at_64_bytes_finds_its_reader_where_there_is_one() {
    assert_eq!(best_match(&LONG[..64], &["Ward reader 00 00", LONG]), Some(LONG));
    // Two readers of one make cannot be told apart, and a wrong one is worse than none.
    assert_eq!(best_match(&LONG[..64], &[LONG, LONG_SECOND]), None);
}

#[test]
fn a_description_that_adds_to_the_name_finds_its_reader() {
    let names = ["Ward reader 00 00", "Ward reader 00 01"];
    assert_eq!(best_match("Ward reader 00 01 (signature PIN)", &names), Some(names[1]));
    assert_eq!(best_match("SoftHSM slot ID 0x1", &names), None);
}

#[test]
fn failures_of_the_service_have_their_names() {
    assert_eq!(failed("SCardConnect", Error::NoService), CardError::ReaderServiceMissing);
    assert_eq!(failed("SCardConnect", Error::RemovedCard), CardError::CardRemoved);
    assert_eq!(failed("SCardConnect", Error::SharingViolation), CardError::CardBusy);
    assert_eq!(failed("SCardConnect", Error::UnknownReader), CardError::ReaderMissing);
    let other = failed("SCardTransmit", Error::CommError);
    assert_eq!(
        other,
        CardError::ModuleFailed {
            function: "SCardTransmit".to_owned(),
            code: Some("CommError".to_owned())
        }
    );
}
