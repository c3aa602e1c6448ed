//! The administrator's pages, with their forms filled in and sent as a browser does it.

use std::{collections::BTreeSet, fs};

use anyhow::{Context as _, Result, ensure};
use serde_json::json;
use wardkey_tests::stage::{AMIRA, Reply, TOM};

use super::{
    Named,
    commands::{is_trusted, wait_until, without_intermediates},
    console::World,
    oidc::{CALLBACK, authorize, encoded},
    one_node::OneNode,
};

pub const TRIALS: &[Named] = &[
    ("pages::nobody_else_sends_any_of_their_forms", nobody_else),
    ("pages::all_sessions_of_a_user_are_ended", sessions),
    ("pages::applications_are_registered_and_removed", applications),
    ("pages::people_are_changed_deleted_and_written_out", people),
    ("pages::certificates_are_registered_and_removed", certificates),
    ("pages::authorities_are_added_and_removed", authorities),
];

/// An administrator at the pages: Tom, in his third role.
struct Office {
    world: World,
    visit: String,
}

impl Office {
    fn open() -> Result<Self> {
        Self::at(OneNode::start()?)
    }

    fn at(node: OneNode) -> Result<Self> {
        let world = World::of(node)?;
        let visit = world.visit(&world.tom)?;
        let role = world.tom.roles.get(2).context("no role")?;
        let path = wardkey_spine::role_selection_path(&world.tom.ticket()?, role);
        ensure!(world.at.agent.get(&path)?.status == 200, "no role");
        Ok(Self { world, visit })
    }

    fn node(&self) -> &OneNode {
        &self.world.at
    }

    fn command(&self, arguments: &[&str]) -> Result<String> {
        self.node().node.command(arguments)
    }

    fn shown(&self, page: &str) -> Result<String> {
        let reply = self.world.get(page, &self.visit)?;
        ensure!(reply.status == 200, "{page}: {reply:?}");
        Ok(reply.body)
    }

    fn post(&self, action: &str, fields: &[(&str, &str)]) -> Result<Reply> {
        self.world.post(action, &self.visit, "same-origin", &form(fields))
    }

    /// Sends the form of a page that leads to `action`, which has to have these fields: what is
    /// hidden with this value, the rest to be filled in.
    fn send(&self, page: &str, action: &str, fields: &[(&str, &str)]) -> Result<Reply> {
        let shown = self.shown(page)?;
        let has = |form: &str, name: &str, value: &str| {
            form.contains(&format!("type=\"hidden\" name=\"{name}\" value=\"{value}\""))
                || form.contains(&format!(" name=\"{name}\""))
                    && !form.contains(&format!("type=\"hidden\" name=\"{name}\""))
        };
        let fits = |form: &str| fields.iter().all(|(name, value)| has(form, name, value));
        let found = forms(&shown).any(|(to, form)| to == action && fits(form));
        ensure!(found, "{page} has no such form to {action}: {shown}");
        self.post(action, fields)
    }

    fn done(&self, page: &str, action: &str, fields: &[(&str, &str)], said: &str) -> Result<()> {
        let reply = self.send(page, action, fields)?;
        let told = reply.location.ends_with(&format!("?done={said}"));
        ensure!(reply.status == 303 && told, "{action}: {reply:?}");
        self.shown(&reply.location).map(drop)
    }

    /// What was typed stands in the page that says what is wrong with it.
    fn wrong(&self, page: &str, action: &str, fields: &[(&str, &str)], said: &str) -> Result<()> {
        let reply = self.send(page, action, fields)?;
        let body = unescaped(&reply.body);
        ensure!(reply.status == 422 && body.contains(said), "{action}: {reply:?}");
        Ok(())
    }

    fn not_found(&self, action: &str, fields: &[(&str, &str)]) -> Result<()> {
        let reply = self.post(action, fields)?;
        ensure!(reply.status == 404, "{action}: {reply:?}");
        Ok(())
    }

    fn logged(&self, actions: &[&str]) -> Result<()> {
        let log = self.command(&["audit", "list"])?;
        for action in actions {
            ensure!(log.contains(&format!("\"action\":\"{action}\"")), "{action} is not logged");
        }
        self.command(&["audit", "verify"]).map(drop)
    }
}

