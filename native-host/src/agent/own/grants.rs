use std::collections::{BTreeMap, HashSet};

use wardkey_protocol::{
    Capability, Fault, Origin,
    own::grants::{Granted, GrantedBy, Grants, SiteGrants},
};

use crate::agent::{Agent, admission, consent::Consent};

/// What each site may do, by policy and by consent.
pub fn run(agent: &Agent) -> Result<Grants, Fault> {
    let policy = agent.policy().as_ref().map_err(Fault::from)?;
    let consents = agent.consents.every();
    let mut origins: HashSet<&Origin> = policy.origins.iter().map(|site| &site.origin).collect();
    let own: Vec<Origin> =
        policy.servers.iter().filter_map(|server| Origin::parse(&server.url).ok()).collect();
    origins.extend(&own);
    origins.extend(consents.iter().map(|consent| &consent.origin));
    let mut sites = BTreeMap::new();
    for origin in origins {
        let Some(caller) = admission::of_origin(policy, origin) else { continue };
        let is_of = |consent: &&Consent| {
            consent.origin == *origin
                && consent.server == caller.server
                && caller.askable.contains(&consent.capability)
        };
        let of_policy = caller.capabilities.iter().map(|capability| Granted {
            capability: *capability,
            by: GrantedBy::Policy,
            uid: None,
            since: None,
        });
        let of_users = consents.iter().filter(is_of).map(|consent| Granted {
            capability: consent.capability,
            by: GrantedBy::Consent,
            uid: Some(consent.uid.clone()),
            since: Some(consent.since),
        });
        let mut granted: Vec<Granted> = of_policy.chain(of_users).collect();
        if granted.is_empty() && policy.origin(origin).is_none() {
            continue;
        }
        granted.sort_by(|one, other| {
            (one.capability, &one.uid, one.since).cmp(&(other.capability, &other.uid, other.since))
        });
        let site = SiteGrants {
            origin: origin.as_str().to_owned(),
            server: agent.name_of_server(&caller.server),
            granted,
            askable: sorted(&caller.askable),
            web_eid: caller.web_eid,
        };
        sites.insert(origin.clone(), site);
    }
    Ok(Grants {
        sites: sites.into_values().take(MOST).collect(),
        askable: sorted(&policy.consent.capabilities),
    })
}

fn sorted(capabilities: &HashSet<Capability>) -> Vec<Capability> {
    let mut sorted: Vec<_> = capabilities.iter().copied().collect();
    sorted.sort();
    sorted
}

/// So many sites fit one message.
const MOST: usize = 500;
