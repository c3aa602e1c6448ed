//! Programs that are not browsers: the Ticket API from C and from Python, and what scripts call.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value, json};
use wardkey_spine::ticket_api::Code;
use wardkey_tests::stage::{AMIRA, Dialog, Driven, PASSCODE, built, policy};

use crate::ward::{ORIGIN, PORT, Ward};

#[path = "programs/stopped.rs"]
mod stopped;

type Test = fn() -> Result<()>;

pub const TRIALS: &[(&str, Test)] = &[
    ("programs::the_header_and_the_library_fit", header),
    ("programs::a_c_program_has_the_browsers_ticket", c_program),
    ("programs::a_c_program_outlives_sessions_and_agents", c_program_stays),
    ("programs::an_agent_that_hangs_is_told_of", stopped::agent),
    ("programs::what_policy_does_not_name_is_turned_away", turned_away),
    ("programs::python_by_ctypes", python),
    ("programs::scripts_have_ticket_and_user", scripts),
    ("programs::scripts_sign_files", scripts_sign),
    ("programs::policy_bounds_the_batches_of_one_program", bounded),
];

/// A ward whose policy admits local programs.
fn ward(programs: &[(&Path, &str)]) -> Result<Ward> {
    let mut ward = Ward::usual()?;
    admit(&mut ward, programs)?;
    Ok(ward)
}

fn admit(ward: &mut Ward, programs: &[(&Path, &str)]) -> Result<()> {
    let tables = programs.iter().map(|(executable, capabilities)| {
        format!(
            "\n[[program]]\nexecutable = \"{}\"\nname = \"Ward Desktop\"\n\
             relying_party = \"{ORIGIN}\"\ncapabilities = {capabilities}\n",
            executable.display()
        )
    });
    let policy = policy(&ward.identity, ORIGIN) + crate::CARDS;
    ward.host.write_policy(&(policy + tables.collect::<String>().as_str()))?;
    ward.restart_agent()
}

/// The library, as `cargo xtask` built it.
fn library() -> Result<PathBuf> {
    built("libwardkey_ticket_api.so")
}

/// Compiles a C program against the committed header.
fn compile(source: &Path, program: &Path) -> Result<()> {
    let library = library()?;
    let folder = library.parent().context("no folder")?;
    let mut cc = Command::new("cc");
    cc.args(["-std=c99", "-pedantic", "-Wall", "-Wextra", "-Werror", "-pthread"]);
    cc.arg("-I").arg(repository().join("ticket-api/include")).arg(source);
    cc.arg("-L").arg(folder).arg(format!("-Wl,-rpath,{}", folder.display()));
    cc.args(["-lwardkey_ticket_api", "-o"]).arg(program);
    let output = cc.output()?;
    ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Ok(())
}

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn compile_driven(program: &Path) -> Result<()> {
    compile(Path::new(Driven::SOURCE), program)
}

fn start(ward: &Ward, program: &Path) -> Result<Driven> {
    Driven::start(&mut local(ward, program))
}

/// A local program of this ward.
fn local(ward: &Ward, program: &Path) -> Command {
    let mut command = Command::new(program);
    command.envs(ward.environment()).env("WARDKEY_HOST", &ward.programs.host);
    command
}

fn type_passcode(ward: &Ward) -> Result<()> {
    let dialog = Dialog::wait(&ward.desktop)?;
    dialog.wait_for_passcode_field()?;
    dialog.type_text(PASSCODE)?;
    dialog.press("Return")
}

fn header() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let text = fs::read_to_string(repository().join("ticket-api/include/wardkey_ticket_api.h"))?;
    let names = text.lines().filter(|line| line.contains(" TCK_API_CALL ")).filter_map(|line| {
        let (_, rest) = line.split_once(" TCK_API_CALL ")?;
        Some(rest.split_once('(')?.0)
    });
    let mut declared: Vec<&str> = names.collect();
    let nm = Command::new("nm").args(["-D", "--defined-only"]).arg(library()?).output()?;
    let symbols = String::from_utf8(nm.stdout)?;
    let mut exported: Vec<&str> =
        symbols.lines().filter_map(|line| line.split_ascii_whitespace().nth(2)).collect();
    declared.sort_unstable();
    exported.sort_unstable();
    ensure!(declared == exported, "declared {declared:?}, exported {exported:?}");

    // Each name of the codes is there for C, with its number.
    let checks = Code::ALL.iter().map(|(code, name)| {
        format!("    if (TCK_API_ERR_{name} != {}u) return 1;\n", code.number())
    });
    let checks = checks.collect::<String>();
    let include = "#include <wardkey_ticket_api.h>";
    let main = format!("int main(void) {{\n{checks}    return GetDllVersion() == 0;\n}}");
    let source = folder.path().join("codes.c");
    fs::write(&source, format!("{include}\n{main}\n"))?;
    let docs = fs::read_to_string(repository().join("docs/ticket-api.md"))?;
    let example = docs.split("```c\n").nth(1).and_then(|rest| rest.split("```").next());
    let documented = folder.path().join("documented.c");
    fs::write(&documented, example.context("no example")?)?;
    compile(&documented, &folder.path().join("documented"))?;
    let program = folder.path().join("codes");
    compile(&source, &program)?;
    ensure!(
        Command::new(&program).status()?.success(),
        "a number differs, or the library has no version"
    );
    Ok(())
}