fn nobody_else() -> Result<()> {
    let office = Office::open()?;
    let folder = office.node().node.folder();
    let client = folder.join("client.json").display().to_string();
    fs::write(&client, rota().to_string())?;
    office.command(&["client", "add", &client])?;
    office.command(&["relying-party", "add", "--name", "Ward", WARD])?;
    let authority = folder.join("pki/content-ca.crt.pem").display().to_string();
    office.command(&["authority", "add", "--intermediate", &authority])?;
    let certificate = office.command(&["certificate", "list", "--uid", AMIRA.uid])?;
    let authorities = office.command(&["authority", "list"])?;
    let added = authorities.lines().last().and_then(|line| line.split('\t').next());
    let (added, pem) = (added.context("no authority")?, fs::read_to_string(&authority)?);
    let (registration, leaver) = (rota().to_string().replace("Rota", "Stolen"), leaver(AMIRA.uid));
    let person = |action: &str| format!("/wardkey/admin/person/{}{action}", AMIRA.uid);
    let all = [
        (END.to_owned(), form(&[("id", &office.world.amira.id)])),
        (END_ALL.to_owned(), form(&[("uid", AMIRA.uid)])),
        ("/wardkey/admin/people/import".to_owned(), form(&[("files", &leaver)])),
        (person(""), form(&[("ldif", &leaver)])),
        (person("/delete"), String::new()),
        (person("/certificate/add"), form(&[("pem", &pem)])),
        (person("/certificate/remove"), form(&[("hash", certificate.trim())])),
        (CLIENT.to_owned(), form(&[("registration", &registration)])),
        (format!("{CLIENT}/remove"), form(&[("id", "rota")])),
        (APP.to_owned(), form(&[("origin", "https://evil.example"), ("name", "Evil")])),
        (format!("{APP}/remove"), form(&[("origin", WARD)])),
        (format!("{AUTHORITIES}/add"), form(&[("pem", &pem), ("kind", "anchor")])),
        (format!("{AUTHORITIES}/remove"), form(&[("hash", added)])),
    ];
    let of_amira = format!("{SESSIONS}?uid={}", AMIRA.uid);
    let pages = [&of_amira, PEOPLE, &person(""), APPLICATIONS, AUTHORITIES];
    let mut shown = BTreeSet::new();
    for page in pages {
        let page = office.shown(page)?;
        shown.extend(forms(&page).map(|(action, _)| action.to_owned()));
    }
    shown.remove("/wardkey/account/leave");
    let known: BTreeSet<String> = all.iter().map(|(action, _)| action.clone()).collect();
    ensure!(shown == known, "forms that are not tried, or not there: {shown:?}");

    let state = || -> Result<Vec<String>> {
        let commands: [&[&str]; 5] = [
            &["client", "list"],
            &["relying-party", "list"],
            &["authority", "list"],
            &["certificate", "list", "--uid", AMIRA.uid],
            &["directory", "export", "--format", "ldif"],
        ];
        commands.into_iter().map(|command| office.command(command)).collect()
    };
    let before = state()?;
    // Her role does not administer.
    let amira = office.world.visit(&office.world.amira)?;
    let own = office.node().agent.server();
    for (action, body) in &all {
        for (who, visit, headers, status) in [
            ("nobody", "", &[("sec-fetch-site", "same-origin")][..], 401),
            ("a user", &amira, &[("sec-fetch-site", "same-origin")], 403),
            ("another site", &office.visit, &[("sec-fetch-site", "cross-site")], 403),
            ("a neighbour", &office.visit, &[("sec-fetch-site", "same-site")], 403),
            ("no page", &office.visit, &[("sec-fetch-site", "none")], 403),
            ("an older browser's", &office.visit, &[("origin", "https://evil.example")], 403),
            ("who says nothing", &office.visit, &[], 403),
            // What a browser says of the site counts, whatever else is said.
            (
                "who says both",
                &office.visit,
                &[("sec-fetch-site", "cross-site"), ("origin", own)],
                403,
            ),
        ] {
            // Who is refused before the body was read finds the connection closed.
            let mut named = vec![("cookie", visit), FORM, ("connection", "close")];
            named.extend(headers);
            let reply = office.node().agent.post_with(action, &named, body)?;
            ensure!(reply.status == status, "{who}, {action}: {reply:?}");
        }
    }
    let files = FILES.map(|file| format!("{PEOPLE}/export/{file}"));
    for page in pages.into_iter().chain(files.iter().map(String::as_str)) {
        let nobody = office.node().agent.get(page)?;
        ensure!(nobody.body.contains("id=\"sign-in\"") && !nobody.body.contains("Okafor"));
        let user = office.world.get(page, &amira)?;
        ensure!(user.status == 403 && !user.body.contains("Lindqvist"), "{page}: {user:?}");
    }
    ensure!(state()? == before, "something changed");
    ensure!(office.node().agent.is_valid(&office.world.amira, false)?, "her session ended");
    let log = office.command(&["audit", "list"])?;
    ensure!(!log.contains("\"action\":\"admin_"), "{log}");

    // An older browser's own form.
    let headers = [("cookie", office.visit.as_str()), FORM, ("origin", own)];
    let ended = office.node().agent.post_with(&all[0].0, &headers, &all[0].1)?;
    ensure!(ended.status == 303, "{ended:?}");
    ensure!(!office.node().agent.is_valid(&office.world.amira, false)?, "the session goes on");
    office.logged(&["admin_sessions_end", "destroy"])
}

