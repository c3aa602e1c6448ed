//! The agent's client of identity servers: card login in the Spine's own messages, and what an
//! agent asks for a session with the session's own key.

mod authorize;
mod http;
mod keys;
mod lists;
mod login;
mod remote;
mod session;
mod timestamps;

use std::{collections::HashMap, sync::Arc};

use wardkey_protocol::{ErrorCode, Fault};

use crate::policy::ServerPolicy;
use http::Http;
use keys::Keys;
#[cfg(test)]
pub use {
    authorize::testing,
    http::{Answer, Script},
};

pub use lists::revocation_cache;
pub use login::{Activation, Login, Validated};
pub use remote::{RemoteHttp, RemoteRoad, service_settings};
pub use session::{SessionError, SessionProver};
pub use timestamps::ask_timestamp_authority;

/// Every identity server of the policy.
pub struct Servers(HashMap<String, Arc<ServerClient>>);

/// One identity server.
pub struct ServerClient {
    policy: ServerPolicy,
    http: Http,
    keys: Keys,
}

impl Servers {
    /// Clients for the servers of the policy; nothing is connected yet.
    pub fn new(policies: &[ServerPolicy]) -> Self {
        let clients = policies.iter().map(|policy| {
            let client = ServerClient {
                http: Http::new(policy),
                keys: Keys::default(),
                policy: policy.clone(),
            };
            (policy.url.clone(), Arc::new(client))
        });
        Self(clients.collect())
    }

    /// One server that a test plays.
    #[cfg(test)]
    pub fn scripted(policy: &ServerPolicy, script: Script) -> Self {
        let http = Http::scripted(policy, script);
        let client = ServerClient { http, keys: Keys::default(), policy: policy.clone() };
        Self(HashMap::from([(policy.url.clone(), Arc::new(client))]))
    }

    /// The client of an address.
    pub fn get(&self, url: &str) -> Option<&Arc<ServerClient>> {
        self.0.get(url)
    }

    /// The client of an address that policy named.
    ///
    /// # Errors
    ///
    /// `internal` where there is none.
    pub fn of(&self, url: &str) -> Result<&Arc<ServerClient>, Fault> {
        self.get(url).ok_or_else(|| ErrorCode::Internal.into())
    }
}

impl ServerClient {
    /// What policy says of the server.
    pub fn policy(&self) -> &ServerPolicy {
        &self.policy
    }
}
