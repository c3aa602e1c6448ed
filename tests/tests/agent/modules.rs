//! PKCS#11 modules that crash or hang in the middle of a call: the process that ends is the module's own.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value, json};
use wardkey_smartcard::well_known_modules;
use wardkey_tests::stage::{AMIRA, Dialog, PASSCODE, Relay, SoftToken, TOM, policy};

use crate::{
    readers::{count, wait_for},
    ward::{ORIGIN, PORT, Ward, code, expect},
};

type Test = fn() -> Result<()>;

pub const TRIALS: &[(&str, Test)] = &[
    ("modules::one_that_crashes_or_hangs_over_its_tokens_takes_no_other_card_along", at_tokens),
    ("modules::one_that_crashes_or_hangs_over_a_signature_costs_that_call_and_no_try", at_signing),
];

fn at_tokens() -> Result<()> {
    let mut ward = Ward::usual()?;
    let soft = SoftToken::for_user(&ward.identity, &ward.folder.path().join("soft"), TOM)?;
    let module = Faulty::compile(ward.folder.path(), Path::new(SoftToken::MODULE))?;
    start_with(&mut ward, &module, "", &[("SOFTHSM2_CONF", soft.configuration().to_owned())])?;
    wait_for(&mut ward, |cards| count(cards) == 2)?;
    let agent = ward.host.agent().context("no agent")?;

    module.shall("crash", "C_GetSlotList")?;
    let piv_alone = |cards: &Value| {
        let label = cards["ok"]["cards"][0]["label"].as_str();
        count(cards) == 1 && label.is_some_and(|label| label.starts_with(AMIRA.uid))
    };
    let cards = ward.call("cards", json!({}))?;
    ensure!(piv_alone(&cards), "{cards}");
    ward.reader.remove()?;
    wait_for(&mut ward, |cards| code(cards) == "module_failed")?;
    wait_for_end(&module.process("crash")?)?;
    // One that crashed is asked again at once.
    module.behave()?;
    let cards = ward.call("cards", json!({}))?;
    ensure!(count(&cards) == 1, "{cards}");
    ensure!(waited_in_vain(&ward)? == 0, "it was waited for");

    module.shall("hang", "C_GetTokenInfo")?;
    expect(&ward.call("cards", json!({}))?, "module_failed")?;
    wait_for_end(&module.process("hang")?)?;
    ward.reader.insert()?;
    ward.wait_for_card()?;
    // One that hung is left out while there is another card.
    wait_for(&mut ward, piv_alone)?;
    ward.sign_in()?;
    ensure!(waited_in_vain(&ward)? == 1, "it was asked again");
    module.behave()?;
    ward.reader.remove()?;
    wait_for(&mut ward, |cards| count(cards) == 1 && !piv_alone(cards))?;
    let (id, dialog) = ward.begin("sign_in", json!({}))?;
    dialog.type_text(PASSCODE)?;
    dialog.press("Return")?;
    dialog.wait_for_roles()?;
    dialog.press("Return")?;
    let signed_in = ward.answer(id)?;
    ensure!(signed_in["ok"]["session"]["user"]["uid"] == TOM.uid, "{signed_in}");
    ensure!(ward.host.agent() == Some(agent), "another agent");
    Ok(())
}

fn at_signing() -> Result<()> {
    let mut ward = Ward::usual()?;
    let is_opensc = |path: &PathBuf| path.to_string_lossy().contains("opensc-pkcs11");
    let opensc = well_known_modules().into_iter().filter(is_opensc).find(|path| path.exists());
    let module = Faulty::compile(ward.folder.path(), &opensc.context("no OpenSC")?)?;
    start_with(&mut ward, &module, "piv = false\n", &[])?;
    let agent = ward.host.agent().context("no agent")?;

    module.shall("crash", "C_Sign")?;
    expect(&ward.call_with_passcode("sign_in", json!({}))?, "module_failed")?;
    wait_for_end(&module.process("crash")?)?;
    Dialog::wait_closed(&ward.desktop)?;
    ensure!(module.passcodes() == 1, "the passcode was given again");
    ensure!(ward.reader.tries()? == 3, "a try was spent");
    module.behave()?;
    ward.sign_in()?;

    for how in ["crash", "hang"] {
        module.shall(how, "C_Sign")?;
        let args = ward.prescription(&format!("{how}-while-it-signs"))?;
        let (id, dialog) = ward.begin("sign", args)?;
        dialog.type_text(PASSCODE)?;
        dialog.press("Return")?;
        let process = module.process(how)?;
        let wanted = match how {
            "crash" => "module_failed",
            _ => {
                ward.relay.message(PORT, json!({"cancel": id}))?;
                "cancelled"
            }
        };
        expect(&ward.answer(id)?, wanted)?;
        wait_for_end(&process)?;
        Dialog::wait_closed(&ward.desktop)?;
        let given = module.passcodes();
        ensure!(ward.reader.tries()? == 3, "a try was spent");

        // The card is whole, and signs the same with as many passcodes.
        module.behave()?;
        let args = ward.prescription(&format!("after-a-{how}"))?;
        let signed = ward.call_with_passcode("sign", args)?;
        ensure!(signed["ok"]["results"][0]["signature"].is_string(), "{signed}");
        ensure!(module.passcodes() == given, "{} and {given}", module.passcodes());
    }
    ensure!(ward.host.agent() == Some(agent), "another agent");
    Ok(())
}

