//! A disk without room, pages in a crowd, and a browser that does not listen.

use std::{
    fs,
    io::Write as _,
    path::Path,
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value, json};
use wardkey_tests::stage::{Dialog, Disk, PASSCODE, Relay, pss};

use crate::{
    record::Record,
    ward::{ORIGIN, PORT, Ward, expect},
};

type Test = fn() -> Result<()>;

pub const TRIALS: &[(&str, Test)] = &[
    ("faults::without_room_for_the_record_nothing_is_signed_and_nothing_is_lost", full_disk),
    ("faults::without_room_what_a_server_has_to_hear_is_told_all_the_same", full_outbox),
    ("faults::fifty_tabs_at_once", tabs),
    ("faults::a_browser_that_never_reads_holds_up_nobody", deaf),
];

fn full_disk() -> Result<()> {
    let ward = Ward::usual()?;
    ward.host.kill_agent();
    let folder = ward.host.folder().to_owned();
    let name = "name = \"Wardkey demo identity server\"\n";
    let policy = fs::read_to_string(folder.join("policy.toml"))?
        .replace(name, &format!("{name}card_inserted = \"sign_on\"\n"));
    let Some(disk) = Disk::over(&folder, 2)? else {
        println!(
            "SKIPPED faults::without_room_for_the_record (no file system can be mounted here)"
        );
        return Ok(());
    };
    fs::write(folder.join("policy.toml"), policy)?;
    // Ends before its disk goes.
    let mut ward = ward;
    ward.restart_agent()?;
    ward.sign_in()?;
    ward.call("subscribe", json!({}))?;
    let signed = sign(&mut ward, "with-room")?;
    ensure!(signed["ok"]["results"][0]["signature"].is_string(), "{signed}");

    disk.fill()?;
    use_up_the_last_block(&mut ward)?;
    let withheld = sign(&mut ward, "without-room")?;
    expect(&withheld, "record_unwritable")?;
    Dialog::wait_closed(&ward.desktop)?;
    // From now on nobody is asked for what would come to nothing.
    for command in ["sign_in", "sign"] {
        let args = if command == "sign" { ward.prescription("again")? } else { json!({}) };
        expect(&ward.call(command, args)?, "record_unwritable")?;
    }
    ensure!(!Dialog::is_open(&ward.desktop), "a dialog for a call");
    // What takes something away goes on.
    ward.reader.remove()?;
    ward.relay.event(PORT, "session_ended")?;
    ensure!(Record::read(&ward.host)?.count("session_ended", "ok") == 0, "it was written?");

    // Nor does a card that is put in ask for what would come to nothing.
    ward.reader.insert()?;
    ward.wait_for_card()?;
    thread::sleep(Duration::from_secs(2));
    ensure!(!Dialog::is_open(&ward.desktop), "a dialog for the card");

    disk.make_room()?;
    ward.reader.remove()?;
    ward.reader.insert()?;
    let dialog = Dialog::wait(&ward.desktop)?;
    dialog.wait_for_passcode_field()?;
    dialog.type_text(PASSCODE)?;
    dialog.press("Return")?;
    Dialog::wait_closed(&ward.desktop)?;
    let signed_in = ward.call("sign_in", json!({}))?;
    ensure!(signed_in["ok"]["ticket"].is_string(), "{signed_in}");
    let signed = sign(&mut ward, "without-room")?;
    ensure!(signed["ok"]["results"][0]["signature"].is_string(), "{signed}");
    let record = Record::read(&ward.host)?;
    ensure!(record.count("sign", "ok") == 2, "{record:?}");
    ensure!(record.count("sign", "record_unwritable") == 1, "{record:?}");
    ensure!(record.count("session_ended", "ok") == 1, "{record:?}");
    Ok(())
}

fn full_outbox() -> Result<()> {
    let ward = Ward::usual()?;
    ward.host.kill_agent();
    let folder = ward.host.folder().to_owned();
    let policy = fs::read_to_string(folder.join("policy.toml"))?;
    let Some(disk) = Disk::over(&folder, 2)? else {
        println!("SKIPPED faults::without_room_what_a_server (no file system can be mounted here)");
        return Ok(());
    };
    fs::write(folder.join("policy.toml"), policy)?;
    // Ends before its disk goes.
    let mut ward = ward;
    ward.restart_agent()?;
    ward.call("subscribe", json!({}))?;
    let ticket = ward.sign_in()?["ticket"].as_str().context("no ticket")?.to_owned();
    ensure!(ward.identity.opens(&ticket)?, "the ticket opens nothing");
    disk.fill()?;
    ward.identity.stop();
    ward.reader.remove()?;
    // The page hears of it, and what can't be kept for another agent stays with this one.
    ward.relay.event(PORT, "session_ended")?;
    thread::sleep(Duration::from_secs(1));
    let left = fs::read_dir(folder.join("undelivered"))?.count();
    ensure!(left == 0, "{left} files without a notice in them");
    ward.identity.resume()?;
    let begun = Instant::now();
    while ward.identity.opens(&ticket)? {
        ensure!(begun.elapsed() < Duration::from_secs(15), "the ticket still opens");
        thread::sleep(Duration::from_millis(50));
    }
    disk.make_room()?;
    ward.reader.insert()?;
    ward.wait_for_card()?;
    ward.sign_in().map(drop)
}