fn sessions() -> Result<()> {
    let office = Office::open()?;
    let (agent, world) = (&office.node().agent, &office.world);
    let second = office.node().sign_in(AMIRA)?;
    let page = format!("{SESSIONS}?uid={}", AMIRA.uid);
    office.done(&page, END_ALL, &[("uid", AMIRA.uid)], "ended")?;
    for session in [&world.amira, &second] {
        ensure!(!agent.is_valid(session, false)?, "the session goes on");
    }
    ensure!(agent.is_valid(&world.tom, false)?, "another's session ended");
    office.not_found(END_ALL, &[("uid", AMIRA.uid)])?;
    office.not_found(END, &[("id", &second.id)])?;
    office.logged(&["admin_sessions_end-all", "destroy"])
}

fn applications() -> Result<()> {
    let mut office = Office::open()?;
    let asked = |office: &Office| -> Result<u16> {
        Ok(office.node().agent.get(&authorize("rota", CALLBACK, ""))?.status)
    };
    let registration = serde_json::to_string_pretty(&rota())?;
    office.done(APPLICATIONS, CLIENT, &[("registration", &registration)], "saved")?;
    wait_until(|| Ok(asked(&office)? == 200), "the client is known")?;
    let chosen = unescaped(&office.shown(&format!("{APPLICATIONS}?client=rota"))?);
    ensure!(chosen.contains("\"id\": \"rota\"") && chosen.contains(CALLBACK), "{chosen}");
    for (wrong, said) in [
        (registration.replace("cis2", "cis3"), "cis3"),
        (registration.replace("https://ward", "http://ward"), "http://ward.example/callback"),
        (registration.replace("rota", "wardkey-console"), "this id is the server's own"),
    ] {
        office.wrong(APPLICATIONS, CLIENT, &[("registration", &wrong)], said)?;
    }
    ensure!(asked(&office)? == 200, "a wrong registration did something");
    office.done(APPLICATIONS, &format!("{CLIENT}/remove"), &[("id", "rota")], "removed")?;
    wait_until(|| Ok(asked(&office)? == 400), "the client is known no more")?;
    office.not_found(&format!("{CLIENT}/remove"), &[("id", "rota")])?;

    office.done(APPLICATIONS, APP, &[("origin", WARD), ("name", "<b>Ward</b>")], "saved")?;
    let shown = office.shown(APPLICATIONS)?;
    ensure!(!shown.contains("<b>Ward") && unescaped(&shown).contains("<b>Ward</b>"), "{shown}");
    let agent = office.node().agent.clone();
    let ticket = agent.child(&mut office.world.amira, WARD)?;
    ensure!(agent.is_valid_ticket(&ticket)?, "the app's ticket is not valid");
    office.wrong(APPLICATIONS, APP, &[("origin", "ward"), ("name", "x")], "not a web origin")?;
    office.done(APPLICATIONS, &format!("{APP}/remove"), &[("origin", WARD)], "removed")?;
    ensure!(!agent.is_valid_ticket(&ticket)?, "the app's ticket works on");
    ensure!(agent.child(&mut office.world.amira, WARD).is_err(), "an app that was removed");
    office.not_found(&format!("{APP}/remove"), &[("origin", WARD)])?;
    office.logged(&["client_put", "client_remove", "relying_party_add", "relying_party_remove"])
}

