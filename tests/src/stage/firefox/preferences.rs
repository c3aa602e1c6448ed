use serde_json::{Value, json};

/// What `user.js` says: Marionette's port, our extension's id with the address that its pages have, and nothing
/// that asks the net.
pub fn of(port: u16, id: &str, uuid: &str) -> String {
    let ids = json!({id: uuid}).to_string();
    let preferences = [
        ("marionette.port", json!(port)),
        // Our own pages have a known address.
        ("extensions.webextensions.uuids", json!(ids)),
        // Nobody has signed what was just packed.
        ("xpinstall.signatures.required", json!(false)),
        ("extensions.autoDisableScopes", json!(0)),
        ("browser.shell.checkDefaultBrowser", json!(false)),
        ("browser.aboutwelcome.enabled", json!(false)),
        ("browser.startup.homepage_override.mstone", json!("ignore")),
        ("browser.startup.page", json!(0)),
        ("datareporting.policy.dataSubmissionEnabled", json!(false)),
        ("toolkit.telemetry.server", json!("")),
        ("app.normandy.enabled", json!(false)),
        ("app.update.disabledForTesting", json!(true)),
        ("extensions.update.enabled", json!(false)),
        ("services.settings.server", json!("data:,#remote-settings-dummy/v1")),
        ("browser.safebrowsing.downloads.remote.enabled", json!(false)),
        ("network.dns.localDomains", json!("ward.test,other.test")),
        // Passkeys lie in an authenticator of the driver's.
        ("security.webauth.webauthn_enable_softtoken", json!(true)),
        ("security.webauth.webauthn_enable_usbtoken", json!(false)),
        ("network.captive-portal-service.enabled", json!(false)),
        ("network.connectivity-service.enabled", json!(false)),
    ];
    let line = |(name, value): (&str, Value)| format!("user_pref({}, {value});\n", json!(name));
    preferences.map(line).concat()
}
