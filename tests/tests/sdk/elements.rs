//! The ready-made elements: a day with a card, what is missing, and another language.

use std::fs;

use anyhow::{Result, ensure};
use serde_json::json;
use wardkey_tests::stage::{Browser, Host, Installed, Reader, TOM};

use super::{
    clinic::{Clinic, picture},
    world::{Test, With, World},
};

pub const IN_BOTH: &[(&str, Test)] = &[
    ("elements::sign_in_sign_and_pull_the_card", day),
    ("elements::what_is_missing_is_said_with_where_to_get_it", missing),
    ("elements::words_follow_the_language_of_the_page", language),
    ("elements::a_session_changes_its_role_locks_and_goes_on", session),
    ("elements::where_nobody_knows_the_result_is_asked_for_and_not_signed_again", unknown),
    ("elements::a_missing_reader_is_said_in_the_pages_own_words", no_reader),
];

fn day(world: &mut World) -> Result<()> {
    let mut clinic = Clinic::open(world, "elements.html")?;
    clinic.wait_for("document.querySelector('wardkey-sign-in').state === 'ready'")?;
    clinic.wait_for("document.querySelector('wardkey-session').state === 'signed-out'")?;
    clinic.picture("elements-ready")?;

    walk(&clinic, &["wardkey-sign-in button", "wardkey-sign button"])?;
    walk(&clinic, &["wardkey-sign-in button"])?;
    clinic.press(ENTER)?;
    clinic.wait_for_dialog()?;
    clinic.picture("elements-busy")?;
    ensure!(focus(&clinic)? == "wardkey-sign-in button", "{}", focus(&clinic)?);
    clinic.click_in("wardkey-sign-in", "[part=cancel]")?;
    clinic.wait_for("document.querySelector('wardkey-sign-in').state === 'ready'")?;
    clinic.wait_for_no_dialog()?;
    // The button that was clicked is gone.
    ensure!(focus(&clinic)? == "wardkey-sign-in button", "{}", focus(&clinic)?);
    clinic.click_in("wardkey-sign-in", "[part=button]")?;
    clinic.passcode()?;
    clinic.wait_for("document.querySelector('wardkey-sign-in').state === 'signed-in'")?;
    ensure!(focus(&clinic)? == "wardkey-sign-in status", "{}", focus(&clinic)?);
    clinic.wait_for("document.querySelector('wardkey-session').state === 'active'")?;
    let user = "return document.querySelector('wardkey-session').shadowRoot
        .querySelector('[part=user]').textContent;";
    let user = clinic.script(user)?;
    ensure!(user.as_str().is_some_and(|user| user.contains("Okafor")), "{user}");
    let ticket = "return window.heard.find(({ name }) => name === 'wardkey-signed-in')
        .detail.ticket;";
    let ticket = clinic.script(ticket)?;
    ensure!(clinic.identity.opens(ticket.as_str().unwrap_or_default())?);
    clinic.picture("elements-signed-in")?;
    walk(&clinic, &["wardkey-session sign-out", "wardkey-sign button"])?;

    clinic.click_in("wardkey-sign", "[part=button]")?;
    clinic.passcode()?;
    // The card's key demands the passcode for each.
    let progress = "document.querySelector('wardkey-sign').shadowRoot.querySelector('progress')";
    clinic.wait_for(&format!("{progress}.value === 1"))?;
    clinic.picture("elements-signing")?;
    clinic.passcode()?;
    clinic.wait_for("document.querySelector('wardkey-sign').state === 'signed'")?;
    ensure!(focus(&clinic)? == "wardkey-sign status", "{}", focus(&clinic)?);
    let signed = "const { detail } = window.heard.find(({ name }) => name === 'wardkey-signed');
        return detail.results.map(({ id, signature }) => [id, signature[0]]);";
    // Each is DER.
    ensure!(clinic.script(signed)? == json!([["1", 0x30], ["2", 0x30]]));
    clinic.picture("elements-signed")?;

    clinic.reader.pull()?;
    clinic.wait_for("document.querySelector('wardkey-session').state === 'signed-out'")?;
    clinic.wait_for(&shows("wardkey-sign-in", "card-missing"))?;
    clinic.picture("elements-card-missing")?;
    Ok(())
}