fn people() -> Result<()> {
    let office = Office::open()?;
    let (agent, amira) = (&office.node().agent, &office.world.amira);
    let page = format!("/wardkey/admin/person/{}", AMIRA.uid);
    let folder = office.node().folder.path().join("tables");
    let written = folder.display().to_string();
    office.command(&["directory", "export", "--format", "csv", "--out", &written])?;
    for file in FILES {
        let known = match file {
            "people.ldif" => office.command(&["directory", "export", "--format", "ldif"])?,
            table => fs::read_to_string(folder.join(table))?,
        };
        ensure!(known.contains("Okafor") == file.starts_with("people"), "{file}: {known}");
        ensure!(office.shown(&format!("{PEOPLE}/export/{file}"))? == known, "{file}");
    }
    let other = office.world.get(&format!("{PEOPLE}/export/users.toml"), &office.visit)?;
    ensure!(other.status == 404, "{other:?}");

    // Her name changes at once, in her session too.
    let shown = unescaped(&office.shown(&page)?);
    let entries = shown.split("<textarea name=\"ldif\"").nth(1).context("no entries")?;
    let entries = entries.split_once('>').and_then(|(_, rest)| rest.split_once("</textarea>"));
    let entries = entries.context("no entries")?.0;
    let renamed = entries.replace("sn: Okafor", "sn: Bell").replace("cn: Okafor", "cn: Bell");
    ensure!(renamed != entries, "{entries}");
    office.done(&page, &page, &[("ldif", &renamed)], "saved")?;
    let asserted = agent.assertion(amira)?;
    ensure!(asserted.body.contains("Bell Amira Dr"), "{asserted:?}");
    for (wrong, said) in [
        (renamed.replace("nhsPersonStatus: 1", "nhsPersonStatus: x"), "nhsPersonStatus"),
        (format!("{renamed}\n{}", leaver(TOM.uid)), "not all of this person"),
        (leaver(AMIRA.uid), "is not there"),
        (String::new(), "no person with this user id"),
        ("nonsense".to_owned(), "nonsense"),
    ] {
        office.wrong(&page, &page, &[("ldif", &wrong)], said)?;
    }
    ensure!(agent.is_valid(amira, false)?, "a wrong entry ended her session");
    ensure!(unescaped(&office.shown(&page)?).contains("sn: Bell"), "a wrong entry was saved");

    // Without a role there is no session, and no other one.
    let records = renamed.split("\n\n").filter(|record| !record.contains("nhsOrgPersonRole"));
    let roleless = records.collect::<Vec<_>>().join("\n\n");
    office.done(&page, &page, &[("ldif", &roleless)], "saved")?;
    wait_until(|| Ok(!agent.is_valid(amira, false)?), "the session of a role that went ends")?;
    ensure!(office.node().sign_in(AMIRA).is_err(), "a login without a role");
    office.done(&page, &page, &[("ldif", &renamed)], "saved")?;
    let again = office.node().sign_in(AMIRA)?;

    office.done(&page, &format!("{page}/delete"), &[], "removed")?;
    wait_until(|| Ok(!agent.is_valid(&again, false)?), "the session of who left ends")?;
    ensure!(office.node().sign_in(AMIRA).is_err(), "a login of somebody who left");
    ensure!(office.world.get(&page, &office.visit)?.status == 404, "there is a page still");
    ensure!(!office.shown(PEOPLE)?.contains(AMIRA.uid), "who left is listed");
    office.not_found(&format!("{page}/delete"), &[])?;
    office.logged(&["directory_put_person", "directory_delete_person"])
}

fn certificates() -> Result<()> {
    let office = Office::open()?;
    let (agent, amira) = (&office.node().agent, &office.world.amira);
    let page = format!("/wardkey/admin/person/{}", AMIRA.uid);
    let (add, remove) = (format!("{page}/certificate/add"), format!("{page}/certificate/remove"));
    let pem =
        |uid: &str| fs::read_to_string(office.node().node.folder().join(format!("{uid}.crt.pem")));
    let own = pem(AMIRA.uid)?;
    let card = office.node().card(AMIRA)?;
    let listed = office.command(&["certificate", "list", "--uid", AMIRA.uid])?;
    for hash in listed.lines() {
        office.done(&page, &remove, &[("hash", hash)], "removed")?;
        office.not_found(&remove, &[("hash", hash)])?;
    }
    ensure!(!agent.is_valid(amira, false)?, "the session of a card that was removed goes on");
    ensure!(agent.sign_in(&card).is_err(), "a login without a registered certificate");

    let anothers = "the certificate is registered for another user";
    office.wrong(&page, &add, &[("pem", &pem(TOM.uid)?)], anothers)?;
    office.wrong(&page, &add, &[("pem", "nothing")], "not a certificate")?;
    office.done(&page, &add, &[("pem", &pem(AMIRA.uid)?)], "added")?;
    agent.sign_in(&card)?;
    ensure!(own != pem(AMIRA.uid)?, "one certificate, where there were two");
    office.logged(&["certificate_add", "certificate_remove"])
}