/// How often the agent gave a module up that gave no answer.
fn waited_in_vain(ward: &Ward) -> Result<usize> {
    let log = fs::read_to_string(ward.host.folder().join("agent.log"))?;
    Ok(log.matches("gave no answer").count())
}

/// An agent that asks this module.
fn start_with(
    ward: &mut Ward,
    module: &Faulty,
    keys: &str,
    variables: &[(&'static str, PathBuf)],
) -> Result<()> {
    let modules = [&module.library];
    let cards = format!("[cards]\n{keys}modules = {modules:?}\n");
    ward.host.write_policy(&format!("{}{cards}", policy(&ward.identity, ORIGIN)))?;
    ward.host.kill_agent();
    let mut environment = ward.environment();
    environment.extend_from_slice(variables);
    ward.relay = Relay::start(&ward.programs, &environment)?;
    ward.relay.open(PORT, ORIGIN)?;
    ward.wait_for_card()
}

/// Another's module that crashes or hangs at a call when it is told to.
struct Faulty {
    library: PathBuf,
    fault: PathBuf,
    log: PathBuf,
}

impl Faulty {
    fn compile(folder: &Path, real: &Path) -> Result<Self> {
        let file = |name| folder.join(name);
        let module =
            Self { library: file("faulty.so"), fault: file("fault"), log: file("faulty.log") };
        let source = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/agent/faulty_module.c");
        let mut cc = Command::new("cc");
        cc.args(["-std=gnu99", "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC"]);
        for (name, path) in [("MODULE", real), ("FAULT", &module.fault), ("LOG", &module.log)] {
            cc.arg(format!("-D{name}={path:?}"));
        }
        let output = cc.arg(source).arg("-o").arg(&module.library).arg("-ldl").output()?;
        ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        Ok(module)
    }

    /// From now on it crashes or hangs at this call; its log begins anew.
    fn shall(&self, how: &str, call: &str) -> Result<()> {
        fs::write(&self.log, "")?;
        Ok(fs::write(&self.fault, format!("{how} {call}\n"))?)
    }

    /// From now on it does what the real one does; its log begins anew.
    fn behave(&self) -> Result<()> {
        fs::remove_file(&self.fault)?;
        Ok(fs::write(&self.log, "")?)
    }

    /// The process that has crashed or hangs, once one does.
    fn process(&self, how: &str) -> Result<PathBuf> {
        let end = Instant::now() + PATIENCE;
        loop {
            let log = fs::read_to_string(&self.log)?;
            let mut whole = log.split_inclusive('\n').filter_map(|line| line.strip_suffix('\n'));
            if let Some(id) = whole.find_map(|line| line.strip_prefix(how)) {
                return Ok(Path::new("/proc").join(id.trim()));
            }
            ensure!(Instant::now() < end, "it did not {how}: {log}");
            thread::sleep(BETWEEN);
        }
    }

    /// How often it was given a passcode.
    fn passcodes(&self) -> usize {
        let log = fs::read_to_string(&self.log).unwrap_or_default();
        log.lines().filter(|line| line.starts_with("passcode")).count()
    }
}

fn wait_for_end(process: &Path) -> Result<()> {
    let end = Instant::now() + PATIENCE;
    while process.exists() {
        ensure!(Instant::now() < end, "{} lives on", process.display());
        thread::sleep(BETWEEN);
    }
    Ok(())
}

const BETWEEN: Duration = Duration::from_millis(20);
const PATIENCE: Duration = Duration::from_secs(20);
