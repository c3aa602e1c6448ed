//! The services that keep keys: whether they are reached, whom their TLS certificates are from, and
//! whether they admit this computer. Nobody's keys are asked for.

use std::{thread, time::Duration};

use wardkey_pki::UnixTime;
use wardkey_protocol::own::Finding;
use wardkey_smartcard::{
    CardError,
    csc::{RemoteBackend, RemoteService},
};

use super::{
    codes::Code,
    server::{
        road::{self, Address},
        tls::{self, Insecure},
    },
    within,
};
use crate::{
    policy::RemotePolicy,
    server::{RemoteHttp, RemoteRoad, service_settings},
};

/// Examines every service at once. `now` reads this computer's clock.
pub fn examine(
    policies: &[RemotePolicy],
    patience: Duration,
    now: fn() -> UnixTime,
) -> Vec<Finding> {
    thread::scope(|scope| {
        let threads: Vec<_> = policies
            .iter()
            .map(|policy| scope.spawn(move || examine_one(policy, patience, now)))
            .collect();
        threads.into_iter().filter_map(|thread| thread.join().ok()).flatten().collect()
    })
}

fn examine_one(policy: &RemotePolicy, patience: Duration, now: fn() -> UnixTime) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut reached = true;
    // Tokens may come from another server than what they are for.
    let mut met = Vec::new();
    for url in [&policy.url, &policy.token_url] {
        let address = Address::of(url);
        let place = address.as_ref().map(|address| (address.host.clone(), address.port));
        if met.contains(&place) {
            continue;
        }
        met.push(place);
        let (finding, is_well) = match address {
            Some(address) => reach(&address, policy, patience, now),
            None => (Code::RemoteOther.says(format!("{url} is no address of a service.")), false),
        };
        findings.push(finding.with("url", url.as_str()));
        reached &= is_well;
    }
    if reached {
        findings.push(ask(policy, patience));
    }
    findings.into_iter().map(|finding| finding.with("service", policy.name.as_str())).collect()
}

/// What there is to say of the TLS certificate, or of why there is none; and whether the service can
/// be asked.
fn reach(
    address: &Address,
    policy: &RemotePolicy,
    patience: Duration,
    now: fn() -> UnixTime,
) -> (Finding, bool) {
    let secured = road::connect(address, patience)
        .map_err(Insecure::Road)
        .and_then(|stream| tls::secure(stream, address, &policy.authority));
    match secured {
        Ok(secured) => (secured.finding(now()), true),
        Err(Insecure::Road(unreached)) => (unreached.finding(Code::RemoteUnreachable), false),
        Err(Insecure::Tls(finding)) => (*finding, false),
    }
}

fn ask(policy: &RemotePolicy, patience: Duration) -> Finding {
    let name = &policy.name;
    let asked = policy.clone();
    match within(patience, move || Asked::of(&asked)) {
        None => Code::RemoteUnreachable.says(format!("{name} does not answer in time.")),
        Some(Asked::Well) => {
            Code::Remote.says(format!("{name} answers, and admits this computer."))
        }
        Some(Asked::ClientRefused(reason)) => Code::RemoteClientRefused
            .says(format!("{name} does not admit this computer's client."))
            .with("reason", reason),
        Some(Asked::Unreachable(reason)) => Code::RemoteUnreachable
            .says(format!("{name} is too busy to answer, or went away."))
            .with("reason", reason),
        Some(Asked::Other(reason)) => Code::RemoteOther
            .says(format!("{name} answers, but not as a service does whose keys can be used."))
            .with("reason", reason),
    }
}

/// What a service says to a client without a user.
enum Asked {
    ClientRefused(String),
    Other(String),
    Unreachable(String),
    Well,
}

impl Asked {
    fn of(policy: &RemotePolicy) -> Self {
        let http = RemoteHttp::new(policy);
        let settings = match service_settings(policy) {
            Ok(settings) => settings,
            Err(error) => return Self::of_error(error),
        };
        let mut service = RemoteService::new(settings);
        let mut backend = RemoteBackend::new(&mut service, RemoteRoad::new(&http, None));
        if let Err(error) = backend.check_methods() {
            return Self::of_error(error);
        }
        match backend.check_client() {
            Ok(()) => Self::Well,
            Err(CardError::ServiceRefused(reason)) => Self::ClientRefused(reason),
            Err(error) => Self::of_error(error),
        }
    }

    fn of_error(error: CardError) -> Self {
        match error {
            CardError::ServiceUnreachable(reason) => Self::Unreachable(reason),
            CardError::ServiceRefused(reason)
            | CardError::ServiceResponseInvalid(reason)
            | CardError::ServiceUnsupported(reason)
            | CardError::ServiceUntrusted(reason) => Self::Other(reason),
            error => Self::Other(error.to_string()),
        }
    }
}
