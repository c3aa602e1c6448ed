//! A card by a script in a reader, and a user who types its passcode: at the socket that a policy's
//! `[simulation]` names. For tests on systems on which `wardkey-simulator` has no Identity Server.
//!
//! `scripted-desk SOCKET FOLDER PASSCODE`; in the folder are keys and certificates, `login` and
//! `content`, each as `.key.pem` (P-256, PKCS#8) and `.crt.pem`. It says `ready`, and takes `insert` and
//! `remove` until its input ends.
#![forbid(unsafe_code)]

use std::{
    env, fs,
    io::{self, BufRead as _, BufReader, Write},
    path::Path,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        mpsc::{self, Receiver, Sender},
    },
    thread,
};

use anyhow::{Context as _, Result, anyhow, bail};
use p256::{
    ecdsa::{Signature, SigningKey, signature::hazmat::PrehashSigner as _},
    pkcs8::DecodePrivateKey as _,
};
use wardkey_agent_link::{Socket, Stream};
use wardkey_host::{
    dialog::screen::{Body, FromDialog, Screen, ToDialog, Typed},
    module,
    simulation::{Part, check_peer},
};
use wardkey_smartcard::{
    Batch, CardBackend, CardCertificate, CardError, GoOn, KeyId, PasscodeState, ReaderEvent,
    ReaderState, Token, TokenId,
    scripted::{ScriptedCard, ScriptedHand},
};

fn main() -> Result<()> {
    let mut arguments = env::args_os().skip(1);
    let mut next = || arguments.next().context("scripted-desk SOCKET FOLDER PASSCODE");
    let (socket, folder, passcode) = (next()?, next()?, next()?);
    let passcode = passcode.into_string().map_err(|_| anyhow!("a passcode that is no text"))?;
    let desk = Arc::new(Desk::of(Path::new(&folder), &passcode)?);
    let socket = Socket::bind(Path::new(&socket))?;
    println!("ready");
    let served = Arc::clone(&desk);
    thread::spawn(move || {
        while let Ok(stream) = socket.accept() {
            let desk = Arc::clone(&served);
            thread::spawn(move || {
                // An agent that goes, goes.
                let _ = desk.play(&stream);
            });
        }
    });
    for line in io::stdin().lines() {
        match line?.trim() {
            "insert" => desk.hand.insert(),
            "remove" => desk.hand.remove(),
            other => bail!("{other}: neither insert nor remove"),
        }
        desk.tell();
    }
    Ok(())
}

struct Desk {
    card: Mutex<ScriptedCard>,
    hand: ScriptedHand,
    passcode: String,
    watching: Mutex<Vec<Sender<ReaderEvent>>>,
}

impl Desk {
    fn of(folder: &Path, passcode: &str) -> Result<Self> {
        let [login, content] = ["login", "content"].map(|name| {
            let file = folder.join(format!("{name}.key.pem"));
            let pem = fs::read_to_string(&file).with_context(|| file.display().to_string())?;
            SigningKey::from_pkcs8_pem(&pem).map_err(|error| anyhow!("{error}"))
        });
        let (login, content) = (login?, content?);
        let certificate = |key: KeyId, name: &str| {
            let file = folder.join(format!("{name}.crt.pem"));
            let pem = fs::read(&file).with_context(|| file.display().to_string())?;
            let (_, der) = der::pem::decode_vec(&pem).map_err(|error| anyhow!("{error}"))?;
            let certificate = CardCertificate::read(key, der).context("no certificate")?;
            anyhow::Ok(CardCertificate { always_authenticate: Some(false), ..certificate })
        };
        let token = Token {
            id: TokenId("scripted".to_owned()),
            reader: READER.to_owned(),
            label: "Scripted card".to_owned(),
            serial: "SCRIPTED-1".to_owned(),
            manufacturer: "scripted-desk".to_owned(),
            certificates: vec![
                certificate(key_id(LOGIN), "login")?,
                certificate(key_id(CONTENT), "content")?,
            ],
            passcode: PasscodeState { min_length: 4, max_length: 8, ..PasscodeState::default() },
        };
        let card = ScriptedCard::new(token, passcode, move |id, _, digest| {
            let key = if *id == key_id(LOGIN) { &login } else { &content };
            let signed: Result<Signature, _> = key.sign_prehash(digest);
            // The agent verifies each signature before it leaves.
            signed.map(|signature| signature.to_bytes().to_vec()).unwrap_or_default()
        });
        let hand = card.hand();
        let (card, watching) = (Mutex::new(card), Mutex::default());
        Ok(Self { card, hand, passcode: passcode.to_owned(), watching })
    }

