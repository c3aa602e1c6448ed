use super::{CONTENT_SECURITY_POLICY, FILES};

fn file(path: &str) -> &'static str {
    FILES.iter().find(|(found, ..)| *found == path).unwrap().2
}

#[test]
fn the_policy_admits_nothing_inline() {
    assert!(CONTENT_SECURITY_POLICY.starts_with("default-src 'none'; script-src 'self' "));
    assert!(!CONTENT_SECURITY_POLICY.contains("unsafe-inline"));
    assert!(!CONTENT_SECURITY_POLICY.contains("  "));
}

#[test]
fn the_page_has_no_inline_script_or_style() {
    let page = file("/");
    assert_eq!(page.matches("<script").count(), 1);
    assert!(page.contains("<script type=\"module\" src=\"/app.js\"></script>"));
    assert!(!page.contains("<style"));
    let attribute = |tag: &str| tag.contains(" style=") || tag.contains(" on");
    let tags = page.split('<').filter_map(|part| part.split_once('>')).map(|(tag, _)| tag);
    assert_eq!(tags.filter(|tag| attribute(tag)).collect::<Vec<_>>(), Vec::<&str>::new());
}

#[test]
fn everything_the_page_refers_to_is_served() {
    let quoted = |text: &'static str| text.split(['"', '`', '\'']).skip(1).step_by(2);
    let admitted = |path: &str| {
        let path = path.split(['#', '$']).next().unwrap_or_default();
        path.starts_with("/api/") || path == "/sdk/dist/index.js" || served(path)
    };
    for (name, _, content) in FILES {
        for path in quoted(content).filter(|text| text.starts_with('/') && !text.contains(' ')) {
            assert!(admitted(path), "{name} refers to {path}");
        }
        for path in quoted(content).filter_map(|text| text.strip_prefix("./")) {
            assert!(served(&format!("/{path}")), "{name} imports {path}");
        }
    }
}

fn served(path: &str) -> bool {
    FILES.iter().any(|(found, ..)| *found == path)
}

#[test]
fn elements_the_scripts_ask_for_are_there() {
    let page = file("/");
    for (name, media_type, content) in FILES {
        if !media_type.starts_with("text/javascript") {
            continue;
        }
        for rest in content.split("byId(\"").skip(1) {
            let id = rest.split('"').next().unwrap();
            let made = FILES.iter().any(|(_, _, text)| text.contains(&format!("id: \"{id}\"")));
            assert!(made || page.contains(&format!("id=\"{id}\"")), "{name} asks for #{id}");
        }
    }
}

#[test]
fn nothing_is_written_as_markup() {
    for (name, _, content) in FILES {
        for sink in ["innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval("] {
            assert!(!content.contains(sink), "{name} has {sink}");
        }
    }
}
