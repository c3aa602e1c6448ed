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
fn a_page_cannot_ask_for_what_is_the_extensions_own() {
    let own = json!({"own": {"id": 1, "command": "diagnostics"}});
    assert!(matches!(serde_json::from_value(own.clone()), Ok(FromExtension::Own(_))));
    // What a page sends is read as a page's message, whatever it looks like.
    assert_eq!(FromPage::parse(own).unwrap_err().error.code, ErrorCode::MessageMalformed);
    for command in OwnCommand::ALL {
        let name = serde_json::to_value(command).unwrap();
        let refused = Command::parse(name.as_str().unwrap(), json!({})).unwrap_err();
        assert_eq!(refused.code, ErrorCode::CommandUnknown);
    }
}