fn authorities() -> Result<()> {
    let node = OneNode::with(without_intermediates)?;
    let authority = node.node.folder().join("pki/login-ca.crt.pem");
    let file = authority.display().to_string();
    node.node.command(&["authority", "add", "--intermediate", &file])?;
    let card = node.card(AMIRA)?;
    wait_until(|| is_trusted(&node, &card), "the authority is trusted")?;
    let office = Office::at(node)?;
    let (add, remove) = (format!("{AUTHORITIES}/add"), format!("{AUTHORITIES}/remove"));
    let listed = office.command(&["authority", "list"])?;
    let hashes: Vec<&str> = listed.lines().filter_map(|line| line.split('\t').next()).collect();
    let [configured, added] = hashes[..] else { anyhow::bail!("{listed}") };

    // The page's node goes by it at once, and sessions go on.
    office.done(AUTHORITIES, &remove, &[("hash", added)], "removed")?;
    ensure!(!is_trusted(office.node(), &card)?, "an authority that was removed");
    ensure!(office.node().agent.is_valid(&office.world.amira, false)?, "the session ended");
    for hash in [added, configured, "nothing"] {
        office.not_found(&remove, &[("hash", hash)])?;
    }
    let pki = |name: &str| fs::read_to_string(office.node().node.folder().join("pki").join(name));
    let server = [("pem", &*pki("tls.crt.pem")?), ("kind", "anchor")];
    office.wrong(AUTHORITIES, &add, &server, "not the certificate of a certification authority")?;
    let intermediate = [("pem", &*pki("login-ca.crt.pem")?), ("kind", "intermediate")];
    office.done(AUTHORITIES, &add, &intermediate, "added")?;
    ensure!(is_trusted(office.node(), &card)?, "an authority that was added");
    ensure!(office.command(&["authority", "list"])? == listed, "another authority");
    office.logged(&["authority_add_intermediate", "authority_remove"])
}

fn rota() -> serde_json::Value {
    json!({
        "id": "rota", "name": "Rota", "profile": "cis2", "redirect_uris": [CALLBACK],
        "authentication": { "method": "client_secret_post", "secret_sha256": "0".repeat(64) },
        "scopes": ["openid", "profile"],
    })
}

fn leaver(uid: &str) -> String {
    format!("dn: uid={uid},ou=People,o=nhs\nchangetype: delete\n")
}

/// As a browser encodes it, with its ends of lines.
fn form(fields: &[(&str, &str)]) -> String {
    let pairs = fields.iter().map(|(name, value)| {
        format!("{}={}", encoded(name), encoded(&value.replace('\n', "\r\n")))
    });
    pairs.collect::<Vec<_>>().join("&")
}

/// The forms of a page that are posted: where to, and what is in them.
fn forms(page: &str) -> impl Iterator<Item = (&str, &str)> {
    let all = page.split("<form method=\"post\" action=\"").skip(1);
    all.filter_map(|rest| rest.split("</form>").next()?.split_once('"'))
}

fn unescaped(html: &str) -> String {
    let names = [("&#60;", "<"), ("&#62;", ">"), ("&#34;", "\""), ("&#39;", "'"), ("&#38;", "&")];
    names.iter().fold(html.to_owned(), |html, (name, text)| html.replace(name, text))
}

const APP: &str = "/wardkey/admin/applications/app";
const APPLICATIONS: &str = "/wardkey/admin/applications";
const AUTHORITIES: &str = "/wardkey/admin/authorities";
const CLIENT: &str = "/wardkey/admin/applications/client";
const END: &str = "/wardkey/admin/sessions/end";
const END_ALL: &str = "/wardkey/admin/sessions/end-all";
const FILES: [&str; 5] =
    ["people.ldif", "people.csv", "memberships.csv", "roles.csv", "organisations.csv"];
const FORM: (&str, &str) = ("content-type", "application/x-www-form-urlencoded");
const PEOPLE: &str = "/wardkey/admin/people";
const SESSIONS: &str = "/wardkey/admin/sessions";
const WARD: &str = "https://ward.example";
