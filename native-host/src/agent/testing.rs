//! An agent between a scripted card, a user who answers dialogs by a script, and a server that the
//! test plays with the Spine's own messages.

mod relay;
mod server;
mod user;

use std::{
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        mpsc::{self, Receiver},
    },
    thread,
};

use p256::ecdsa::{Signature, SigningKey, signature::hazmat::PrehashSigner as _};
use serde_json::Value;
use wardkey_agent_link::{Connection, Hello, Peer};
use wardkey_protocol::hop::{PageContext, ToExtension};
use wardkey_smartcard::{
    Batch, CardBackend as _, CardCertificate, CardError, KeyId, PasscodeRules, PasscodeState,
    ReaderEvent, ReaderState, TokenId, scripted::ScriptedCard,
};

use super::*;
use crate::{
    interrupt::Interrupt,
    module::{Module, PasscodeOrder, Proof, SignOrder},
};
use outbound::Outbound;
use port::Owner;
pub use relay::SoftRelay;
pub use server::{SERVER, Server};
pub use user::User;

/// An application's origin, which policy admits, for `authorize` too.
pub const APP: &str = "https://app.example";
/// An application's origin that sees who is signed in, and has a ticket.
pub const WARD: &str = "https://ward.example";
/// An origin that may have documents signed.
pub const CLINIC: &str = "https://clinic.example";
/// What policy calls a local program that has tickets for the ward.
pub const PROGRAM: &str = "Ward Desktop";
pub const PASSCODE: &str = "2580";
pub const READER: &str = "Scripted reader";
pub const OTHER_READER: &str = "Another reader";

/// One desktop.
pub struct World {
    pub agent: Arc<Agent>,
    pub server: Arc<Mutex<Server>>,
    pub user: Arc<Mutex<User>>,
    pub instance: Instance,
    slot: Slot,
    outbound: Outbound,
    frames: Mutex<Receiver<Value>>,
    _folder: tempfile::TempDir,
}

/// What a page was told: its port, the event and what came with it.
pub type Told = (u32, String, Value);

impl World {
    /// Amira's card is in the reader, and nobody is signed in.
    pub fn new() -> Self {
        Self::with("")
    }

    /// The same, with more keys for the server in the policy.
    pub fn with(keys: &str) -> Self {
        Self::made(keys, CHUNK_TIMEOUT)
    }

    /// The same, where a page has so long for a chunk.
    pub fn with_chunk_timeout(chunk_timeout: Duration) -> Self {
        Self::made("", chunk_timeout)
    }