/// What a page puts into the slots and says of the parts is what stands there, in every state.
fn session(world: &mut World) -> Result<()> {
    let mut clinic = Clinic::open_with(world, "elements.html", TOM, |policy| {
        policy.replace("[[server]]\n", "[[server]]\nremoval = \"lock\"\n")
    })?;
    clinic.wait_for(&session_is("signed-out"))?;
    clinic.script(OF_THE_PAGE)?;
    ensure!(clinic.script(SEEN)? == json!(["nobody"]));
    clinic.click_in("wardkey-sign-in", "[part=button]")?;
    clinic.passcode()?;
    clinic.role(0)?;
    clinic.wait_for(&session_is("active"))?;
    ensure!(clinic.script(SEEN)? == json!(["more"]));
    let look = "const part = (name) => document.querySelector('wardkey-session').shadowRoot
          .querySelector(`[part=${name}]`);
        const { borderTopLeftRadius, color } = getComputedStyle(part('sign-out'));
        return [borderTopLeftRadius, color, getComputedStyle(part('user')).fontStyle];";
    ensure!(clinic.script(look)? == json!(["3px", "rgb(1, 2, 3)", "italic"]));
    clinic.picture("elements-slots")?;

    let role = "document.querySelector('wardkey-session').shadowRoot
        .querySelector('[part=role]').textContent";
    let before = clinic.script(&format!("return {role};"))?;
    clinic.click_in("wardkey-session", "[part=change-role]")?;
    clinic.role(1)?;
    clinic.wait_for(&format!("{role} !== {before}"))?;

    ensure!(focus(&clinic)? == "wardkey-session change-role", "{}", focus(&clinic)?);
    clinic.reader.pull()?;
    clinic.wait_for(&session_is("locked"))?;
    ensure!(clinic.script(SEEN)? == json!(["more", "held"]));
    let read_out = "return document.querySelector('#held').assignedSlot.closest('[role=status]')
        .checkVisibility();";
    ensure!(clinic.script(read_out)? == true);
    // And where there is no such element, the button is there again.
    ensure!(clinic.script("return document.querySelector('wardkey-sign-in').state;")? == "ready");
    // Where one goes on is where the focus is, though what had it is gone.
    ensure!(focus(&clinic)? == "wardkey-session unlock", "{}", focus(&clinic)?);
    clinic.picture("elements-locked")?;
    // Put in, the card asks by itself; who does not want that now has the button.
    clinic.reader.insert()?;
    clinic.no_dialog()?;
    clinic.click_in("wardkey-session", "[part=unlock]")?;
    clinic.passcode()?;
    clinic.wait_for(&session_is("active"))?;
    ensure!(focus(&clinic)? == "wardkey-session who", "{}", focus(&clinic)?);
    clinic.wait_for("document.querySelector('wardkey-sign-in').state === 'signed-in'")?;
    // At once, while the call that unlocked it may still be on its way.
    clinic.click_in("wardkey-session", "[part=sign-out]")?;
    clinic.wait_for(&session_is("signed-out"))?;
    ensure!(focus(&clinic)? == "wardkey-session status", "{}", focus(&clinic)?);

    let states = "return window.heard.filter(({ name }) => name === 'wardkey-session')
        .map(({ detail }) => detail?.state ?? 'none').filter((it, at, all) => it !== all[at - 1]);";
    let states = clinic.script(states)?;
    ensure!(states == json!(["none", "active", "locked", "active", "none"]), "{states}");
    Ok(())
}

