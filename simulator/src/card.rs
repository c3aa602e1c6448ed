//! The cards of people: keys and certificates in a folder for each.

use std::{
    fs,
    path::{Path, PathBuf},
    thread,
};

use anyhow::{Context as _, Result, anyhow};
use wardkey_agent_link::Instance;
use wardkey_smartcard::{
    CardCertificate, KeyId, PasscodeState, Token, TokenId, scripted::ScriptedCard,
};

use crate::{
    key::Key,
    people::Person,
    server::{Purpose, Server},
};

/// Somebody's card, as it lies in its folder.
#[derive(Clone)]
pub struct CardFiles {
    folder: PathBuf,
    uid: String,
    name: String,
}

impl CardFiles {
    /// The card of a person; its keys are made and certified once.
    pub fn of(cards: &Path, person: &Person, server: &Server) -> Result<Self> {
        let folder = cards.join(&person.uid);
        let card = Self { folder, uid: person.uid.clone(), name: person.name() };
        if !card.folder.exists() {
            // A card that was not finished is not kept.
            let unfinished = card.folder.with_extension("unfinished");
            let _ = fs::remove_dir_all(&unfinished);
            Instance::at(unfinished.clone()).prepare()?;
            let making = Self { folder: unfinished.clone(), ..card.clone() };
            making.make(server).with_context(|| format!("the card of {}", card.name))?;
            fs::rename(&unfinished, &card.folder)?;
        }
        Ok(card)
    }

    /// The card itself, in a reader, with what is told when a fault pulls it.
    pub fn card(&self, pulled: impl Fn() + Send + Sync + 'static) -> Result<ScriptedCard> {
        let keys = PURPOSES.map(|purpose| Key::read(&self.key(purpose)));
        let [login, content] = keys;
        let (login, content) = (login?, content?);
        let token = Token {
            id: TokenId(self.uid.clone()),
            reader: String::new(),
            label: self.name.clone(),
            serial: format!("SIMULATED-{}", self.uid),
            manufacturer: "wardkey-simulator".to_owned(),
            certificates: self.certificates(ORDINARY)?,
            passcode: PasscodeState { min_length: 4, max_length: 8, ..PasscodeState::default() },
        };
        let signs = move |id: &KeyId, mechanism, digest: &[u8]| {
            let key = if *id == key_id(Purpose::Login) { &login } else { &content };
            key.sign(mechanism, digest)
        };
        Ok(ScriptedCard::new(token, PASSCODE, signs).absent().telling(pulled))
    }

    /// Its certificates.
    pub fn ordinary(&self) -> Result<Vec<CardCertificate>> {
        self.certificates(ORDINARY)
    }

    /// Certificates of the same keys whose time is over; made once.
    pub fn expired(&self, server: &Server) -> Result<Vec<CardCertificate>> {
        for purpose in PURPOSES {
            let file = self.certificate(purpose, EXPIRED);
            if !file.exists() {
                server.issue(&self.uid, purpose, true, &self.public_key(purpose), &file)?;
            }
        }
        self.certificates(EXPIRED)
    }

    fn make(&self, server: &Server) -> Result<()> {
        // Each takes its time.
        thread::scope(|scope| {
            let made = PURPOSES.map(|purpose| scope.spawn(move || self.make_key(purpose)));
            made.into_iter()
                .try_for_each(|thread| thread.join().map_err(|_| anyhow!("no key was made"))?)
        })?;
        for purpose in PURPOSES {
            let certificate = self.certificate(purpose, ORDINARY);
            server.issue(&self.uid, purpose, false, &self.public_key(purpose), &certificate)?;
        }
        Ok(())
    }

    fn make_key(&self, purpose: Purpose) -> Result<()> {
        let public = Key::make(&self.key(purpose))?.public_pem()?;
        Ok(fs::write(self.public_key(purpose), public)?)
    }

    fn certificates(&self, kind: &str) -> Result<Vec<CardCertificate>> {
        let read = |purpose| {
            let file = self.certificate(purpose, kind);
            let pem = fs::read(&file).with_context(|| file.display().to_string())?;
            let (_, der) = der::pem::decode_vec(&pem).map_err(|error| anyhow!("{error}"))?;
            let certificate = CardCertificate::read(key_id(purpose), der);
            let certificate = certificate.with_context(|| file.display().to_string())?;
            Ok(CardCertificate { always_authenticate: Some(false), ..certificate })
        };
        PURPOSES.into_iter().map(read).collect()
    }

    fn key(&self, purpose: Purpose) -> PathBuf {
        self.folder.join(format!("{}.key.pem", purpose.name()))
    }

    fn public_key(&self, purpose: Purpose) -> PathBuf {
        self.folder.join(format!("{}.pub.pem", purpose.name()))
    }

    fn certificate(&self, purpose: Purpose, kind: &str) -> PathBuf {
        self.folder.join(format!("{}{kind}.crt.pem", purpose.name()))
    }
}

fn key_id(purpose: Purpose) -> KeyId {
    KeyId(vec![match purpose {
        Purpose::Login => 1,
        Purpose::Content => 2,
    }])
}

/// The passcode of every simulated card.
pub const PASSCODE: &str = "123456";

const PURPOSES: [Purpose; 2] = [Purpose::Login, Purpose::Content];
const ORDINARY: &str = "";
const EXPIRED: &str = "-expired";
