//! A card that a thread of its own holds within one transaction. PC/SC's calls block for as long
//! as another program, the reader or the service pleases; whoever waits here waits for a while
//! only, and leaves the thread behind.

use std::{
    ffi::CString,
    sync::mpsc::{self, Receiver, RecvTimeoutError, Sender},
    thread,
    time::{Duration, Instant},
};

use pcsc::{Card, Context, Disposition, Error, Protocol, Protocols, Scope, ShareMode};
use zeroize::Zeroizing;

use super::failed;
use crate::CardError;

/// The card of a reader, from the begin of a transaction to its end. Dropped without an end it is
/// left as it is, and reset where it was given a passcode.
pub(crate) struct Held {
    /// The card's answer to reset.
    pub atr: Vec<u8>,
    /// Whether it is spoken to by T=0.
    pub t0: bool,
    orders: Sender<Order>,
    answers: Receiver<Answer>,
    /// An answer was not waited for: what comes next may be that one.
    is_late: bool,
}

/// What was found in a reader.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Found<T> {
    /// A card, and what it said.
    Card(T),
    /// The reader is empty.
    NoCard,
    /// PC/SC has no reader of this name.
    NoReader,
}

enum Order {
    Control { code: u32, data: Vec<u8> },
    End(Disposition),
    Transmit { command: Zeroizing<Vec<u8>>, secret: bool },
}

enum Answer {
    Begun {
        atr: Vec<u8>,
        t0: bool,
    },
    Done(Vec<u8>),
    /// The service answers.
    Established,
    Failed(&'static str, Error),
}

impl Held {
    /// Shares the card of a reader, and waits a while for other programs to let go of it.
    ///
    /// # Errors
    ///
    /// [`CardError::CardBusy`] where they do not; what PC/SC says.
    pub fn take(reader: &str) -> Result<Found<Self>, CardError> {
        let Ok(reader) = CString::new(reader) else { return Ok(Found::NoReader) };
        let (orders, taken) = mpsc::channel();
        let (answering, answers) = mpsc::channel();
        thread::Builder::new()
            .name("card".to_owned())
            .spawn(move || {
                if let Err((function, error)) = hold(&reader, &taken, &answering) {
                    // Nobody may be waiting any more.
                    let _ = answering.send(Answer::Failed(function, error));
                }
            })
            .map_err(|error| unanswered("thread", error.to_string()))?;
        let end = Instant::now() + PATIENCE_TO_BEGIN;
        let mut established = false;
        loop {
            match answers.recv_timeout(end.saturating_duration_since(Instant::now())) {
                Ok(Answer::Established) => established = true,
                Ok(Answer::Begun { atr, t0 }) => {
                    let is_late = false;
                    return Ok(Found::Card(Self { atr, t0, orders, answers, is_late }));
                }
                Ok(Answer::Failed("SCardConnect", Error::NoSmartcard | Error::RemovedCard)) => {
                    return Ok(Found::NoCard);
                }
                Ok(Answer::Failed("SCardConnect", Error::InvalidValue | Error::UnknownReader)) => {
                    return Ok(Found::NoReader);
                }
                Ok(Answer::Failed(function, error)) => return Err(failed(function, error)),
                Ok(Answer::Done(_)) => {}
                // In the transaction of another program even connecting blocks.
                Err(RecvTimeoutError::Timeout) if established => return Err(CardError::CardBusy),
                Err(_) => return Err(unanswered("SCardEstablishContext", NO_ANSWER)),
            }
        }
    }

    /// Sends one command and returns what the card says, with its status word.
    ///
    /// # Errors
    ///
    /// What PC/SC says; `ModuleFailed` where no answer comes in time.
    pub fn transmit(&mut self, command: &[u8], secret: bool) -> Result<Vec<u8>, CardError> {
        let command = Zeroizing::new(command.to_vec());
        self.ask(Order::Transmit { command, secret }, "SCardTransmit", PATIENCE_TO_ANSWER)
    }

    /// Asks the reader's driver: a question where there are no data, else an order to a PIN pad.
    ///
    /// # Errors
    ///
    /// As [`transmit`](Self::transmit).
    pub fn control(&mut self, code: u32, data: Vec<u8>) -> Result<Vec<u8>, CardError> {
        let patience = if data.is_empty() { PATIENCE_TO_BEGIN } else { PATIENCE_AT_PIN_PAD };
        self.ask(Order::Control { code, data }, "SCardControl", patience)
    }

    /// Ends the transaction.
    ///
    /// # Errors
    ///
    /// What PC/SC says.
    pub fn end(mut self, disposition: Disposition) -> Result<(), CardError> {
        self.ask(Order::End(disposition), "SCardEndTransaction", PATIENCE_TO_BEGIN).map(drop)
    }