/// The road breaks after the first signature of two.
fn unknown(world: &mut World) -> Result<()> {
    let clinic = Clinic::open(world, "elements.html")?;
    clinic.wait_for("document.querySelector('wardkey-sign-in').state === 'ready'")?;
    clinic.click_in("wardkey-sign-in", "[part=button]")?;
    clinic.passcode()?;
    clinic.wait_for(&session_is("active"))?;
    clinic.click_in("wardkey-sign", "[part=button]")?;
    clinic.passcode()?;
    let progress = "document.querySelector('wardkey-sign').shadowRoot.querySelector('progress')";
    clinic.wait_for(&format!("{progress}.value === 1"))?;
    clinic.wait_for_dialog()?;

    clinic.end_worker()?;
    let asks = "document.querySelector('wardkey-sign').shadowRoot.querySelector('[part=button]')
        .textContent.trim() === 'Ask for the result again'";
    clinic.wait_for(asks)?;
    clinic.wait_for_no_dialog()?;
    let heard = "return window.heard.filter(({ name }) => name === 'wardkey-error')
        .map(({ detail }) => detail.code);";
    ensure!(clinic.script(heard)? == json!(["outcome_unknown"]), "{}", clinic.script(heard)?);
    clinic.wait_for("document.querySelector('wardkey-sign-in').state === 'ready'")?;
    clinic.picture("elements-unknown")?;

    clinic.click_in("wardkey-sign", "[part=button]")?;
    clinic.wait_for("document.querySelector('wardkey-sign').state === 'signed'")?;
    let signed = "const { detail } = window.heard.find(({ name }) => name === 'wardkey-signed');
        return detail.results.map(({ id, signature, error }) => [id, signature?.[0], error?.code]);";
    let signed = clinic.script(signed)?;
    ensure!(signed[0] == json!(["1", 0x30, null]), "{signed}");
    ensure!(signed[1][1].is_null() && signed[1][2].is_string(), "{signed}");
    ensure!(!clinic.is_dialog_open(), "it is signed again");
    clinic.picture("elements-half-signed")?;
    let record = fs::read_to_string(clinic.host.folder().join("audit.jsonl"))?;
    let signed = |line: &&str| line.contains(r#""action":"sign""#) && line.contains(r#":"ok""#);
    ensure!(record.lines().filter(signed).count() == 1, "{record}");
    Ok(())
}

fn no_reader(world: &mut World) -> Result<()> {
    let pages = world.serve("plain", &[])?;
    let folder = tempfile::tempdir()?;
    let reader = Reader::none(&world.programs, &folder.path().join("reader"))?;
    let policy = world.policy();
    let host = Host::with_policy(&folder.path().join("host"), &policy)?;
    let environment = [
        ("WARDKEY_INSTANCE", host.folder().to_owned()),
        ("PCSCLITE_CSOCK_NAME", reader.socket().to_owned()),
    ];
    let profile = folder.path().join("browser");
    let (programs, desktop, engine) = (&world.programs, &world.desktop, world.engine);
    let address = pages.at("elements.html");
    world.runtime.block_on(async {
        let installed = Installed::Everything;
        let browser =
            Browser::with(engine, programs, &profile, &environment, desktop, installed, None)
                .await?;
        browser.open(&address).await?;
        // It says so before anybody tries.
        browser.wait_for(&shows("wardkey-sign-in", "reader-missing"), PATIENCE).await?;
        let title = "const { shadowRoot } = document.querySelector('wardkey-sign-in');
            return shadowRoot.querySelector('[part=help-title]').textContent;";
        ensure!(browser.script(title).await? == "No smartcard reader is connected.");
        // The page's own help takes the place of the element's.
        let own = "const own = document.createElement('p');
            own.slot = 'reader-missing';
            own.textContent = 'Ask the ward clerk for a reader.';
            document.querySelector('wardkey-sign-in').append(own);
            const { shadowRoot } = document.querySelector('wardkey-sign-in');
            return [own.checkVisibility(),
              shadowRoot.querySelector('[part=help-title]').checkVisibility()];";
        let seen = browser.script(own).await?;
        ensure!(seen == json!([true, false]), "{seen}");
        picture(&browser, "elements-no-reader").await
    })
}

fn missing(world: &mut World) -> Result<()> {
    let pages = world.serve("plain", &[])?;
    world.open(With::Nothing, &pages, "elements.html")?;
    world.wait_for(With::Nothing, &shows("wardkey-sign-in", "extension-missing"))?;
    let help = "const { shadowRoot } = document.querySelector('wardkey-sign-in');
        const status = shadowRoot.querySelector('[role=status]');
        return { link: status.querySelector('a').href, text: status.querySelector('a').textContent,
          again: status.querySelector('button').textContent };";
    let said = world.script(With::Nothing, help)?;
    let expected = json!({
        "link": "https://ward.example/extension",
        "text": "Get the Wardkey extension",
        "again": "Reload this page",
    });
    ensure!(said == expected, "{said}");
    world.runtime.block_on(picture(world.browser(With::Nothing)?, "elements-no-extension"))?;

    // Where the extension is but no host, in a browser of its own.
    let profile = tempfile::tempdir()?;
    let (programs, desktop) = (&world.programs, &world.desktop);
    let address = pages.at("elements.html");
    world.runtime.block_on(async {
        let installed = Installed::ExtensionOnly;
        let (engine, profile) = (world.engine, profile.path());
        let browser =
            Browser::with(engine, programs, profile, &[], desktop, installed, None).await?;
        browser.open(&address).await?;
        browser.wait_for(&shows("wardkey-sign-in", "host-missing"), PATIENCE).await?;
        let link = "return document.querySelector('wardkey-sign-in').shadowRoot
            .querySelector('[role=status] a').href;";
        ensure!(browser.script(link).await? == "https://ward.example/host");
        picture(&browser, "elements-no-host").await
    })
}

fn language(world: &mut World) -> Result<()> {
    let pages = world.serve("plain", &[])?;
    world.open(With::Everything, &pages, "elements.html")?;
    let ready = "document.querySelector('wardkey-sign-in').state === 'ready'";
    world.wait_for(With::Everything, ready)?;
    let says = |world: &World, words: &str| -> Result<()> {
        let label = "document.querySelector('wardkey-sign-in').shadowRoot
            .querySelector('slot').textContent";
        world.wait_for(With::Everything, &format!("{label} === '{words}'"))
    };
    says(world, "Sign in with smartcard")?;
    world.script(With::Everything, "document.documentElement.lang = 'cy-GB';")?;
    says(world, "Mewngofnodi gyda cherdyn clyfar")?;
    world.script(With::Everything, "document.querySelector('main').lang = 'en';")?;
    says(world, "Sign in with smartcard")?;
    world.script(With::Everything, "document.querySelector('wardkey-sign-in').lang = 'ga-IE';")?;
    // By a script of the page: a driver's own has other modules in Firefox.
    let own = "const script = document.createElement('script');
        script.type = 'module';
        script.textContent = `import { setWords } from './wardkey/dist/elements.js';
          setWords('ga-IE', { sign_in: 'Sínigh isteach' });`;
        document.body.append(script);";
    world.script(With::Everything, own)?;
    says(world, "Sínigh isteach")?;
    // In the shadow of an element of the page's own it is that one's language.
    let moved = "const own = document.createElement('div');
        own.lang = 'cy';
        document.querySelector('main').append(own);
        const element = document.querySelector('wardkey-sign-in');
        element.removeAttribute('lang');
        const shadow = own.attachShadow({ mode: 'open' });
        shadow.append(element);
        const label = () => element.shadowRoot.querySelector('slot').textContent;
        const heard = [label()];
        own.lang = 'ga-IE';
        await new Promise((resolve) => setTimeout(resolve));
        return [...heard, label()];";
    let heard = world.script(With::Everything, moved)?;
    ensure!(heard == json!(["Mewngofnodi gyda cherdyn clyfar", "Sínigh isteach"]), "{heard}");
    Ok(())
}

/// Goes by the Tab key alone from the top of the page: it comes here, in this order, and each is seen to
/// have the focus. Nothing else of the elements is passed over.
fn walk(clinic: &Clinic, places: &[&str]) -> Result<()> {
    clinic.to_the_top()?;
    for place in places {
        clinic.press(TAB)?;
        let focused = clinic.script(FOCUSED)?;
        ensure!(focused == json!([place, true]), "{place}: {focused}");
    }
    let passed = clinic.script(PASSED)?;
    ensure!(passed == json!(places), "{passed}");
    Ok(())
}

/// Which element has the focus, and which part of it.
fn focus(clinic: &Clinic) -> Result<String> {
    let focused = clinic.script(FOCUSED)?;
    Ok(focused[0].as_str().unwrap_or_default().to_owned())
}

fn session_is(state: &str) -> String {
    format!("document.querySelector('wardkey-session').state === '{state}'")
}

/// Whether an element shows help with what is missing.
fn shows(element: &str, slot: &str) -> String {
    format!("document.querySelector('{element}').shadowRoot?.querySelector('slot[name={slot}]')")
}

/// Content for the slots, and a look for the parts.
const OF_THE_PAGE: &str = "
    const session = document.querySelector('wardkey-session');
    session.innerHTML = `<p slot='signed-out' id='nobody'>Nobody is here.</p>
      <button slot='actions' id='more'>More</button><p slot='locked' id='held'>Covered.</p>`;
    const look = new CSSStyleSheet();
    look.replaceSync(`wardkey-session::part(sign-out) { border-radius: 3px; color: rgb(1, 2, 3);
        background: white; }
      wardkey-session::part(user) { font-style: italic; }`);
    document.adoptedStyleSheets.push(look);";
/// Which of that is to be seen.
const SEEN: &str = "return [...document.querySelector('wardkey-session').children]
    .filter((it) => it.checkVisibility()).map(({ id }) => id);";
/// Where the focus is, and whether that is seen.
const FOCUSED: &str = "const host = document.activeElement;
    const it = host.shadowRoot?.activeElement ?? host;
    const { outlineStyle, outlineWidth } = getComputedStyle(it);
    const seen = it.matches(':focus-visible') && outlineStyle === 'solid'
      && parseFloat(outlineWidth) >= 2;
    return [`${host.localName} ${it.part?.value}`, seen];";
/// What there is up to where the focus is.
const PASSED: &str = "const hosts = [...document.querySelectorAll('main > *')];
    const all = hosts.flatMap((host) => [...host.shadowRoot.querySelectorAll('a[href], button')]
      .filter((it) => it.checkVisibility()).map((it) => [host, it]));
    const last = all.findIndex(([host, it]) => host.shadowRoot.activeElement === it);
    return all.slice(0, last + 1).map(([host, it]) => `${host.localName} ${it.part.value}`);";
/// What `WebDriver` calls these keys.
const TAB: char = '\u{e004}';
const ENTER: char = '\u{e007}';
const PATIENCE: std::time::Duration = std::time::Duration::from_secs(20);
