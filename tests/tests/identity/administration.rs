//! What an administrator does by commands, beside a node that runs.

use std::{
    fs,
    path::Path,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, ensure};
use wardkey_tests::stage::{AMIRA, TOM};

use super::{Named, one_node::OneNode};

pub const TRIALS: &[Named] = &[
    ("administration::sessions_are_listed_and_ended", sessions),
    ("administration::apps_are_registered_and_removed", relying_parties),
    ("administration::certificates_are_registered_and_removed", certificates),
    ("administration::people_change_while_the_node_runs", people),
    ("administration::the_log_is_verified_by_what_was_kept_of_it", heads),
];

impl OneNode {
    fn log(&self, action: &str) -> Result<usize> {
        let said = self.node.command(&["audit", "list"])?;
        Ok(said.matches(&format!("\"action\":\"{action}\"")).count())
    }
}

fn sessions() -> Result<()> {
    let ward = OneNode::start()?;
    let (amira, tom) = (ward.card(AMIRA)?, ward.card(TOM)?);
    let first = ward.agent.sign_in(&amira)?;
    let second = ward.agent.sign_in(&amira)?;
    let other = ward.agent.sign_in(&tom)?;
    let listed = ward.node.command(&["session", "list"])?;
    ensure!(listed.lines().count() == 3, "{listed}");
    let of_tom = ward.node.command(&["session", "list", "--uid", TOM.uid])?;
    let line = format!("{}\tactive\t{}\t-\tcard\t", other.id, TOM.uid);
    ensure!(of_tom.lines().count() == 1 && of_tom.starts_with(&line), "{of_tom}");

    ward.node.command(&["session", "end", &first.id])?;
    ensure!(!ward.agent.is_valid(&first, false)?, "the session goes on");
    ensure!(ward.agent.is_valid(&second, false)?, "another session ended");
    let again = ward.node.command(&["session", "end", &first.id]);
    ensure!(again.is_err(), "a session ended twice");
    let said = ward.node.command(&["session", "end", "--uid", AMIRA.uid])?;
    ensure!(said.trim() == "1 ended", "{said}");
    ensure!(!ward.agent.is_valid(&second, false)?, "the session goes on");
    ensure!(ward.agent.is_valid(&other, false)?, "another session ended");
    ensure!(ward.log("destroy")? == 2, "the log has not both");
    ward.node.command(&["audit", "verify"])?;
    Ok(())
}

fn relying_parties() -> Result<()> {
    let ward = OneNode::start()?;
    let card = ward.card(AMIRA)?;
    let mut session = ward.agent.sign_in(&card)?;
    let app = "https://pharmacy.example";
    ensure!(ward.agent.child(&mut session, app).is_err(), "an app that nobody registered");
    ward.node.command(&["relying-party", "add", "--name", "Pharmacy", app])?;
    let listed = ward.node.command(&["relying-party", "list"])?;
    ensure!(listed.trim() == format!("{app}\tPharmacy"), "{listed}");
    let ticket = ward.agent.child(&mut session, app)?;
    ensure!(ward.agent.is_valid_ticket(&ticket)?, "the app's ticket is not valid");
    ward.node.command(&["relying-party", "remove", app])?;
    ensure!(!ward.agent.is_valid_ticket(&ticket)?, "the app's ticket works on");
    ensure!(ward.agent.child(&mut session, app).is_err(), "an app that was removed");
    ensure!(ward.node.command(&["relying-party", "remove", app]).is_err(), "removed twice");
    let no_origin = ["relying-party", "add", "--name", "x", "https://pharmacy.example/path"];
    ensure!(ward.node.command(&no_origin).is_err(), "an address for an origin");
    ensure!(ward.log("relying_party_add")? == 1, "the log has it not");
    Ok(())
}

