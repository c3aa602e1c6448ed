//! PIV cards over PC/SC, with nothing between (NIST SP 800-73-4, parts 1 and 2; SP 800-78-5).

mod apdu;
mod application;
mod beside;
mod data_objects;
mod features;
mod key;
mod passcode;
mod pin_pad;
mod pss;
mod reference_data;
mod signing;
mod tlv;

use std::collections::{HashMap, HashSet};

use apdu::{Channel, Transmit};
use application::Application;
pub(crate) use beside::{Asked, log_out_after, passcode, unblock};
pub use beside::{log_out, tries_left};
use data_objects::{CHUID, KEY_HISTORY, UsagePolicy};
use key::{Key, PasscodePolicy};
pub(crate) use passcode::LENGTHS;
use pcsc::Disposition;
pub(crate) use signing::joined;

use crate::{
    Batch, CardBackend, CardCertificate, CardError, GoOn, KeyUses, LastTry, Passcode,
    PasscodeRules, Token, TokenId, UnblockingKey,
    certificate::{common_name, serial_number},
    kept::{Kept, Known},
    pcsc::{Found, Held, Readers},
};

/// PIV cards in the readers of PC/SC. Any card that lets PIV be selected is one, whatever its
/// answer to reset; others are left to other ways.
///
/// Certificates are read once a card. While it stays in, it is taken for unchanged as long as its
/// CHUID begins as before; when it comes back, each certificate's object has to begin as before
/// too, which is where a certificate's serial number is.
pub struct PivBackend {
    random: Random,
    kept: Kept<Vec<u8>, Mark>,
    /// Which of a reader's cards was seen last, and the beginning of its CHUID.
    seen: HashMap<String, (u32, Vec<u8>)>,
    /// The tries that the unblocking key of a token has left, as its card said when one was wrong.
    unblocking: HashMap<TokenId, u8>,
    /// The answers to reset of cards that refused the extended lengths of which these speak.
    refusing: HashSet<Vec<u8>>,
}

/// Fresh randomness, for the salts of RSASSA-PSS; `None` where the system has none to give.
pub type Random = fn() -> Option<[u8; pss::SALT]>;

/// What is compared when a card comes back, and what else is known of it.
#[derive(Clone, Debug)]
struct Mark {
    /// The beginnings of the certificates' objects; `None` of those that are not there.
    beginnings: Vec<(Key, Option<Vec<u8>>)>,
    policy: UsagePolicy,
    serial: String,
}

/// A card, by the beginning of its CHUID, which may be empty.
type Card = Known<Vec<u8>, Mark>;

impl PivBackend {
    /// Knows no card yet, and touches none.
    #[must_use]
    pub fn new(random: Random) -> Self {
        Self {
            random,
            kept: Kept::default(),
            seen: HashMap::default(),
            unblocking: HashMap::default(),
            refusing: HashSet::default(),
        }
    }

    /// The card of a reader, which is not asked again for what such a card has refused.
    fn open(&self, reader: &str) -> Result<Found<Channel<Held>>, CardError> {
        let mut found = open(reader)?;
        if let Found::Card(channel) = &mut found
            && self.refusing.contains(&channel.card.atr)
        {
            channel.without_extended();
        }
        Ok(found)
    }

    /// Lets go of the card.
    fn end(&mut self, channel: Channel<Held>, disposition: Disposition) -> Result<(), CardError> {
        if channel.refused_extended() {
            self.refusing.insert(channel.card.atr.clone());
        }
        channel.card.end(disposition)
    }

    /// The token in a reader; `None` where there is no PIV card.
    fn token(&mut self, reader: &str, insertion: u32) -> Result<Option<Token>, CardError> {
        let Found::Card(mut channel) = self.open(reader)? else { return Ok(None) };
        let token = self.token_of(&mut channel, reader, insertion);
        let ended = self.end(channel, Disposition::LeaveCard);
        let token = token?;
        ended.map(|()| token)
    }

    fn token_of(
        &mut self,
        channel: &mut Channel<Held>,
        reader: &str,
        insertion: u32,
    ) -> Result<Option<Token>, CardError> {
        let Some(mut application) = Application::select(channel)? else { return Ok(None) };
        let card = self.card(&mut application, reader, insertion)?;
        let holder = card.certificates.first().and_then(|held| common_name(&held.der));
        Ok(Some(Token {
            id: id(reader, &card),
            reader: reader.to_owned(),
            label: holder.unwrap_or_else(|| NAME.to_owned()),
            serial: card.mark.serial,
            manufacturer: NAME.to_owned(),
            certificates: card.certificates,
            passcode: application.passcode_state()?,
        }))
    }

