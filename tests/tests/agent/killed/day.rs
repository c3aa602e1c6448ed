use std::{
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value, json};
use wardkey_tests::stage::{AMIRA, Answer, CardStore, Dialog, PASSCODE, Reader, TOM, User};

use crate::{
    record::Record,
    ward::{PORT, Ward, code},
};

/// A ward and its two users, what was promised to them, and what they typed.
pub struct Day {
    pub ward: Ward,
    cards: [(User, CardStore); 2],
    /// Whose card is in.
    place: usize,
    signatures: usize,
    calls: usize,
    /// How many passcodes were typed since the reader started.
    typed: u64,
}

impl Day {
    pub fn begin() -> Result<Self> {
        let ward = Ward::usual()?;
        let own = CardStore { folder: ward.folder.path().join("card") };
        let other = CardStore::for_user(&ward.programs, &ward.identity, ward.folder.path(), TOM)?;
        let cards = [(AMIRA, own), (TOM, other)];
        Ok(Self { ward, cards, place: 0, signatures: 0, calls: 0, typed: 0 })
    }

    fn user(&self) -> User {
        self.cards[self.place].0
    }

    /// The other user's card takes the place of the one that is in, whose user is still signed in.
    pub fn other_user(&mut self) -> Result<()> {
        self.place = 1 - self.place;
        self.ward.reader.swap(&self.cards[self.place].1)?;
        self.ward.wait_for_card()
    }

    /// A new reader, with the card that was in the one before.
    pub fn start_reader_again(&mut self) -> Result<()> {
        let folder = self.ward.folder.path().join("reader");
        let (_, card) = &self.cards[self.place];
        self.ward.reader = Reader::start_again(&self.ward.programs, &folder, card)?;
        self.typed = 0;
        Ok(())
    }

    /// Signs out, so that the act begins at its beginning.
    pub fn out_of_session(&mut self) -> Result<()> {
        self.ward.wait_for_card()?;
        // Without a session there is nothing to sign out of.
        self.ward.call("sign_out", json!({})).map(drop)
    }

    pub fn arguments(&mut self, act: &str) -> Result<Value> {
        self.calls += 1;
        match act {
            "sign" => self.ward.prescription(&format!("call-{}", self.calls)),
            // He has several.
            _ if self.user().uid == TOM.uid => Ok(json!({"role": ROLE_OF_TOM})),
            _ => Ok(json!({})),
        }
    }

    /// The answer to a call whose user types the passcode as soon as a window asks for it, and again
    /// where that came to nothing. `None`: the relay has ended.
    pub fn answer_to_user(&mut self, id: u32) -> Result<Option<Value>> {
        let begun = Instant::now();
        let mut typed: Option<Instant> = None;
        loop {
            match self.ward.relay.answer_within(PORT, id, Duration::from_millis(20)) {
                Answer::Came(answer) => return Ok(Some(answer)),
                Answer::Lost => return Ok(None),
                Answer::Due => {}
            }
            let asked = Dialog::asks_for_passcode(&self.ward.desktop);
            ensure!(
                begun.elapsed() < PATIENCE,
                "no answer; the passcode is asked for: {asked}, and was typed: {}",
                typed.is_some()
            );
            let came_to_nothing = || typed.is_some_and(|at| at.elapsed() > COMES_TO_NOTHING);
            if asked && (typed.is_none() || came_to_nothing()) {
                // The window may go at any moment.
                let _ = self.types_the_passcode(typed.is_some());
                self.typed += 1;
                typed = Some(Instant::now());
            }
        }
    }

    fn types_the_passcode(&self, anew: bool) -> Result<()> {
        let dialog = Dialog::wait(&self.ward.desktop)?;
        dialog.wait_for_passcode_field()?;
        if anew {
            dialog.press("ctrl+a")?;
        }
        dialog.type_text(PASSCODE)?;
        dialog.press("Return")
    }

    /// A call, with the passcode where it is asked for. A page that opened more windows in a short time
    /// than it may waits, and so does one that meets a window on its way out.
    pub fn carry_out(&mut self, command: &str, args: &Value) -> Result<Value> {
        let begun = Instant::now();
        loop {
            let id = self.ward.relay.begin(PORT, command, args.clone())?;
            let answer = self.answer_to_user(id)?.context("the relay ended")?;
            let waits = matches!(code(&answer), "busy" | "rate_limited");
            if !waits || begun.elapsed() > WAITS {
                return Ok(answer);
            }
            thread::sleep(Duration::from_secs(1));
        }
    }

    /// What an act that was done gave: the session of whose card is in, or a signature, which counts.
    pub fn takes(&mut self, act: &str, answer: &Value) -> Result<()> {
        let ok = answer.get("ok").with_context(|| format!("{act}: {answer}"))?;
        if act == "sign" {
            ensure!(ok["results"][0]["signature"].is_string(), "{answer}");
            self.signatures += 1;
            return Ok(());
        }
        let uid = &ok["session"]["user"]["uid"];
        ensure!(*uid == self.user().uid, "{uid}'s session with {:?}'s card", self.user());
        ensure!(ok["ticket"].is_string(), "no ticket: {answer}");
        Ok(())
    }

    /// No window is there, nobody else's session, no try is spent and none was made that nobody typed, the
    /// next calls work, and the record has whatever was signed.
    pub fn is_well(&mut self) -> Result<()> {
        Dialog::wait_closed(&self.ward.desktop)?;
        let status = self.ward.call("status", json!({}))?;
        let uid = &status["ok"]["session"]["user"]["uid"];
        ensure!(uid.is_null() || *uid == self.user().uid, "another's session: {status}");
        ensure!(self.ward.reader.tries()? == 3, "a try was spent");
        for act in ["sign_in", "sign"] {
            let args = self.arguments(act)?;
            let answer = self.carry_out(act, &args)?;
            self.takes(act, &answer).context("the next call")?;
            if let Some(ticket) = answer["ok"]["ticket"].as_str() {
                ensure!(self.ward.identity.opens(ticket)?, "the ticket opens nothing");
            }
        }
        let made = self.ward.reader.passcodes()?;
        ensure!(made <= self.typed, "{made} passcodes went to the card, {} were typed", self.typed);
        let recorded = Record::read(&self.ward.host)?.count("sign", "ok");
        ensure!(recorded >= self.signatures, "{recorded} of {} are recorded", self.signatures);
        Ok(())
    }
}

const ROLE_OF_TOM: &str = "555900000102";
/// Longer than whatever the agent waits for, and shorter than it waits for its user.
const PATIENCE: Duration = Duration::from_secs(60);
/// Longer than windows count that were opened, and than one that nobody waits for is given to go.
const WAITS: Duration = Duration::from_secs(20);
/// After this time a user who sees no change types again.
const COMES_TO_NOTHING: Duration = Duration::from_secs(4);