    fn play(&self, stream: &Stream) -> Result<()> {
        check_peer(stream)?;
        let (mut input, mut output) = (BufReader::new(stream.try_clone()?), stream.try_clone()?);
        let mut line = String::new();
        input.read_line(&mut line)?;
        match serde_json::from_str(&line)? {
            Part::Cards => module::serve(Ok(Cards(self)), &mut input, &mut output),
            Part::Dialog => {
                for line in input.lines() {
                    let ToDialog::Show(screen) = serde_json::from_str(&line?)?;
                    if let Some(answer) = self.answer(&screen) {
                        say(&mut output, &answer)?;
                    }
                }
                Ok(())
            }
            Part::Readers => {
                for event in self.watch() {
                    say(&mut output, &event)?;
                }
                Ok(())
            }
        }
    }

    fn answer(&self, screen: &Screen) -> Option<FromDialog> {
        match &screen.body {
            Body::Passcode(_) => {
                let typed = Typed::new(self.passcode.clone());
                Some(FromDialog::Passcode { typed, left_out: Vec::new() })
            }
            Body::Roles { roles, .. } => {
                let id = roles.first().map(|role| role.id.clone());
                Some(id.map_or(FromDialog::Cancelled, |id| FromDialog::Role { id }))
            }
            Body::Signing { .. } | Body::Waiting { .. } => None,
            Body::Cards(_) | Body::Consent { .. } | Body::NewPasscode(_) | Body::Told(_) => {
                Some(FromDialog::Cancelled)
            }
        }
    }

    /// Everything that becomes of the reader, what it is now first.
    fn watch(&self) -> Receiver<ReaderEvent> {
        let (sender, events) = mpsc::channel();
        let mut watching = lock(&self.watching);
        // It hears at least this.
        let _ = sender.send(self.event());
        watching.push(sender);
        events
    }

    fn tell(&self) {
        lock(&self.watching).retain(|watching| watching.send(self.event()).is_ok());
    }

    fn event(&self) -> ReaderEvent {
        ReaderEvent::Readers(vec![ReaderState {
            name: READER.to_owned(),
            card_present: self.hand.is_in(),
            unresponsive: false,
            atr: Vec::new(),
            in_use: false,
        }])
    }
}

/// The one card, for each connection.
struct Cards<'a>(&'a Desk);

impl CardBackend for Cards<'_> {
    fn tokens(&mut self) -> Result<Vec<Token>, CardError> {
        lock(&self.0.card).tokens()
    }

    fn sign_batch(
        &mut self,
        batch: &Batch<'_>,
        go_on: &mut GoOn<'_>,
    ) -> Result<Vec<Result<Vec<u8>, CardError>>, CardError> {
        lock(&self.0.card).sign_batch(batch, go_on)
    }
}

fn say(output: &mut impl Write, message: &impl serde::Serialize) -> Result<()> {
    let mut line = serde_json::to_vec(message)?;
    line.push(b'\n');
    Ok(output.write_all(&line)?)
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn key_id(number: u8) -> KeyId {
    KeyId(vec![number])
}

const LOGIN: u8 = 1;
const CONTENT: u8 = 2;
const READER: &str = "Scripted reader";
