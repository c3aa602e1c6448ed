//! Messages of the Spine's wire formats, both directions.
#![no_main]

use wardkey_spine::{
    GpObject, assertion,
    session_service::{SessionNotification, SessionRequest, SessionResponse},
};

libfuzzer_sys::fuzz_target!(|octets: &[u8]| {
    let _ = GpObject::read(octets);
    let _ = assertion::read_unsigned(octets);
    let _ = SessionRequest::read_set(octets);
    let _ = SessionResponse::read(octets);
    let _ = SessionNotification::read(octets);
});