fn certificates() -> Result<()> {
    let ward = OneNode::start()?;
    let card = ward.card(AMIRA)?;
    let file = ward.node.folder().join(format!("{}.crt.pem", AMIRA.uid));
    let file = file.to_str().context("path")?;
    let session = ward.agent.sign_in(&card)?;
    let listed = ward.node.command(&["certificate", "list", "--uid", AMIRA.uid])?;
    ensure!(listed.lines().count() == 1 && listed.trim().len() == 64, "{listed}");
    ward.node.command(&["certificate", "remove", file])?;
    ensure!(!ward.agent.is_valid(&session, false)?, "the session goes on");
    ensure!(ward.agent.sign_in(&card).is_err(), "a login without a registered certificate");
    ensure!(ward.node.command(&["certificate", "remove", file]).is_err(), "removed twice");
    ward.node.command(&["certificate", "add", file])?;
    ward.agent.sign_in(&card)?;
    ensure!(ward.log("certificate_remove")? == 1, "the log has it not");
    Ok(())
}

fn people() -> Result<()> {
    let ward = OneNode::start()?;
    let card = ward.card(TOM)?;
    let session = ward.agent.sign_in(&card)?;
    let file = ward.folder.path().join("leavers.ldif");
    let dn = format!("dn: uid={},ou=People,o=nhs", TOM.uid);
    std::fs::write(&file, format!("{dn}\nchangetype: delete\n"))?;
    let file = file.to_str().context("path")?;
    ward.node.command(&["directory", "import", "--format", "ldif", file])?;
    // Nodes look each second.
    let begin = Instant::now();
    while ward.agent.is_valid(&session, false)? {
        ensure!(begin.elapsed().as_secs() < 10, "the session goes on");
        std::thread::sleep(Duration::from_millis(50));
    }
    ensure!(ward.agent.sign_in(&card).is_err(), "a login of somebody who left");
    ensure!(ward.log("directory_delete_person")? == 1, "the log has it not");
    Ok(())
}

/// The database is put back to what it was some time ago, as by a backup, or by somebody who wants
/// the rest forgotten.
fn heads() -> Result<()> {
    let mut ward = OneNode::start()?;
    let card = ward.card(AMIRA)?;
    ward.agent.sign_in(&card)?;
    stop(&ward)?;
    let folder = ward.node.folder().to_owned();
    let (database, backup) = (folder.join("wardkey.db"), folder.join("backup.db"));
    fs::copy(&database, &backup)?;
    let (earlier, later) = (folder.join("earlier.jsonl"), folder.join("later.jsonl"));
    fs::write(&earlier, ward.node.command(&["audit", "head"])?)?;
    ward.node.start()?;
    ward.agent.sign_in(&card)?;
    stop(&ward)?;
    fs::write(&later, ward.node.command(&["audit", "head"])?)?;

    let verify = |head: &Path| {
        let head = head.to_str().context("path")?;
        ward.node.command(&["audit", "verify", "--head", head])
    };
    for head in [&earlier, &later] {
        let said = verify(head)?;
        ensure!(said.contains("follow each other") && said.contains("goes on from"), "{said}");
    }
    let changed = fs::read_to_string(&earlier)?.replace("\"hash\":\"", "\"hash\":\"0");
    let other = folder.join("other.jsonl");
    fs::write(&other, changed)?;
    let refused = format!("{:#}", verify(&other).err().context("of another log")?);
    ensure!(refused.contains("is not the one of then"), "{refused}");

    fs::copy(&backup, &database)?;
    for said in [ward.node.command(&["audit", "verify"]), ward.node.command(&["audit", "head"])] {
        let refused = format!("{:#}", said.err().context("nothing is missing")?);
        ensure!(refused.contains("the log is cut short"), "{refused}");
    }
    // The node knows by itself what it signed; without that, whoever kept it elsewhere does.
    fs::remove_file(folder.join("audit-head.json"))?;
    ward.node.command(&["audit", "verify"])?;
    verify(&earlier)?;
    let refused = format!("{:#}", verify(&later).err().context("nothing is missing")?);
    ensure!(refused.contains("is missing"), "{refused}");
    Ok(())
}

/// Asks the node to stop, and waits until it has let go of its database.
fn stop(ward: &OneNode) -> Result<()> {
    ward.node.ask_to_stop()?;
    let end = Instant::now() + Duration::from_secs(30);
    while ward.node.folder().join("wardkey.db-wal").exists() {
        ensure!(Instant::now() < end, "the node goes on");
        std::thread::sleep(Duration::from_millis(50));
    }
    Ok(())
}