    fn ask(
        &mut self,
        order: Order,
        function: &'static str,
        patience: Duration,
    ) -> Result<Vec<u8>, CardError> {
        if self.is_late || self.orders.send(order).is_err() {
            return Err(unanswered(function, NO_ANSWER));
        }
        match self.answers.recv_timeout(patience) {
            Ok(Answer::Done(answer)) => Ok(answer),
            Ok(Answer::Failed(function, error)) => Err(failed(function, error)),
            Ok(Answer::Begun { .. } | Answer::Established) | Err(_) => {
                self.is_late = true;
                Err(unanswered(function, NO_ANSWER))
            }
        }
    }
}

type Failure = (&'static str, Error);

/// The thread: from the connection to its end.
fn hold(
    reader: &CString,
    orders: &Receiver<Order>,
    answers: &Sender<Answer>,
) -> Result<(), Failure> {
    let context =
        Context::establish(Scope::User).map_err(|error| ("SCardEstablishContext", error))?;
    if answers.send(Answer::Established).is_err() {
        return Ok(());
    }
    let mut card = connect(&context, reader).map_err(|error| ("SCardConnect", error))?;
    let ended = within_transaction(&mut card, orders, answers);
    // Disconnecting must not reset the card under a module that holds a session.
    let left = card.disconnect(Disposition::LeaveCard);
    if ended? {
        let left = left.map_err(|(_, error)| ("SCardDisconnect", error));
        left.map(|()| drop(answers.send(Answer::Done(Vec::new()))))?;
    }
    Ok(())
}

/// A program that holds the card for itself alone is waited for.
fn connect(context: &Context, reader: &CString) -> Result<Card, Error> {
    let end = Instant::now() + PATIENCE_WITH_OTHERS;
    loop {
        match context.connect(reader, ShareMode::Shared, Protocols::ANY) {
            Err(Error::SharingViolation) if Instant::now() < end => thread::sleep(LOOK_AGAIN),
            other => return other,
        }
    }
}

/// Carries orders out; whether somebody waits for the end.
fn within_transaction(
    card: &mut Card,
    orders: &Receiver<Order>,
    answers: &Sender<Answer>,
) -> Result<bool, Failure> {
    let tell = |answer| answers.send(answer).is_ok();
    let mut card = card;
    let transaction = loop {
        match Card::transaction2(card) {
            Ok(transaction) => break transaction,
            Err((same, Error::ResetCard)) => {
                // Another program reset it since the connection was made.
                card = same;
                card.reconnect(ShareMode::Shared, Protocols::ANY, Disposition::LeaveCard)
                    .map_err(|error| ("SCardReconnect", error))?;
            }
            Err((_, error)) => return Err(("SCardBeginTransaction", error)),
        }
    };
    let status = transaction.status2_owned().map_err(|error| ("SCardStatus", error))?;
    let t0 = status.protocol2() == Some(Protocol::T0);
    // Without anybody who waits the loop ends at its first order.
    tell(Answer::Begun { atr: status.atr().to_vec(), t0 });
    let (mut buffer, mut knows_secret) = (vec![0; pcsc::MAX_BUFFER_SIZE_EXTENDED], false);
    let (disposition, waited_for) = loop {
        let (function, answer) = match orders.recv() {
            Ok(Order::Transmit { command, secret }) => {
                knows_secret |= secret;
                ("SCardTransmit", transaction.transmit(&command, &mut buffer))
            }
            #[cfg_attr(
                not(target_os = "linux"),
                allow(clippy::useless_conversion, reason = "a word of PC/SC is wider elsewhere")
            )]
            Ok(Order::Control { code, data }) => {
                // A passcode that is typed at the reader goes this way; a question has no data.
                knows_secret |= !data.is_empty();
                ("SCardControl", transaction.control(code.into(), &data, &mut buffer))
            }
            Ok(Order::End(disposition)) => break (disposition, true),
            Err(_) if knows_secret => break (Disposition::ResetCard, false),
            Err(_) => break (Disposition::LeaveCard, false),
        };
        tell(match answer {
            Ok(answer) => Answer::Done(answer.to_vec()),
            Err(error) => Answer::Failed(function, error),
        });
    };
    let ended = transaction.end(disposition);
    ended.map_err(|(_, error)| ("SCardEndTransaction", error))?;
    Ok(waited_for)
}

fn unanswered(function: &str, code: impl Into<String>) -> CardError {
    CardError::ModuleFailed { function: function.to_owned(), code: Some(code.into()) }
}

const NO_ANSWER: &str = "no answer";
/// For the service, for a reader's driver, and for the transactions of others.
const PATIENCE_TO_BEGIN: Duration = Duration::from_secs(4);
/// For a program that holds the card for itself alone.
const PATIENCE_WITH_OTHERS: Duration = Duration::from_secs(2);
const LOOK_AGAIN: Duration = Duration::from_millis(50);
/// For one answer of the card; less than the module process has for a signature.
const PATIENCE_TO_ANSWER: Duration = Duration::from_secs(27);
/// For somebody at a PIN pad, who types up to three passcodes; whoever waits for one only ends the
/// process before.
const PATIENCE_AT_PIN_PAD: Duration = Duration::from_secs(87);