fn c_program() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let (program, example) = (folder.path().join("ward-desktop"), folder.path().join("example"));
    compile_driven(&program)?;
    compile(&repository().join("ticket-api/examples/ticket.c"), &example)?;
    let all = r#"["sign_in", "ticket"]"#;
    let mut ward = ward(&[(&program, all), (&example, all)])?;
    let mut c = start(&ward, &program)?;
    c.expect("noauth", Code::NOT_INITIALIZED)?;
    c.expect("init", Code::SUCCESS)?;
    ensure!(c.call("versions")? == (0, "100 100 100".to_owned()), "{:?}", c.call("versions"));

    // Nobody is signed in: without a word to the user there is no ticket.
    c.expect("noauth", Code::TICKET_NOT_AVAILABLE)?;
    let said = c.expect("describe", Code::TICKET_NOT_AVAILABLE)?;
    ensure!(said == "Nobody is signed in. Sign in first. (session_missing)", "{said}");
    ensure!(!Dialog::is_open(&ward.desktop), "a dialog opened");
    c.expect("begin", Code::SUCCESS)?;
    let dialog = Dialog::wait(&ward.desktop)?;
    dialog.wait_for_passcode_field()?;
    if let Some(pictures) = std::env::var_os("WARDKEY_PICTURES") {
        dialog.screenshot(&PathBuf::from(pictures).join("program.png"))?;
    }
    // While the user is asked, other threads are answered.
    c.expect("noauth", Code::TICKET_NOT_AVAILABLE)?;
    dialog.type_text(PASSCODE)?;
    dialog.press("Return")?;
    let ticket = c.expect("end", Code::SUCCESS)?;
    ensure!(ward.identity.opens(&ticket)?, "the ticket opens nothing");
    ensure!(c.expect("small", Code::BUFFER_TOO_SMALL)? == "before");
    ensure!(c.expect("noauth", Code::SUCCESS)? == ticket, "another ticket");

    // The page of the same relying party has the very same, without a passcode.
    let page = ward.call("sign_in", json!({}))?;
    ensure!(page["ok"]["ticket"] == ticket, "{page}");
    let output = local(&ward, &example).output()?;
    let printed = String::from_utf8(output.stdout)?;
    ensure!(output.status.success() && printed.trim() == ticket, "{printed}");

    ward.call("subscribe", json!({}))?;
    c.expect("destroy", Code::SUCCESS)?;
    let ended = ward.relay.event(PORT, "session_ended")?;
    ensure!(ended["data"]["cause"] == "signed_out", "{ended}");
    let begun = Instant::now();
    while ward.identity.opens(&ticket)? {
        ensure!(begun.elapsed() < Duration::from_secs(15), "the ticket still opens");
    }
    c.expect("finalize", Code::SUCCESS)?;
    c.expect("ticket", Code::INVALID_INSTANCE_HANDLE)?;
    let named = |action| recorded(&ward, action, &program);
    ensure!(named("sign_in")? == 1 && named("sign_out")? == 1, "the record does not name it");
    ensure!(recorded(&ward, "enter_session", &example)? == 1, "the record does not name it");
    Ok(())
}

/// How many acts of a program are in the audit record.
fn recorded(ward: &Ward, action: &str, program: &Path) -> Result<usize> {
    let text = fs::read_to_string(ward.host.folder().join("audit.jsonl"))?;
    let entries = text.lines().map(serde_json::from_str::<Value>).collect::<Result<Vec<_>, _>>()?;
    let of = entries.iter().filter(|entry| entry["action"] == action);
    Ok(of.filter(|entry| entry["program"] == program.display().to_string()).count())
}

