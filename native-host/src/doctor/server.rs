//! The Identity Servers: whether they are reached, whom their TLS certificates are from, and what
//! time they have.

mod clock;
pub(super) mod road;
pub(super) mod tls;

use std::time::Duration;

use wardkey_pki::UnixTime;
use wardkey_protocol::{ErrorCode, own::Finding};

use super::codes::Code;
use crate::{policy::ServerPolicy, server::Servers};
use road::{Address, Unreached, Why};
use tls::Insecure;

/// Examines every server at once. `now` reads this computer's clock.
pub fn examine(
    policies: &[ServerPolicy],
    patience: Duration,
    now: fn() -> UnixTime,
) -> Vec<Finding> {
    let servers = Servers::new(policies);
    let examined = std::thread::scope(|scope| {
        let threads: Vec<_> = policies
            .iter()
            .map(|policy| scope.spawn(|| examine_one(policy, &servers, patience, now)))
            .collect();
        threads.into_iter().filter_map(|thread| thread.join().ok()).collect::<Vec<_>>()
    });
    let mut findings: Vec<_> = examined.into_iter().flatten().collect();
    let no_clock = !findings.iter().any(|finding| finding.code.starts_with("clock"));
    if no_clock && !policies.is_empty() {
        findings.push(Code::ClockUnknown.found());
    }
    findings.sort_by_key(|finding| finding.subject);
    findings
}

fn examine_one(
    policy: &ServerPolicy,
    servers: &Servers,
    patience: Duration,
    now: fn() -> UnixTime,
) -> Vec<Finding> {
    let url = policy.url.as_str();
    let about = |finding: Finding| finding.with("server", url);
    let Some(address) = Address::of(url) else {
        return vec![about(Code::ServerOther.says(format!("{url} is no address of a server.")))];
    };
    let secured = road::connect(&address, patience)
        .map_err(Insecure::Road)
        .and_then(|stream| tls::secure(stream, &address, &policy.authority));
    let mut secured = match secured {
        Ok(secured) => secured,
        Err(Insecure::Road(unreached)) => return vec![about(of_road(unreached))],
        Err(Insecure::Tls(finding)) => return vec![about(*finding)],
    };
    let mut findings = vec![secured.finding(now())];
    findings.extend(clock::compare(&mut secured, &address, now));
    let asked = servers.of(url).and_then(|client| client.activate());
    findings.push(match asked {
        Ok(_) => Code::Server.says(format!("{url} answers.")),
        Err(fault) => {
            let code = match fault.code {
                ErrorCode::ServerUnreachable => Code::ServerSilent,
                _ => Code::ServerOther,
            };
            let says = format!("{url} answers, but not as an Identity Server of this policy does.");
            let finding = if code == Code::ServerOther { code.says(says) } else { code.found() };
            let reason = fault.details.get("reason").cloned().unwrap_or_default();
            finding.with("reason", reason)
        }
    });
    findings.into_iter().map(about).collect()
}

/// What a road that leads nowhere is to an Identity Server.
fn of_road(unreached: Unreached) -> Finding {
    let code = match unreached.why {
        Why::NameUnknown => Code::ServerNameUnknown,
        Why::Refused => Code::ServerRefused,
        Why::Silent => Code::ServerSilent,
        Why::Unreachable => Code::ServerUnreachable,
    };
    unreached.finding(code)
}
