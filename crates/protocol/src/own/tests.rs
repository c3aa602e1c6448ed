use serde_json::json;

use super::*;
use crate::{Command, ErrorCode, envelope::FromPage, hop::FromExtension};

#[test]
fn every_name_is_found_again() {
    for command in OwnCommand::ALL {
        let name = serde_json::to_value(command).unwrap();
        assert_eq!(OwnCommand::from_name(name.as_str().unwrap()), Some(*command));
    }
    assert_eq!(OwnCommand::from_name("status"), None);
}

#[test]
fn whose_passcode_is_read_strictly() {
    let read = |args: Value| {
        let request = json!({"id": 1, "command": "change_passcode", "args": args});
        let args: PasscodeArgs = serde_json::from_value::<OwnRequest>(request).unwrap().read()?;
        args.reader().map(|reader| reader.map(str::to_owned))
    };
    let named = Some("Ward reader 00 00".to_owned());
    assert_eq!(read(json!({"reader": "Ward reader 00 00"})), Ok(named));
    assert_eq!(read(json!({})), Ok(None));
    let long = "x".repeat(MAX_TEXT + 1);
    for args in [json!({"reader": ""}), json!({"reader": long}), json!({"passcode": "123456"})] {
        assert_eq!(read(args).unwrap_err().code, ErrorCode::ArgumentInvalid);
    }
}

#[test]
fn a_page_cannot_ask_for_what_is_the_extensions_own() {
    let own = json!({"own": {"id": 1, "command": "diagnostics"}});
    assert!(matches!(serde_json::from_value(own.clone()), Ok(FromExtension::Own(_))));
    // What a page sends is read as a page's message, whatever it looks like.
    assert_eq!(FromPage::parse(own).unwrap_err().error.code, ErrorCode::MessageMalformed);
    for command in OwnCommand::ALL {
        let name = serde_json::to_value(command).unwrap();
        let parsed = Command::parse(name.as_str().unwrap(), json!({"session": "s"}));
        let code = parsed.unwrap_err().code;
        // A page has commands of these names for its own session, and names none.
        let own = !matches!(command, OwnCommand::SelectRole | OwnCommand::SignOut);
        let wanted = if own { ErrorCode::CommandUnknown } else { ErrorCode::ArgumentInvalid };
        assert_eq!(code, wanted, "{name}");
    }
}

#[test]
fn arguments_are_read_strictly() {
    let read = |args| {
        let request = json!({"id": 1, "command": "revoke", "args": args});
        serde_json::from_value::<OwnRequest>(request).unwrap().read::<revoke::Args>()
    };
    let all = read(json!({"origin": "https://ward.example"})).unwrap();
    assert_eq!((all.origin.as_str(), all.capability), ("https://ward.example", None));
    for bad in
        [json!({}), json!({"origin": "x", "more": 1}), json!({"origin": "x", "capability": "all"})]
    {
        assert_eq!(read(bad).unwrap_err().code, ErrorCode::ArgumentInvalid);
    }
}