/// A file goes on growing to the end of its last block. Lines that are shorter than a signature's
/// use that up until a signature's finds no room.
fn use_up_the_last_block(ward: &mut Ward) -> Result<()> {
    let file = ward.host.folder().join("audit.jsonl");
    let text = fs::read_to_string(&file)?;
    let of_signature = text.lines().last().context("no record")?.len();
    for number in 0.. {
        let left = BLOCK - usize::try_from(fs::metadata(&file)?.len())? % BLOCK;
        if left < of_signature {
            break;
        }
        let mut args = ward.prescription(&format!("short-{number}"))?;
        args["documents"][0]["content"] = json!(crate::ward::base64(b"no prescription"));
        expect(&ward.call("sign", args)?, "document_malformed")?;
    }
    Ok(())
}

fn sign(ward: &mut Ward, key: &str) -> Result<Value> {
    let args = ward.prescription(key)?;
    ward.call_with_passcode("sign", args)
}

fn tabs() -> Result<()> {
    let mut ward = Ward::usual()?;
    let tabs = 100..150;
    for port in tabs.clone() {
        ward.relay.open(port, ORIGIN)?;
    }
    let at_once = |relay: &mut Relay, command: &str| -> Result<Vec<Value>> {
        let calls = tabs.clone().map(|port| Ok((port, relay.begin(port, command, json!({}))?)));
        let calls: Vec<_> = calls.collect::<Result<_>>()?;
        calls.into_iter().map(|(port, id)| relay.answer(port, id)).collect()
    };
    for cards in at_once(&mut ward.relay, "cards")? {
        ensure!(cards["ok"]["cards"].as_array().is_some_and(|cards| cards.len() == 1), "{cards}");
    }
    // Of all that ask only one gets the dialog.
    let calls: Vec<_> = tabs
        .clone()
        .map(|port| Ok((port, ward.relay.begin(port, "sign_in", json!({}))?)))
        .collect::<Result<_>>()?;
    let dialog = Dialog::wait(&ward.desktop)?;
    dialog.wait_for_passcode_field()?;
    dialog.press("Escape")?;
    let mut refused = 0;
    for (port, id) in calls {
        let answer = ward.relay.answer(port, id)?;
        match answer["error"]["code"].as_str() {
            Some("busy" | "rate_limited") => refused += 1,
            Some("user_cancelled") => {}
            _ => anyhow::bail!("{answer}"),
        }
    }
    ensure!(refused == tabs.len() - 1, "{refused} were refused");
    Dialog::wait_closed(&ward.desktop)?;

    let session = ward.sign_in()?["session"]["id"].clone();
    for signed_in in at_once(&mut ward.relay, "sign_in")? {
        ensure!(signed_in["ok"]["session"]["id"] == session, "{signed_in}");
    }
    let mut tickets = Vec::new();
    for ticket in at_once(&mut ward.relay, "ticket")? {
        tickets
            .push(ticket["ok"]["ticket"].as_str().with_context(|| ticket.to_string())?.to_owned());
    }
    ensure!(ward.identity.opens(&tickets[0])?, "the ticket opens nothing");
    Ok(())
}

fn deaf() -> Result<()> {
    let mut ward = Ward::usual()?;
    ward.call("subscribe", json!({}))?;
    let mut deaf = Deaf::start(&ward)?;
    deaf.send(&json!({"open": {"port": 1, "context": {
        "origin": ORIGIN, "topOrigin": ORIGIN, "top": true, "document": "deaf"
    }}}))?;
    deaf.ask(0, "subscribe")?;
    // Many times what the pipes on the way hold.
    for id in 1..20_000 {
        deaf.ask(id, "status")?;
        if id % 2_000 == 0 {
            let begun = Instant::now();
            ward.call("status", json!({}))?;
            ensure!(begun.elapsed() < AT_ONCE, "{:?} for a status", begun.elapsed());
        }
    }
    thread::sleep(Duration::from_millis(200));
    ward.sign_in()?;
    ward.reader.remove()?;
    let begun = Instant::now();
    ward.relay.event(PORT, "session_ended")?;
    ensure!(begun.elapsed() < AT_ONCE, "{:?} for an event", begun.elapsed());
    let agent = ward.host.agent().context("no agent")?;
    let memory = pss(u32::try_from(agent.as_raw_nonzero().get())?)?;
    ensure!(memory < 64.0, "the agent has {memory} MB");
    Ok(())
}

/// A browser that stopped reading.
struct Deaf(Child);

impl Deaf {
    fn start(ward: &Ward) -> Result<Self> {
        let program: &Path = &ward.programs.host;
        let child = Command::new(program)
            .arg(format!("chrome-extension://{}/", ward.programs.extension_id()?))
            .envs(ward.environment())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let mut deaf = Self(child);
        deaf.send(&json!({"hello": {"versions": {"min": 1, "max": 1}, "extension": "0.0.0"}}))?;
        Ok(deaf)
    }

    fn ask(&mut self, id: u32, command: &str) -> Result<()> {
        let frame = json!({"v": 1, "id": id, "command": command, "args": {}});
        self.send(&json!({"message": {"port": 1, "activation": false, "frame": frame}}))
    }

    fn send(&mut self, message: &Value) -> Result<()> {
        let body = message.to_string();
        let input = self.0.stdin.as_mut().context("no input")?;
        input.write_all(&u32::try_from(body.len())?.to_ne_bytes())?;
        Ok(input.write_all(body.as_bytes())?)
    }
}

impl Drop for Deaf {
    fn drop(&mut self) {
        // It may have been cut off already.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Of a file system in memory.
const BLOCK: usize = 4096;
/// Far below the time after which a connection that takes nothing is given up.
const AT_ONCE: Duration = Duration::from_secs(3);
