use std::{fs, sync::mpsc, time::Duration};

use serde_json::Value;
use wardkey_agent_link::{Connection, Hello, Instance, LinkError};
use wardkey_protocol::ErrorCode;
use wardkey_smartcard::{ReaderEvent, ReaderWatch};

use super::Finding;
use crate::{install, module::Way, policy::Policy, server::Servers};

/// Every check, from the browser down to the card and out to the server.
pub fn all(instance: &Instance) -> Vec<Finding> {
    let mut findings = vec![manifests(), agent(instance)];
    let policy = Policy::load(instance);
    findings.push(match &policy {
        Ok(policy) if policy.servers.is_empty() => bad(
            "policy",
            "No policy is in force, so no site is admitted.",
            "Put a policy at /etc/wardkey/policy.toml.",
        ),
        Ok(policy) => good("policy", format!("{} sites are admitted.", policy.origins.len())),
        Err(error) => bad("policy", error.to_string(), ErrorCode::PolicyInvalid.remedy()),
    });
    let policy = policy.unwrap_or_default();
    findings.push(modules(&policy));
    findings.extend(readers());
    let servers = Servers::new(&policy.servers);
    for server in &policy.servers {
        let reached = servers.of(&server.url).and_then(|client| client.activate());
        findings.push(match reached {
            Ok(_) => good("server", format!("{} answers.", server.url)),
            Err(fault) => {
                bad("server", format!("{}: {}", server.url, fault.message), &fault.remedy)
            }
        });
    }
    findings
}

fn manifests() -> Finding {
    let code = "manifests";
    let this = std::env::current_exe().ok().map(|path| path.to_string_lossy().into_owned());
    let mut registered = Vec::new();
    for system in [false, true] {
        for (browser, file) in install::manifest_files(system).unwrap_or_default() {
            let Ok(text) = fs::read_to_string(&file) else { continue };
            let manifest: Value = serde_json::from_str(&text).unwrap_or_default();
            if manifest["path"].as_str() != this.as_deref() {
                let found =
                    format!("{} starts another program: {}.", browser.name(), manifest["path"]);
                return bad(code, found, "Run `wardkey-host install` with the program to be used.");
            }
            if !registered.contains(&browser.name()) {
                registered.push(browser.name());
            }
        }
    }
    match registered.is_empty() {
        true => bad(code, "No browser knows this host.", "Run `wardkey-host install`."),
        false => good(code, format!("Registered with {}.", registered.join(", "))),
    }
}

fn agent(instance: &Instance) -> Finding {
    match Connection::open(instance, &Hello::Console) {
        Ok(_) | Err(LinkError::Refused) => good("agent", "The agent runs.".to_owned()),
        Err(LinkError::NoAgent(_)) => good(
            "agent",
            "The agent does not run; a browser starts it when it is needed.".to_owned(),
        ),
        Err(error) => bad("agent", error.to_string(), ErrorCode::AgentUnreachable.remedy()),
    }
}

fn modules(policy: &Policy) -> Finding {
    let code = "modules";
    let missing = policy.cards.modules.iter().find(|path| !path.exists());
    if let Some(missing) = missing {
        return bad(code, format!("{} is missing.", missing.display()), "Correct `cards.modules`.");
    }
    let ways = policy.cards.ways();
    let names = ways.iter().map(|way| match way {
        Way::Module(path) => path.display().to_string(),
        Way::Piv => "PIV itself".to_owned(),
    });
    match names.collect::<Vec<_>>()[..] {
        [] => bad(code, ErrorCode::ModuleMissing.message(), ErrorCode::ModuleMissing.remedy()),
        ref names => good(code, format!("Cards are read by {}.", names.join(", else by "))),
    }
}

fn readers() -> Vec<Finding> {
    let (sender, events) = mpsc::channel();
    ReaderWatch::start(move |event| {
        // Only the first event is waited for.
        let _ = sender.send(event);
    })
    .detach();
    let of = |code: &'static str, error: ErrorCode| bad(code, error.message(), error.remedy());
    let readers = match events.recv_timeout(PATIENCE) {
        Ok(ReaderEvent::Readers(readers)) => readers,
        _ => return vec![of("reader_service", ErrorCode::ReaderServiceMissing)],
    };
    let service = good("reader_service", "The smartcard service runs.".to_owned());
    if readers.is_empty() {
        return vec![service, of("readers", ErrorCode::ReaderMissing)];
    }
    let with_card = readers.iter().filter(|reader| reader.card_present).count();
    let names: Vec<_> = readers.iter().map(|reader| reader.name.as_str()).collect();
    let card = match with_card {
        0 => of("card", ErrorCode::CardMissing),
        1 => good("card", "A card is in a reader.".to_owned()),
        count => good("card", format!("{count} cards are in readers.")),
    };
    vec![service, good("readers", format!("{}.", names.join(", "))), card]
}

fn good(code: &'static str, found: String) -> Finding {
    Finding { code, good: true, found, remedy: String::new() }
}

fn bad(code: &'static str, found: impl Into<String>, remedy: impl Into<String>) -> Finding {
    Finding { code, good: false, found: found.into(), remedy: remedy.into() }
}

const PATIENCE: Duration = Duration::from_secs(3);