    fn made(keys: &str, chunk_timeout: Duration) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let instance = Instance::at(folder.path().join("instance"));
        instance.prepare().unwrap();
        let policy: Policy = toml::from_str(&policy(keys)).unwrap();
        let (server, user) = (Arc::new(Mutex::new(Server::new())), Arc::<Mutex<User>>::default());
        let slot = Slot(Arc::new(Mutex::new(vec![amira()])));
        let agent = Agent {
            boot: "boot".to_owned(),
            audit: Audit::open(&instance.audit()).unwrap(),
            cards: Cards::of_module(slot.clone()),
            dialogs: Dialogs::in_windows(Duration::from_secs(5), User::windows(&user)),
            servers: Servers::scripted(&policy.servers[0], Server::script(&server)),
            revocation: crate::server::revocation_cache(&instance).unwrap(),
            sessions: Sessions::default(),
            outbox: Outbox::open(instance.outbox()).unwrap(),
            posting: Mutex::default(),
            looking: Mutex::default(),
            finished: Finished::default(),
            held: Held::new(MAX_HELD),
            early: Held::new(MAX_UNASKED[1]),
            consents: Consents::open(instance.consents()),
            watchers: own::Watchers::default(),
            chunk_timeout,
            ports: Mutex::default(),
            callers: Arc::default(),
            policy: Ok(policy),
        };
        let (outbound, frames) = outbound(&instance);
        let frames = Mutex::new(frames);
        let (agent, _folder) = (Arc::new(agent), folder);
        Self { agent, server, user, instance, slot, outbound, frames, _folder }
    }

    /// Another agent, with the state that this one left on the disk.
    pub fn restarted(&self) -> Arc<Agent> {
        let policy: Policy = toml::from_str(&policy("")).unwrap();
        let agent = Arc::new(Agent {
            boot: "another boot".to_owned(),
            audit: Audit::open(&self.instance.audit()).unwrap(),
            cards: Cards::of_module(self.slot.clone()),
            dialogs: Dialogs::in_windows(Duration::from_secs(5), User::windows(&self.user)),
            servers: Servers::scripted(&policy.servers[0], Server::script(&self.server)),
            revocation: crate::server::revocation_cache(&self.instance).unwrap(),
            sessions: Sessions::default(),
            outbox: Outbox::open(self.instance.outbox()).unwrap(),
            posting: Mutex::default(),
            looking: Mutex::default(),
            finished: Finished::default(),
            held: Held::new(MAX_HELD),
            early: Held::new(MAX_UNASKED[1]),
            consents: Consents::open(self.instance.consents()),
            watchers: own::Watchers::default(),
            chunk_timeout: CHUNK_TIMEOUT,
            ports: Mutex::default(),
            callers: Arc::default(),
            policy: Ok(policy),
        });
        agent.deliver_what_was_left();
        agent
    }

    /// Puts another card into the reader, unseen by the watch.
    pub fn insert(&self, card: ScriptedCard) {
        *lock(&self.slot.0) = vec![card];
    }

    /// Puts a card into its reader.
    pub fn put_in(&self, card: ScriptedCard) {
        lock(&self.slot.0).push(card);
        self.look();
    }

    /// Takes the card out of a reader.
    pub fn take_out(&self, reader: &str) {
        lock(&self.slot.0).retain_mut(|card| card.tokens().unwrap()[0].reader != reader);
        self.look();
    }

    /// Pulls a reader out of the computer, its card in it.
    pub fn unplug(&self, reader: &str) {
        lock(&self.slot.0).retain_mut(|card| card.tokens().unwrap()[0].reader != reader);
        let others = [READER, OTHER_READER].into_iter().filter(|other| *other != reader);
        self.look_at(&others.collect::<Vec<_>>());
    }

    /// The reader service sees what is in the readers.
    pub fn look(&self) {
        self.look_at(&[READER, OTHER_READER]);
    }

    fn look_at(&self, readers: &[&str]) {
        let mut cards = lock(&self.slot.0);
        let full: Vec<String> =
            cards.iter_mut().map(|card| card.tokens().unwrap().remove(0).reader).collect();
        drop(cards);
        let state = |name: &&str| ReaderState {
            name: (*name).to_owned(),
            card_present: full.iter().any(|reader| reader == name),
            unresponsive: false,
            atr: Vec::new(),
            in_use: false,
        };
        let states = readers.iter().map(state).collect();
        self.agent.reader_event(ReaderEvent::Readers(states));
    }

    /// A page that stays, and hears events.
    pub fn page(&self, number: u32, origin: &str) -> Arc<Port> {
        let port = Arc::new(self.port(number, origin));
        self.agent.open_port(port.clone());
        self.ask(&port, "subscribe", serde_json::json!({})).unwrap();
        port
    }

    /// What pages were told since the last time, in order.
    pub fn told(&self) -> Vec<Told> {
        self.outbound.send(&ToExtension::Fault(ErrorCode::Cancelled.into()));
        let mut told = Vec::new();
        loop {
            let frame = lock(&self.frames).recv_timeout(Duration::from_secs(10)).unwrap();
            if frame.get("fault").is_some() {
                return told;
            }
            let (port, frame) = (&frame["message"]["port"], &frame["message"]["frame"]);
            if let Some(event) = frame["event"].as_str() {
                let port = u32::try_from(port.as_u64().unwrap()).unwrap();
                told.push((port, event.to_owned(), frame["data"].clone()));
            }
        }
    }

    /// Waits until something holds.
    pub fn until(&self, what: &str, mut holds: impl FnMut(&Self) -> bool) {
        let begun = Instant::now();
        while !holds(self) {
            assert!(begun.elapsed() < Duration::from_secs(20), "{what}");
            thread::sleep(Duration::from_millis(5));
        }
    }

    /// A page that stays calls a command, with the user's click just before.
    pub fn ask(&self, port: &Arc<Port>, command: &str, args: Value) -> Result<Value, Fault> {
        self.call_on(port, true, command, args)
    }

    /// The same, without a click.
    pub fn call_silently(&self, port: &Arc<Port>, command: &str) -> Result<Value, Fault> {
        self.call_on(port, false, command, serde_json::json!({}))
    }

    /// A relay with a page of an origin.
    pub fn relay(&self, origin: &str) -> SoftRelay {
        let (accepted, opened) = connection(&self.instance);
        let agent = self.agent.clone();
        thread::spawn(move || connection::serve(&agent, accepted, 2));
        SoftRelay::new(opened, origin)
    }

    /// A page of an origin calls a command, with the user's click just before or without.
    pub fn call(
        &self,
        origin: &str,
        activation: bool,
        command: &str,
        args: Value,
    ) -> Result<Value, Fault> {
        self.call_on(&Arc::new(self.port(0, origin)), activation, command, args)
    }

    /// The port of a local program that policy admits: this test itself.
    pub fn program(&self) -> Arc<Port> {
        self.port_of(Peer::this())
    }

    /// The port of a local program.
    pub fn port_of(&self, peer: Peer) -> Arc<Port> {
        let id = PortId { connection: 2, port: 0 };
        let port = Arc::new(Port::new(id, Owner::Program(peer), self.outbound.clone()));
        self.agent.open_port(port.clone());
        port
    }

    /// A relay's connection, with its other end.
    pub fn connection(&self) -> (Connection, Connection) {
        connection(&self.instance)
    }

    /// A local program's connection.
    pub fn program_link(&self) -> Connection {
        let (accepted, opened) = connection(&self.instance);
        let agent = self.agent.clone();
        thread::spawn(move || program::serve(&agent, accepted, 3, Peer::this()));
        opened
    }

    /// A document in a frame of a page: with its relay's connection and the browser's tab.
    pub fn frame(
        &self,
        number: u32,
        origin: &str,
        top_origin: &str,
        (connection, tab): (u64, u32),
    ) -> Arc<Port> {
        let context = PageContext {
            origin: origin.to_owned(),
            top_origin: top_origin.to_owned(),
            top: false,
            document: format!("{tab}/frame"),
        };
        let id = PortId { connection, port: number };
        let port = Arc::new(Port::new(id, Owner::Page(context), self.outbound.clone()));
        self.agent.open_port(port.clone());
        port
    }

    fn port(&self, number: u32, origin: &str) -> Port {
        let context = PageContext {
            origin: origin.to_owned(),
            top_origin: origin.to_owned(),
            top: true,
            document: format!("{number}/document"),
        };
        let id = PortId { connection: 1, port: number };
        Port::new(id, Owner::Page(context), self.outbound.clone())
    }

    fn call_on(
        &self,
        port: &Arc<Port>,
        activation: bool,
        command: &str,
        args: Value,
    ) -> Result<Value, Fault> {
        let interrupt = Arc::new(Interrupt::default());
        let (agent, command) = (&self.agent, wardkey_protocol::Command::parse(command, args)?);
        let call = call::Call { agent, port, id: 1, version: 1, activation, interrupt: &interrupt };
        let answer = call::admit_and_carry_out(&call, command)?;
        Ok(serde_json::from_str(answer.get()).expect("an answer is JSON"))
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
    amira_in(READER)
}