fn c_program_stays() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let program = folder.path().join("ward-desktop");
    compile_driven(&program)?;
    let mut ward = ward(&[(&program, r#"["sign_in", "ticket"]"#)])?;
    let mut c = start(&ward, &program)?;
    c.expect("init", Code::SUCCESS)?;
    ward.sign_in()?;
    let first = c.expect("noauth", Code::SUCCESS)?;

    // The card goes, and with it the session; the next one is not taken for it.
    ward.call("subscribe", json!({}))?;
    ward.reader.remove()?;
    ward.relay.event(PORT, "session_ended")?;
    ward.reader.insert()?;
    ward.wait_for_card()?;
    ward.sign_in()?;
    c.expect("noauth", Code::TICKET_NOT_AVAILABLE)?;
    let second = c.expect("noauth", Code::SUCCESS)?;
    ensure!(second != first && ward.identity.opens(&second)?, "no new ticket");

    c.expect("begin", Code::SUCCESS)?;
    ensure!(c.expect("end", Code::SUCCESS)? == second, "another ticket");
    // A user who does not want to sign in anew is still signed in.
    c.ask("new")?;
    let dialog = Dialog::wait(&ward.desktop)?;
    dialog.wait_for_passcode_field()?;
    dialog.press("Escape")?;
    let (code, said) = c.answer()?;
    ensure!(code == Code::USER_ABORT.number(), "{code:08x} {said}");
    ensure!(c.expect("noauth", Code::SUCCESS)? == second, "another ticket");
    c.ask("new")?;
    type_passcode(&ward)?;
    let (code, third) = c.answer()?;
    ensure!(code == Code::SUCCESS.number(), "{code:08x} {third}");
    ensure!(third != second && ward.identity.opens(&third)?, "no new ticket");

    // An agent that is killed takes the session along, and not the program; the next call starts
    // another one, whose child is nobody's.
    let killed = ward.host.agent().context("no agent")?;
    ward.host.kill_agent();
    c.expect("noauth", Code::TICKET_NOT_AVAILABLE)?;
    c.expect("noauth", Code::TICKET_NOT_AVAILABLE)?;
    let agent = ward.host.agent().context("no agent was started")?;
    ensure!(agent != killed);
    let children = format!("/proc/{0}/task/{0}/children", c.id());
    ensure!(fs::read_to_string(children)?.trim().is_empty(), "the program has a child");
    // A program that goes takes its dialog along.
    c.ask("begin")?;
    Dialog::wait(&ward.desktop)?.wait_for_passcode_field()?;
    drop(c);
    Dialog::wait_closed(&ward.desktop)
}

fn turned_away() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let (program, other) = (folder.path().join("ward-desktop"), folder.path().join("other"));
    compile_driven(&program)?;
    fs::copy(&program, &other)?;
    let link = folder.path().join("link");
    std::os::unix::fs::symlink(&program, &link)?;
    let mut ward = ward(&[(&link, r#"["ticket"]"#)])?;
    let mut c = start(&ward, &other)?;
    c.expect("init", Code::RESOURCE_NOT_AVAILABLE)?;
    let said = c.expect("describe", Code::RESOURCE_NOT_AVAILABLE)?;
    ensure!(said.contains("(program_not_admitted)"), "{said}");

    // What policy's link leads to is admitted, and for what policy says.
    let mut c = start(&ward, &program)?;
    c.expect("init", Code::SUCCESS)?;
    c.expect("ticket", Code::AUTHMETHOD_NOT_POSSIBLE)?;
    c.expect("destroy", Code::AUTHMETHOD_NOT_POSSIBLE)?;
    ensure!(!Dialog::is_open(&ward.desktop), "a dialog opened");
    ward.sign_in()?;
    c.expect("noauth", Code::SUCCESS)?;

    // Another file under the admitted one's path, as the caller sees it.
    let script = "mount --bind \"$1\" \"$2\" && exec \"$2\"";
    let mut unshare = local(&ward, Path::new("unshare"));
    unshare
        .args(["--map-root-user", "--mount", "sh", "-c", script, "sh"])
        .arg(&other)
        .arg(&program);
    let mut bound = Driven::start(&mut unshare)?;
    match bound.call("init") {
        Ok((code, said)) => {
            ensure!(code == Code::RESOURCE_NOT_AVAILABLE.number(), "{code:x} {said}")
        }
        Err(_) => println!("SKIPPED another file under an admitted path: no mount namespaces here"),
    }

    // Without an agent and without a host there is nothing to connect to.
    ward.host.kill_agent();
    let mut without = local(&ward, &program);
    without.env("WARDKEY_HOST", folder.path().join("none"));
    let mut c = Driven::start(&mut without)?;
    c.expect("init", Code::NOT_INSTALLED)?;
    Ok(())
}

fn python() -> Result<()> {
    let asked = "import ctypes, os, sys; print(os.path.realpath(sys.executable))";
    let found = Command::new("python3").args(["-c", asked]).output();
    let Some(found) = found.ok().filter(|output| output.status.success()) else {
        println!("SKIPPED programs::python_by_ctypes: no python3 with ctypes");
        return Ok(());
    };
    let interpreter = PathBuf::from(String::from_utf8(found.stdout)?.trim());
    let mut ward = ward(&[])?;
    let script = |ward: &Ward| -> Result<Value> {
        let mut python = local(ward, &interpreter);
        python.arg(repository().join("tests/tests/agent/ticket_api.py")).arg(library()?);
        let output = python.output()?;
        ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        Ok(serde_json::from_slice(&output.stdout)?)
    };
    let said = script(&ward)?;
    ensure!(said == json!({"error": Code::RESOURCE_NOT_AVAILABLE.number()}), "{said}");
    // Whoever admits an interpreter admits every script of it.
    admit(&mut ward, &[(&interpreter, r#"["ticket"]"#)])?;
    let said = script(&ward)?;
    ensure!(said["code"] == Code::TICKET_NOT_AVAILABLE.number() && said["ticket"] == "", "{said}");
    let ticket = ward.sign_in()?["ticket"].clone();
    let said = script(&ward)?;
    ensure!(said["code"] == 0 && said["ticket"] == ticket, "{said}");
    ensure!(said["used"] == ticket.as_str().map_or(0, str::len), "{said}");
    Ok(())
}

/// Runs `wardkey-host`; the exit status, and what it printed.
fn host(ward: &Ward, arguments: &[&str]) -> Result<(i32, String)> {
    ended(local(ward, &ward.programs.host).args(arguments).output()?)
}

fn ended(output: Output) -> Result<(i32, String)> {
    let status = output.status.code().context("a signal")?;
    Ok((status, String::from_utf8(output.stdout)? + String::from_utf8(output.stderr)?.as_str()))
}

/// Runs it while a user types the passcode.
fn host_with_passcode(ward: &Ward, arguments: &[&str]) -> Result<(i32, String)> {
    host_with(ward, arguments, |dialog| {
        dialog.type_text(PASSCODE)?;
        dialog.press("Return")
    })
}

/// Runs it while a user answers its dialog.
fn host_with(
    ward: &Ward,
    arguments: &[&str],
    answer: impl FnOnce(&Dialog) -> Result<()>,
) -> Result<(i32, String)> {
    let mut command = local(ward, &ward.programs.host);
    let running = command.args(arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
    let dialog = Dialog::wait(&ward.desktop)?;
    dialog.wait_for_passcode_field()?;
    answer(&dialog)?;
    ended(running.wait_with_output()?)
}

fn scripts() -> Result<()> {
    let mut ward = ward(&[])?;
    let (status, said) = host(&ward, &["ticket"])?;
    ensure!(status == 3 && said.contains("(program_not_admitted)"), "{status}: {said}");
    let program = ward.programs.host.clone();
    admit(&mut ward, &[(&program, r#"["sign_in", "ticket", "user_details"]"#)])?;
    let (status, said) = host(&ward, &["ticket", "--no-sign-in"])?;
    ensure!(status == 6 && said.contains("(session_missing)"), "{status}: {said}");
    let (status, said) = host(&ward, &["user", "--json"])?;
    ensure!(status == 6 && said.contains("\"code\": \"session_missing\""), "{status}: {said}");
    ensure!(!Dialog::is_open(&ward.desktop), "a dialog opened");

    let (status, ticket) = host_with_passcode(&ward, &["ticket"])?;
    let ticket = ticket.trim();
    ensure!(status == 0 && ward.identity.opens(ticket)?, "{status}: {ticket}");
    let (status, said) = host(&ward, &["ticket", "--json"])?;
    let printed: Value = serde_json::from_str(&said)?;
    ensure!(status == 0 && printed["ticket"] == ticket, "{said}");
    ensure!(printed["expiresInSeconds"].as_u64() > Some(60), "{said}");
    let (status, said) = host(&ward, &["user"])?;
    ensure!(status == 0 && said.contains(AMIRA.uid) && said.contains("Okafor"), "{said}");
    let (status, said) = host(&ward, &["user", "--json"])?;
    let user: Value = serde_json::from_str(&said)?;
    ensure!(status == 0 && user["uid"] == AMIRA.uid && user["role"]["id"].is_string(), "{said}");
    let (status, said) =
        host(&ward, &["sign", "Cargo.toml", "--format", "cades", "--out", "/tmp"])?;
    ensure!(status == 2 && said.contains("(capability_not_granted)"), "{status}: {said}");
    ward.reader.remove()?;
    let begun = Instant::now();
    loop {
        let (status, said) = host(&ward, &["ticket"])?;
        if status == 4 && said.contains("(card_missing)") {
            return Ok(());
        }
        ensure!(begun.elapsed() < Duration::from_secs(10), "{status}: {said}");
    }
}

fn scripts_sign() -> Result<()> {
    let mut ward = ward(&[])?;
    let program = ward.programs.host.clone();
    admit(&mut ward, &[(&program, r#"["sign", "sign_content_not_shown"]"#)])?;
    let folder = tempfile::tempdir()?;
    let file = |name: &str| folder.path().join(name);
    let path = |name: &str| file(name).display().to_string();
    fs::write(file("letter.txt"), "Dear Ann, all is well.\n")?;
    // Beyond what one message holds, and what is shown.
    let scan: Vec<u8> = (0..3_000_000u32).map(|n| (n % 251) as u8).collect();
    fs::write(file("scan.bin"), &scan)?;
    let (letter, large, out) = (path("letter.txt"), path("scan.bin"), path("."));
    let arguments =
        ["sign", &letter, &large, "--format", "cades", "--reason", "Filing", "--out", &out];
    // The card's key asks for each signature.
    let (status, said) = host_with(&ward, &arguments, |dialog| {
        for _ in 0..2 {
            dialog.wait_for_passcode_field()?;
            dialog.type_text(PASSCODE)?;
            dialog.press("Return")?;
        }
        Ok(())
    })?;
    ensure!(status == 0 && said.contains("letter-signed.p7m"), "{status}: {said}");
    for (signed, document) in [("letter-signed.p7m", "letter.txt"), ("scan-signed.p7m", "scan.bin")]
    {
        let mut openssl = Command::new("openssl");
        openssl.args(["cms", "-verify", "-noverify", "-binary", "-inform", "DER", "-in"]);
        let output = openssl.arg(file(signed)).output()?;
        ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        ensure!(output.stdout == fs::read(file(document))?, "{signed} holds something else");
        let (status, said) = host(&ward, &["verify", &path(signed)])?;
        ensure!(status == 0 && said.starts_with("valid"), "{said}");
    }
    ensure!(recorded(&ward, "sign", &program)? == 1, "the record does not name it");

    // A user who does not want to leaves nothing behind.
    let (signature, before) = (path("letter.jws"), fs::read_dir(folder.path())?.count());
    let arguments = ["sign", &letter, "--format", "jades", "--json", "--out", &signature];
    let (status, said) = host_with(&ward, &arguments, |dialog| dialog.press("Escape"))?;
    ensure!(status == 6 && said.contains("\"code\": \"user_cancelled\""), "{status}: {said}");
    ensure!(fs::read_dir(folder.path())?.count() == before, "something was left");
    let (status, said) = host(&ward, &["sign", &letter, "--format", "pkcs7", "--out", &signature])?;
    ensure!(status == 2 && said.contains("cades"), "{status}: {said}");
    Ok(())
}

fn bounded() -> Result<()> {
    let mut ward = ward(&[])?;
    let program = ward.programs.host.clone();
    admit(&mut ward, &[(&program, "[\"sign\"]\nbatch_documents = 1")])?;
    let folder = tempfile::tempdir()?;
    let path = |name: &str| folder.path().join(name).display().to_string();
    let (one, other, out) = (path("one.txt"), path("other.txt"), path("."));
    fs::write(&one, "Rest.\n")?;
    fs::write(&other, "Fluids.\n")?;
    let two = ["sign", &one, &other, "--format", "cades", "--json", "--out", &out];
    let (status, said) = host(&ward, &two)?;
    ensure!(status == 2 && said.contains("\"code\": \"batch_too_large\""), "{status}: {said}");
    ensure!(said.contains("\"limit\": 1"), "{said}");
    ensure!(!Dialog::is_open(&ward.desktop), "a dialog opened");
    ensure!(fs::read_dir(folder.path())?.count() == 2, "something was left");
    let (status, said) =
        host_with_passcode(&ward, &["sign", &one, "--format", "cades", "--out", &out])?;
    ensure!(status == 0 && said.contains("one-signed.p7m"), "{status}: {said}");
    Ok(())
}
