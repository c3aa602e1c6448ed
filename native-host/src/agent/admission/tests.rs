use std::collections::HashSet;

use super::*;

const POLICY: &str = r#"
[[server]]
url = "https://id.example"
name = "Example Trust"
authority = "/tls-ca.pem"

[[server]]
url = "https://other.example:8443"
name = "Other Trust"
authority = "/other-ca.pem"

[[origin]]
origin = "https://app.example"
capabilities = ["authorize", "sign_in", "ticket"]

[[origin]]
origin = "https://other.example:8443"
capabilities = ["user_details"]
"#;

fn granted(origin: &str) -> Option<Caller> {
    let policy: Policy = toml::from_str(POLICY).unwrap();
    grant(&policy, &Origin::parse(origin).unwrap()).map(Result::unwrap)
}

#[test]
fn a_servers_own_origin_may_authorize_at_that_server() {
    let own = granted("https://id.example").unwrap();
    assert_eq!(own.server, "https://id.example");
    let usual = HashSet::from([Capability::Authorize, Capability::SignIn]);
    assert_eq!(own.capabilities, usual);
    assert_eq!(check(&own, CommandName::Authorize, false), Ok(()));
    assert_eq!(check(&own, CommandName::Cards, false), Ok(()));

    // An entry of its own adds to it, and does not move it to the first server.
    let other = granted("https://other.example:8443").unwrap();
    assert_eq!(other.server, "https://other.example:8443");
    assert!(other.may(Capability::Authorize) && other.may(Capability::UserDetails));
}

#[test]
fn no_other_origin_may_authorize_whatever_policy_says() {
    let app = granted("https://app.example").unwrap();
    assert!(app.may(Capability::SignIn) && app.may(Capability::Ticket));
    let refused = check(&app, CommandName::Authorize, true).unwrap_err();
    assert_eq!(refused.code, ErrorCode::CapabilityNotGranted);
    assert_eq!(refused.details["capability"], "authorize");
    for near in ["https://other.example", "https://id.example:8443", "https://www.id.example"] {
        assert!(granted(near).is_none(), "{near}");
    }
}