    /// The card, from what is kept of it where that still holds.
    fn card(
        &mut self,
        application: &mut Application<'_, impl Transmit>,
        reader: &str,
        insertion: u32,
    ) -> Result<Card, CardError> {
        let chuid = application.beginning(CHUID)?.unwrap_or_default();
        let now = (insertion, chuid.clone());
        let stayed = self.seen.get(reader) == Some(&now);
        if let Some(card) = self.kept.of(&chuid).map(|card| card.clone()) {
            application.set_policy(card.mark.policy);
            if stayed || unchanged(application, &card)? {
                self.seen.insert(reader.to_owned(), now);
                return Ok(card);
            }
        }
        let card = read(application, chuid)?;
        // A card that does not say which it is can't be known again.
        if !card.card.is_empty() {
            self.kept.keep(card.clone());
            self.seen.insert(reader.to_owned(), now);
        }
        Ok(card)
    }

    /// Does something with a token's card, and logs it out.
    fn logged_out_after<T>(
        &mut self,
        token: &TokenId,
        act: impl FnOnce(
            &mut Self,
            &mut Application<'_, Held>,
            &(String, u32),
            &mut dyn FnMut(CardError) -> CardError,
        ) -> Result<T, CardError>,
    ) -> Result<T, CardError> {
        let mut readers = Readers::now();
        let place = place_of(token, &readers)?;
        let mut explain = |error| readers.explain(&place.0, error);
        let Found::Card(mut channel) = self.open(&place.0).map_err(&mut explain)? else {
            return Err(CardError::CardRemoved);
        };
        let (done, forgotten) = match Application::select(&mut channel) {
            Ok(Some(mut application)) => {
                let done = act(self, &mut application, &place, &mut explain);
                (done, application.forget().unwrap_or_default())
            }
            Ok(None) => (Err(CardError::CardRemoved), true),
            Err(error) => (Err(explain(error)), true),
        };
        let end = if forgotten { Disposition::LeaveCard } else { Disposition::ResetCard };
        // A card that is gone has forgotten by itself.
        let _ = self.end(channel, end);
        done
    }

    /// The card, where it is still the one of a token.
    fn check(
        &mut self,
        application: &mut Application<'_, Held>,
        (reader, insertion): &(String, u32),
        token: &TokenId,
    ) -> Result<Card, CardError> {
        let card = self.card(application, reader, *insertion)?;
        if id(reader, &card) == *token { Ok(card) } else { Err(CardError::CardRemoved) }
    }

    fn sign_with(
        &mut self,
        application: &mut Application<'_, Held>,
        place: &(String, u32),
        batch: &Batch<'_>,
        go_on: &mut GoOn<'_>,
        explain: &mut dyn FnMut(CardError) -> CardError,
    ) -> Result<Vec<Result<Vec<u8>, CardError>>, CardError> {
        let card = self.check(application, place, batch.token).map_err(&mut *explain)?;
        let key = Key::of(batch.key).ok_or(CardError::KeyMissing)?;
        let held = card.certificates.iter().find(|held| held.key == *batch.key);
        let algorithm = held.ok_or(CardError::KeyMissing)?.algorithm;
        let signed =
            signing::sign_each(application, (key, algorithm), self.random, batch, go_on, explain);
        if matches!(signed, Err(CardError::KeyMissing)) {
            // The certificates may be those of before the card was written to.
            self.kept.forget(&card.card);
        }
        signed
    }
}

impl CardBackend for PivBackend {
    fn tokens(&mut self) -> Result<Vec<Token>, CardError> {
        let (mut tokens, mut failure) = (Vec::new(), None);
        let mut readers = Readers::now();
        for (reader, insertion) in readers.cards() {
            match self.token(&reader, insertion).map_err(|error| readers.explain(&reader, error)) {
                Ok(token) => tokens.extend(token),
                // Pulled while it was read: it is not there.
                Err(CardError::CardMissing | CardError::CardRemoved | CardError::ReaderMissing) => {
                }
                Err(error) => failure = Some(error),
            }
        }
        match failure {
            Some(error) if tokens.is_empty() => Err(error),
            _ => Ok(tokens),
        }
    }

    fn sign_batch(
        &mut self,
        batch: &Batch<'_>,
        go_on: &mut GoOn<'_>,
    ) -> Result<Vec<Result<Vec<u8>, CardError>>, CardError> {
        for digest in batch.digests {
            batch.mechanism.input(digest)?;
        }
        if batch.digests.is_empty() {
            return Ok(Vec::new());
        }
        self.logged_out_after(batch.token, |this, application, place, explain| {
            this.sign_with(application, place, batch, go_on, explain)
        })
    }

