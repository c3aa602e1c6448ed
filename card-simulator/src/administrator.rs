//! What a card management system does with a card, over APDUs (SP 800-73-4 part 2).

use anyhow::{Context, Result, bail};
use des::TdesEde3;
use des::cipher::generic_array::GenericArray;
use des::cipher::{BlockEncrypt, KeyInit};
use spki::SubjectPublicKeyInfoOwned;
use zeroize::Zeroizing;

use crate::card::Card;
use crate::public_key::{Algorithm, Slot};
use crate::tlv;

/// A PIN of 6 to 8 digits, padded as the card wants it.
pub struct Pin(Zeroizing<[u8; 8]>);

impl Pin {
    /// Takes a PIN.
    ///
    /// # Errors
    /// When it has not 6 to 8 digits.
    pub fn new(digits: &str) -> Result<Self> {
        if !(6..=8).contains(&digits.len()) || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            bail!("a PIN has 6 to 8 digits");
        }
        let mut padded = Zeroizing::new([0xff; 8]);
        padded[..digits.len()].copy_from_slice(digits.as_bytes());
        Ok(Self(padded))
    }

    /// The PIN of a fresh card.
    pub fn of_a_fresh_card() -> Self {
        Self(Zeroizing::new(*b"123456\xff\xff"))
    }
}

/// An administrator's session with a card.
pub struct Administrator<'c, 'a> {
    card: &'c mut Card<'a>,
}

impl<'c, 'a> Administrator<'c, 'a> {
    /// Selects the application and proves knowledge of the default administration key, by the
    /// card's challenge (GENERAL AUTHENTICATE, 3.2.4).
    ///
    /// # Errors
    /// When the card refuses.
    pub fn authenticate(card: &'c mut Card<'a>) -> Result<Self> {
        let mut session = Self { card };
        session.send("SELECT", [0xa4, 0x04, 0x00], &PIV)?;
        let challenge = session.send(
            "GENERAL AUTHENTICATE (challenge)",
            [0x87, TRIPLE_DES, ADMINISTRATION_KEY],
            &tlv::object(&[0x7c], &tlv::object(&[0x81], &[])),
        )?;
        let challenge = tlv::find(&[0x7c], &challenge)
            .and_then(|template| tlv::find(&[0x81], template))
            .and_then(|challenge| <[u8; 8]>::try_from(challenge).ok())
            .context("the card sent no challenge of 8 bytes")?;
        let mut block = GenericArray::from(challenge);
        TdesEde3::new(&DEFAULT_KEY.into()).encrypt_block(&mut block);
        session.send(
            "GENERAL AUTHENTICATE (response)",
            [0x87, TRIPLE_DES, ADMINISTRATION_KEY],
            &tlv::object(&[0x7c], &tlv::object(&[0x82], &block)),
        )?;
        Ok(session)
    }

    /// Changes the cardholder's PIN (CHANGE REFERENCE DATA, 3.2.2).
    ///
    /// # Errors
    /// When the present PIN is wrong.
    pub fn change_pin(&mut self, present: &Pin, new: &Pin) -> Result<()> {
        let mut both = Zeroizing::new([0; 16]);
        both[..8].copy_from_slice(&*present.0);
        both[8..].copy_from_slice(&*new.0);
        self.send("CHANGE REFERENCE DATA", [0x24, 0x00, 0x80], &*both)?;
        Ok(())
    }

    /// Makes a new key pair in a slot (GENERATE ASYMMETRIC KEY PAIR, 3.3.2).
    ///
    /// # Errors
    /// When the card refuses.
    pub fn generate(
        &mut self,
        slot: Slot,
        algorithm: Algorithm,
    ) -> Result<SubjectPublicKeyInfoOwned> {
        let template = tlv::object(&[0xac], &tlv::object(&[0x80], &[algorithm.identifier()]));
        let answer =
            self.send("GENERATE ASYMMETRIC KEY PAIR", [0x47, 0x00, slot.reference()], &template)?;
        algorithm.public_key(&answer)
    }

    /// Puts a certificate in DER into a slot (PUT DATA, 3.3.1; part 1, table 10: not compressed).
    ///
    /// # Errors
    /// When the card refuses.
    pub fn put_certificate(&mut self, slot: Slot, certificate: &[u8]) -> Result<()> {
        let content = [
            tlv::object(&[0x70], certificate),
            tlv::object(&[0x71], &[0x00]),
            tlv::object(&[0xfe], &[]),
        ]
        .concat();
        let data = [tlv::object(&[0x5c], &slot.certificate_tag()), tlv::object(&[0x53], &content)]
            .concat();
        self.send("PUT DATA", [0xdb, 0x3f, 0xff], &data)?;
        Ok(())
    }

    /// Sends one command in as many chained parts as it needs and collects the whole answer.
    fn send(&mut self, name: &str, head: [u8; 3], data: &[u8]) -> Result<Vec<u8>> {
        let [instruction, p1, p2] = head;
        let mut parts = data.chunks(SHORT_DATA).peekable();
        let mut answer = Vec::new();
        while let Some(part) = parts.next() {
            let last = parts.peek().is_none();
            let class = if last { 0x00 } else { CHAINED };
            let mut apdu = Zeroizing::new(vec![class, instruction, p1, p2, part.len() as u8]);
            apdu.extend_from_slice(part);
            apdu.push(0x00);
            answer = self.card.transmit(&apdu);
            if !last && answer != SUCCESS {
                bail!("{name}: the card refused a part of the command");
            }
        }
        let mut whole = Vec::new();
        loop {
            let Some((data, status)) = answer.split_last_chunk::<2>() else {
                bail!("{name}: the card answered no status");
            };
            whole.extend_from_slice(data);
            match status {
                &SUCCESS => return Ok(whole),
                [0x61, left] => answer = self.card.transmit(&[0x00, 0xc0, 0x00, 0x00, *left]),
                [high, low] => bail!("{name}: the card answered {high:02x}{low:02x}"),
            }
        }
    }
}

/// The registered part of the application's identifier, enough to select it.
const PIV: [u8; 9] = [0xa0, 0x00, 0x00, 0x03, 0x08, 0x00, 0x00, 0x10, 0x00];
const TRIPLE_DES: u8 = 0x03;
const ADMINISTRATION_KEY: u8 = 0x9b;
/// The published key that every such card leaves the factory with.
const DEFAULT_KEY: [u8; 24] =
    [1, 2, 3, 4, 5, 6, 7, 8, 1, 2, 3, 4, 5, 6, 7, 8, 1, 2, 3, 4, 5, 6, 7, 8];
const SUCCESS: [u8; 2] = [0x90, 0x00];
const SHORT_DATA: usize = 255;
const CHAINED: u8 = 0x10;
