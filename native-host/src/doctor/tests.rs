use std::collections::HashSet;

use wardkey_protocol::own::FindingState;

use super::codes::Code;

#[test]
fn codes_differ_and_what_is_not_well_has_a_remedy() {
    let texts: HashSet<_> = Code::ALL.iter().map(|code| code.as_str()).collect();
    assert_eq!(texts.len(), Code::ALL.len());
    for code in Code::ALL {
        assert_eq!(code.state() == FindingState::Ok, code.remedy().is_empty(), "{code:?}");
        assert!(code.means().ends_with('.'), "{code:?}");
    }
}

#[test]
fn the_documentation_has_the_table() {
    let text = include_str!("../../../docs/doctor.md");
    let (_, text) = text.split_once("\n## Codes\n").unwrap();
    let (table, _) = text.split_once("\n## ").unwrap();
    let documented: Vec<_> = table.lines().filter(|line| line.starts_with("| `")).collect();
    let rows: Vec<_> = Code::ALL
        .iter()
        .map(|code| {
            let state = format!("{:?}", code.state()).to_lowercase();
            let (code, means, remedy) = (code.as_str(), code.means(), code.remedy());
            format!("| `{code}` | {state} | {means} | {remedy} |").replace("|  |", "| |")
        })
        .collect();
    assert!(documented == rows, "docs/doctor.md should have:\n{}", rows.join("\n"));
}