    fn passcode_rules(&mut self, token: &TokenId) -> Result<PasscodeRules, CardError> {
        let known = self.unblocking.get(token).copied();
        let rules = self.logged_out_after(token, |this, application, place, explain| {
            this.check(application, place, token).map_err(&mut *explain)?;
            application.passcode_rules().map_err(explain)
        })?;
        let unblocking = rules.unblocking.map(|key| UnblockingKey { tries_left: known, ..key });
        Ok(PasscodeRules { unblocking, ..rules })
    }

    fn change_passcode(
        &mut self,
        token: &TokenId,
        old: &Passcode,
        new: &Passcode,
    ) -> Result<(), CardError> {
        self.logged_out_after(token, |this, application, place, explain| {
            this.check(application, place, token).map_err(&mut *explain)?;
            application.change_passcode(old, new).map_err(explain)
        })
    }

    fn unblock_passcode(
        &mut self,
        token: &TokenId,
        key: &Passcode,
        new: &Passcode,
        last_try: LastTry,
    ) -> Result<(), CardError> {
        let known = self.unblocking.get(token).copied();
        let done = self.logged_out_after(token, |this, application, place, explain| {
            this.check(application, place, token).map_err(&mut *explain)?;
            application.unblock_passcode(key, new, known, last_try).map_err(explain)
        });
        match done {
            Ok(()) => drop(self.unblocking.remove(token)),
            Err(CardError::UnblockingKeyWrong { tries_left: Some(tries) }) => {
                self.unblocking.insert(token.clone(), tries);
            }
            Err(CardError::UnblockingKeyBlocked) => {
                self.unblocking.insert(token.clone(), 0);
            }
            Err(_) => {}
        }
        done
    }
}

/// The reader that a token is in, and which of the reader's cards it is.
fn place_of(token: &TokenId, readers: &Readers) -> Result<(String, u32), CardError> {
    let is_in = |(reader, _): &(String, u32)| token.0.starts_with(&id_in(reader));
    readers.cards().into_iter().find(is_in).ok_or(CardError::CardRemoved)
}

/// The card of a reader, within one transaction.
fn open(reader: &str) -> Result<Found<Channel<Held>>, CardError> {
    Ok(match Held::take(reader)? {
        Found::Card(held) => {
            let (atr, t0) = (held.atr.clone(), held.t0);
            Found::Card(Channel::new(held, &atr, t0))
        }
        Found::NoCard => Found::NoCard,
        Found::NoReader => Found::NoReader,
    })
}

/// Whether the certificates' objects begin as before.
fn unchanged(
    application: &mut Application<'_, impl Transmit>,
    card: &Card,
) -> Result<bool, CardError> {
    for (key, before) in &card.mark.beginnings {
        let now = application.beginning(&key.certificate_tag())?;
        let same = match (&now, before) {
            (Some(now), Some(before)) => !now.is_empty() && before.starts_with(now),
            (None, None) => true,
            _ => false,
        };
        if !same {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Reads the card from its beginning to its end.
fn read(
    application: &mut Application<'_, impl Transmit>,
    chuid: Vec<u8>,
) -> Result<Card, CardError> {
    let history = application.object(KEY_HISTORY)?.unwrap_or_default();
    let (mut beginnings, mut certificates) = (Vec::new(), Vec::new());
    for key in Key::ALL.into_iter().chain(data_objects::retired_keys(&history)) {
        let object = application.object(&key.certificate_tag())?;
        let der = object.as_deref().and_then(data_objects::certificate);
        certificates.extend(der.and_then(|der| certificate(key, der)));
        let beginning = object.map(|mut object| {
            object.truncate(BEGINNING);
            object
        });
        beginnings.push((key, beginning));
    }
    let number = data_objects::serial(&chuid)
        .or_else(|| certificates.first().and_then(|held| serial_number(&held.der)));
    let mark =
        Mark { beginnings, policy: application.policy()?, serial: number.unwrap_or_default() };
    Ok(Card { card: chuid, mark, certificates })
}

fn certificate(key: Key, der: Vec<u8>) -> Option<CardCertificate> {
    let read = CardCertificate::read(key.id(), der)?;
    // A key that wants no passcode says nothing of who holds the card.
    let uses = if key.policy() == PasscodePolicy::Never { KeyUses::default() } else { read.uses };
    let always_authenticate = Some(key.policy() == PasscodePolicy::Always);
    Some(CardCertificate { uses, always_authenticate, ..read })
}

fn id(reader: &str, card: &Card) -> TokenId {
    TokenId(id_in(reader) + &card.mark.serial)
}

/// How the ids of tokens in a reader begin.
fn id_in(reader: &str) -> String {
    format!("{reader}\n")
}

const NAME: &str = "PIV";
/// In bytes, of a data object.
const BEGINNING: usize = 256;
