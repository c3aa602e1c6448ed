//! An agent between a scripted card, a user who answers dialogs by a script, and a server that the
//! test plays with the Spine's own messages.

mod server;
mod user;

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    thread,
};

use p256::ecdsa::{Signature, SigningKey, signature::hazmat::PrehashSigner as _};
use serde_json::Value;
use wardkey_agent_link::{Connection, Hello};
use wardkey_protocol::hop::PageContext;
use wardkey_smartcard::{
    Batch, CardBackend as _, CardCertificate, KeyId, PasscodeState, TokenId, scripted::ScriptedCard,
};

use super::*;
use crate::{
    interrupt::Interrupt,
    module::{Module, SignOrder},
};
use port::Outbound;
pub use server::{SERVER, Server};
pub use user::User;

/// An application's origin, which policy admits, for `authorize` too.
pub const APP: &str = "https://app.example";
pub const PASSCODE: &str = "2580";

/// One desktop.
pub struct World {
    pub agent: Arc<Agent>,
    pub server: Arc<Mutex<Server>>,
    pub user: Arc<Mutex<User>>,
    slot: Slot,
    outbound: Outbound,
    instance: Instance,
    _relay: Connection,
    _folder: tempfile::TempDir,
}

impl World {
    /// Amira's card is in the reader, and nobody is signed in.
    pub fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let instance = Instance::at(folder.path().join("instance"));
        instance.prepare().unwrap();
        let policy: Policy = toml::from_str(&policy()).unwrap();
        let (server, user) = (Arc::new(Mutex::new(Server::new())), Arc::<Mutex<User>>::default());
        let slot = Slot(Arc::new(Mutex::new(amira())));
        let agent = Agent {
            boot: "boot".to_owned(),
            audit: Audit::open(&instance.audit()).unwrap(),
            cards: Cards::of_module(slot.clone()),
            dialogs: Dialogs::in_windows(Duration::from_secs(5), User::windows(&user)),
            servers: Servers::scripted(&policy.servers[0], Server::script(&server)),
            revocation: crate::server::revocation_cache(&instance).unwrap(),
            sessions: Sessions::default(),
            finished: Finished::default(),
            ports: Mutex::default(),
            connections: AtomicUsize::new(0),
            policy: Ok(policy),
        };
        let (outbound, relay) = outbound(&instance);
        let (agent, _folder, _relay) = (Arc::new(agent), folder, relay);
        Self { agent, server, user, slot, outbound, instance, _relay, _folder }
    }

    /// Puts another card into the reader.
    pub fn insert(&self, card: ScriptedCard) {
        *lock(&self.slot.0) = card;
    }

    /// A page of an origin calls a command, with the user's click just before or without.
    pub fn call(
        &self,
        origin: &str,
        activation: bool,
        command: &str,
        args: Value,
    ) -> Result<Value, Fault> {
        let context = PageContext {
            origin: origin.to_owned(),
            top_origin: origin.to_owned(),
            top: true,
            document: "document".to_owned(),
        };
        let id = PortId { connection: 1, port: 1 };
        let port = Arc::new(Port::new(id, context, self.outbound.clone()));
        let interrupt = Arc::new(Interrupt::default());
        let (agent, command) = (&self.agent, wardkey_protocol::Command::parse(command, args)?);
        let call = call::Call { agent, port: &port, id: 1, activation, interrupt: &interrupt };
        call::admit_and_carry_out(&call, command)
    }

    /// The session at the server.
    pub fn session(&self) -> Option<Arc<Session>> {
        self.agent.sessions.at(SERVER)
    }

    pub fn server(&self) -> MutexGuard<'_, Server> {
        lock(&self.server)
    }

    pub fn user(&self) -> MutexGuard<'_, User> {
        lock(&self.user)
    }

    /// The audit record of an action.
    pub fn audit(&self, action: &str) -> Vec<Value> {
        let text = std::fs::read_to_string(self.instance.audit()).unwrap();
        let entries = text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
        entries.filter(|entry| entry["action"] == action).collect()
    }
}

/// The card of a user with two roles.
pub fn amira() -> ScriptedCard {
    card("amira", include_bytes!("testing/amira.der"), 9)
}

/// The card of another user.
pub fn tom() -> ScriptedCard {
    card("tom", include_bytes!("testing/tom.der"), 11)
}

/// The keys of these cards are known to everybody.
fn card(serial: &str, der: &[u8], seed: u8) -> ScriptedCard {
    let key = SigningKey::from_slice(&[seed; 32]).unwrap();
    let token = wardkey_smartcard::Token {
        id: TokenId(serial.to_owned()),
        reader: "Scripted reader".to_owned(),
        label: serial.to_owned(),
        serial: serial.to_owned(),
        manufacturer: "Nobody".to_owned(),
        certificates: vec![CardCertificate::read(KeyId(vec![1]), der.to_vec()).unwrap()],
        passcode: PasscodeState { min_length: 4, max_length: 8, ..PasscodeState::default() },
    };
    ScriptedCard::new(token, PASSCODE, move |_, digest| {
        let signature: Signature = key.sign_prehash(digest).unwrap();
        signature.to_bytes().to_vec()
    })
}

/// The one card slot, with no process between it and the agent.
#[derive(Clone)]
struct Slot(Arc<Mutex<ScriptedCard>>);

impl Module for Slot {
    fn tokens(&mut self) -> Result<Vec<wardkey_smartcard::Token>, wardkey_smartcard::CardError> {
        lock(&self.0).tokens()
    }

    fn sign(
        &mut self,
        order: SignOrder<'_>,
    ) -> Result<Vec<Result<Vec<u8>, wardkey_smartcard::CardError>>, wardkey_smartcard::CardError>
    {
        let SignOrder { token, key, mechanism, digests, passcode, hold_passcode, .. } = order;
        let digests = &digests;
        let batch = Batch { token, key, mechanism, digests, passcode, hold_passcode };
        let mut made = 0;
        let mut go_on = |_: &[u8]| {
            made += 1;
            made == digests.len() || ((order.go_on)() && order.interrupt.cause().is_none())
        };
        lock(&self.0).sign_batch(&batch, &mut go_on)
    }
}

/// A relay's connection, with its other end.
fn outbound(instance: &Instance) -> (Outbound, Connection) {
    let listener = Listener::bind(instance).unwrap().unwrap();
    let opening = thread::spawn({
        let instance = instance.clone();
        move || Connection::open(&instance, &Hello::Console).unwrap()
    });
    let (mut connection, ..) = listener.accept().unwrap();
    connection.admit().unwrap();
    (Outbound::new(connection), opening.join().unwrap())
}

fn policy() -> String {
    format!(
        "[[server]]\nurl = \"{SERVER}\"\nname = \"Example Trust\"\nauthority = \"none.pem\"\n\n\
         [[origin]]\norigin = \"{APP}\"\ncapabilities = [\"authorize\", \"sign_in\"]\n"
    )
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