/// The same, in another reader.
pub fn amira_in(reader: &str) -> ScriptedCard {
    card("amira", include_bytes!("testing/amira.der"), 9, reader)
}

/// The card of another user.
pub fn tom() -> ScriptedCard {
    tom_in(READER)
}

/// The same, in another reader.
pub fn tom_in(reader: &str) -> ScriptedCard {
    card("tom", include_bytes!("testing/tom.der"), 11, reader)
}

/// The keys of these cards are known to everybody.
fn card(serial: &str, der: &[u8], seed: u8, reader: &str) -> ScriptedCard {
    let key = SigningKey::from_slice(&[seed; 32]).unwrap();
    let token = wardkey_smartcard::Token {
        id: TokenId(serial.to_owned()),
        reader: reader.to_owned(),
        label: serial.to_owned(),
        serial: serial.to_owned(),
        manufacturer: "Nobody".to_owned(),
        certificates: vec![CardCertificate::read(KeyId(vec![1]), der.to_vec()).unwrap()],
        passcode: PasscodeState { min_length: 4, max_length: 8, ..PasscodeState::default() },
    };
    ScriptedCard::new(token, PASSCODE, move |_, _, digest| {
        let signature: Signature = key.sign_prehash(digest).unwrap();
        signature.to_bytes().to_vec()
    })
}

