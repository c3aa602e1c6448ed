//! The Identity Server's own pages in a real browser: a user's account, passkeys, administration.

use anyhow::{Result, ensure};
use wardkey_tests::stage::{AMIRA, Engine, Options, TOM};

use super::at_server::{AtServer, OFFERS};
use crate::InBoth;

/// In Chromium and in Firefox.
pub const IN_BOTH: &[(&str, InBoth)] = &[
    ("console::a_passkey_is_made_after_a_card_sign_in_and_signs_in_without_a_card", passkey),
    ("console::a_passkeys_user_chooses_a_role_on_the_page", role),
    ("console::an_administrator_manages_people_applications_and_sessions", administrator),
];

fn passkey(engine: Engine) -> Result<()> {
    let mut site = AtServer::new(&Options::of(engine))?;
    site.runtime.block_on(site.stage.browser.add_authenticator())?;
    site.sign_in_at(ACCOUNT, None)?;
    ensure!(site.text("h1")? == "Amira Okafor", "another user");
    ensure!(site.text("main")?.contains("Independent Prescriber GP"), "no role");
    site.picture("account")?;
    site.open_page("/wardkey/admin/sessions")?;
    ensure!(site.text("main")?.contains("does not administer"), "no administrator");

    add_passkey(&site)?;
    site.picture("account-passkey")?;
    ensure!(site.text("main")?.contains("Ward telephone"), "the passkey is not listed");

    // Once the card is out the pages are closed, and the passkey signs in where it is accepted.
    site.stage.reader.pull()?;
    site.wait_for_account_to_close()?;
    site.open("tablet")?;
    site.wait_for("document.querySelector('#passkey')?.hidden === false")?;
    site.picture("sign-in-passkey")?;
    site.click("#passkey")?;
    let said = site.said()?;
    ensure!(said["claims"]["sub"] == AMIRA.uid, "{said}");
    ensure!(said["claims"]["acr"] == "AAL2_ANY", "{said}");
    ensure!(said["claims"]["amr"] == serde_json::json!(["mfa", "pop", "user"]), "{said}");
    ensure!(said["claims"]["authentication_assurance_level"] == 2, "{said}");
    site.open("ward")?;
    site.wait_for(OFFERS)?;
    site.wait_for("document.querySelector('#passkey').hidden")
}

fn role(engine: Engine) -> Result<()> {
    let mut site = AtServer::new(&Options { user: TOM, ..Options::of(engine) })?;
    site.runtime.block_on(site.stage.browser.add_authenticator())?;
    site.sign_in_at(ACCOUNT, Some(1))?;
    add_passkey(&site)?;
    site.stage.reader.pull()?;
    site.wait_for_account_to_close()?;

    // Whoever has just shown the passkey is not asked again because a login was asked for.
    site.open("tablet&prompt=login")?;
    site.wait_for("document.querySelector('#passkey')?.hidden === false")?;
    site.click("#passkey")?;
    site.wait_for("document.querySelectorAll('#roles button').length === 3")?;
    site.picture("sign-in-roles")?;
    site.click("#roles li:nth-child(2) button")?;
    let said = site.said()?;
    ensure!(said["user"]["selected_roleid"] == "555900000103", "{said}");
    let session = said["claims"]["sid"].as_str().unwrap_or_default().to_owned();

    // With the passkey its sessions go.
    site.stage.reader.insert()?;
    site.sign_in_at(ACCOUNT, Some(1))?;
    site.click("form[action$='passkeys/remove'] button")?;
    site.wait_for("location.search === '?done=removed'")?;
    site.party.wait_for_logouts(&session, &["tablet"])
}

fn add_passkey(site: &AtServer) -> Result<()> {
    site.open_page(ACCOUNT)?;
    site.type_into("#new-passkey input", "Ward telephone")?;
    site.click("#new-passkey button")?;
    site.wait_for("location.search === '?done=added'")
}

fn administrator(engine: Engine) -> Result<()> {
    let site = AtServer::new(&Options { user: TOM, ..Options::of(engine) })?;
    // The third role administers.
    site.sign_in_at("/wardkey/admin/people", Some(3))?;
    ensure!(site.text("main")?.contains("Okafor Amira Dr"), "{}", site.text("main")?);
    site.picture("people")?;

    let file = site.folder.path().join("leaver.ldif");
    let modify = "dn: uid=555000000101,ou=People,o=nhs\nchangetype: modify\n\
                  replace: nhsPersonStatus\nnhsPersonStatus: 0\n\n";
    std::fs::write(&file, format!("{modify}{}", modify.replace("0101", "0999")))?;
    let upload = |kept: bool| -> Result<()> {
        site.type_into("input[type=file]", &file.display().to_string())?;
        if kept {
            site.click("input[name=dry_run]")?;
        }
        site.click("form[action$=import] button")?;
        site.wait_for("document.querySelector('section.notice')")
    };
    upload(false)?;
    ensure!(site.text("section.notice")?.contains("555000000999"), "nothing is refused");
    site.picture("people-refused")?;
    std::fs::write(&file, modify)?;
    site.open_page("/wardkey/admin/people")?;
    upload(true)?;
    ensure!(
        site.text("section.notice")?.contains("Taken over. Records that are right: 1 (1 changed")
    );
    site.open_page("/wardkey/admin/person/555000000101")?;
    ensure!(site.text(".lead")?.contains("inactive"), "{}", site.text("main")?);
    site.picture("person")?;

    site.open_page("/wardkey/admin/applications")?;
    site.picture("applications")?;
    site.type_into("input[name=origin]", "https://pharmacy.example/path")?;
    site.type_into("input[name=name]", "Pharmacy")?;
    site.click("form[action$=app] button")?;
    site.wait_for("document.querySelector('[role=alert]')")?;
    ensure!(site.text("[role=alert]")?.contains("not a web origin"), "an address for an origin");
    site.type_into("input[name=origin]", "https://pharmacy.example")?;
    site.type_into("input[name=name]", "Pharmacy")?;
    site.click("form[action$=app] button")?;
    site.wait_for("location.search === '?done=saved'")?;
    ensure!(site.text("main")?.contains("https://pharmacy.example"), "the app is not listed");

    site.open_page("/wardkey/admin/authorities")?;
    ensure!(site.text("main")?.contains("Demo Root Authority"), "{}", site.text("main")?);
    site.picture("authorities")?;

    site.open_page(&format!("/wardkey/admin/sessions?uid={}", TOM.uid))?;
    ensure!(site.text("main")?.contains("Tommy Lindqvist"), "{}", site.text("main")?);
    site.picture("sessions")?;
    site.click("form[action$='sessions/end'] button")?;
    // It was the administrator's own.
    site.wait_for("document.querySelector('#go')")
}

const ACCOUNT: &str = "/wardkey/account";
