//! The exports as C calls them, as far as they need no agent; and the header, which is written by
//! hand.

use super::*;

#[test]
fn the_header_has_every_code_and_group() {
    let header = include_str!("../include/wardkey_ticket_api.h");
    let defines = |name: String, number: u32| {
        let line = header.lines().find(|line| line.starts_with(&format!("#define {name} ")));
        let value = line.and_then(|line| line.split_ascii_whitespace().nth(2));
        assert_eq!(value, Some(format!("0x{number:08X}").as_str()), "{name}");
    };
    for (code, name) in Code::ALL {
        defines(format!("TCK_API_ERR_{name}"), code.number());
    }
    for (bits, name) in Code::GROUPS {
        defines(format!("TCK_ERR_GRP_{name}"), *bits);
    }
    defines("TCK_ERR_GRP_WINDOWS".to_owned(), wardkey_spine::ticket_api::WINDOWS);
    let codes = header.lines().filter(|line| line.starts_with("#define TCK_API_ERR_")).count();
    assert_eq!(codes, Code::ALL.len(), "a code that is none");
}

#[test]
fn an_instance_that_is_none_is_an_error_of_every_call() {
    let mut buffer = [7; 8];
    let mut used = 7;
    for (instance, code) in [(0, Code::NOT_INITIALIZED), (4711, Code::INVALID_INSTANCE_HANDLE)] {
        let number = code.number().cast_signed();
        for call in [_TcktApi_getTicket, _TcktApi_getTicketNoAuth, _TcktApi_getNewTicket] {
            // SAFETY: the buffer has eight octets and outlives the call.
            let outcome = unsafe { call(instance, buffer.as_mut_ptr(), 8, &raw mut used) };
            assert_eq!(outcome, number);
        }
        assert_eq!(_TcktApi_destroyTicket(instance), number);
        assert_eq!(_TcktApi_getLastError(instance), code.number());
        assert_eq!(_TcktApi_GetGAVersion(instance, 2), 0);
        assert_eq!(_TcktApi_Finalize(instance), number);
    }
    assert_eq!((buffer, used), ([7; 8], 7), "on an error nothing is changed");
    assert_eq!(_TcktApi_GetGAVersion(0, 1), GetDllVersion());
    assert_eq!(api::packed("1.2.3-rc.1"), 0x0001_0203);
}

#[test]
fn descriptions_are_written_whole_or_not_at_all() {
    let describe = |error: u32, size: u32| {
        let mut buffer = [7u8; 64];
        let mut used = 99;
        // SAFETY: the buffer has 64 octets and outlives the call.
        let outcome = unsafe {
            let start = buffer.as_mut_ptr().cast();
            _TcktApi_getErrorDescription(0, error, start, size, &raw mut used)
        };
        (outcome.cast_unsigned(), buffer, used)
    };
    let text = b"There is no ticket.";
    let code = Code::TICKET_NOT_AVAILABLE.number();
    let (outcome, buffer, used) = describe(code, 20);
    assert_eq!((outcome, used), (0, 19));
    assert_eq!((&buffer[..19], buffer[19], buffer[20]), (&text[..], 0, 7));
    let (outcome, buffer, used) = describe(code, 19);
    assert_eq!((outcome, buffer, used), (Code::BUFFER_TOO_SMALL.number(), [7; 64], 99));
    assert_eq!(describe(1, 64).0, Code::INVALID_PARAMETER.number());
    assert_eq!(describe(code, 0).0, Code::INVALID_PARAMETER.number());
    // SAFETY: no buffer is a caller's mistake, and no length wanted is not.
    let outcome = unsafe {
        _TcktApi_getErrorDescription(0, code, std::ptr::null_mut(), 8, std::ptr::null_mut())
    };
    assert_eq!(outcome.cast_unsigned(), Code::INVALID_PARAMETER.number());
}

#[test]
fn a_panic_stays_inside() {
    assert_eq!(guarded(5, || panic!("a bug")), 5);
    let code = answer(|| panic!("a bug"));
    assert_eq!(code.cast_unsigned(), Code::INTERNAL.number());
}