/// The card slots, with no process between them and the agent.
#[derive(Clone)]
struct Slot(Arc<Mutex<Vec<ScriptedCard>>>);

impl Module for Slot {
    fn tokens(&mut self) -> Result<Vec<wardkey_smartcard::Token>, CardError> {
        let mut cards = lock(&self.0);
        let tokens = cards.iter_mut().map(ScriptedCard::tokens).collect::<Result<Vec<_>, _>>()?;
        Ok(tokens.into_iter().flatten().collect())
    }

    fn sign(&mut self, order: SignOrder<'_>) -> Result<Vec<Result<Vec<u8>, CardError>>, CardError> {
        let SignOrder { token, key, mechanism, digests, passcode, hold_passcode, .. } = order;
        let digests = &digests;
        let batch = Batch { token, key, mechanism, digests, passcode, hold_passcode };
        let mut made = 0;
        let mut go_on = |signature: &[u8]| {
            made += 1;
            made == digests.len() || ((order.go_on)(signature) && order.interrupt.cause().is_none())
        };
        lock(&self.0).sign_batch(&batch, &mut go_on)
    }

    fn passcode_rules(&mut self, token: &TokenId) -> Result<PasscodeRules, CardError> {
        lock(&self.0).passcode_rules(token)
    }

    fn set_passcode(&mut self, order: PasscodeOrder<'_>) -> Result<(), CardError> {
        let PasscodeOrder { token, proof, new, .. } = order;
        match proof {
            Proof::Passcode(old) => lock(&self.0).change_passcode(token, old, new),
            Proof::UnblockingKey(key, last_try) => {
                lock(&self.0).unblock_passcode(token, key, new, last_try)
            }
        }
    }
}

/// A relay's connection, and what comes out of its other end.
fn outbound(instance: &Instance) -> (Outbound, Receiver<Value>) {
    let (connection, mut relay) = connection(instance);
    let (sender, frames) = mpsc::channel();
    thread::spawn(move || {
        while let Ok(Some(frame)) = relay.receive() {
            if sender.send(serde_json::from_slice(&frame).unwrap()).is_err() {
                return;
            }
        }
    });
    (Outbound::new(connection).unwrap(), frames)
}

/// A relay's connection, with its other end.
pub fn connection(instance: &Instance) -> (Connection, Connection) {
    let listener = Listener::bind(instance).unwrap().unwrap();
    let opening = thread::spawn({
        let instance = instance.clone();
        move || Connection::open(&instance, &Hello::Console).unwrap()
    });
    let (mut connection, ..) = listener.accept().unwrap();
    connection.admit().unwrap();
    (connection, opening.join().unwrap())
}

fn policy(keys: &str) -> String {
    format!(
        "[[server]]\nurl = \"{SERVER}\"\nname = \"Example Trust\"\nauthority = \"/none.pem\"\n{keys}\n\n\
         [[origin]]\norigin = \"{APP}\"\ncapabilities = [\"authorize\", \"sign_in\"]\n\n\
         [[origin]]\norigin = \"{WARD}\"\n\
         capabilities = [\"sign_in\", \"ticket\", \"user_details\"]\n\n\
         [[origin]]\norigin = \"{CLINIC}\"\n\
         capabilities = [\"sign\", \"sign_content_not_shown\", \"signing_certificate\"]\n\n\
         [[program]]\nexecutable = \"{}\"\nname = \"{PROGRAM}\"\nrelying_party = \"{WARD}\"\n\
         capabilities = [\"sign_in\", \"ticket\", \"user_details\"]\n",
        std::env::current_exe().unwrap().display()
    )
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
