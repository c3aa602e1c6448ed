//! The PIV applet, its service and its client, all in the calling thread.
//!
//! `trussed::virt` runs the service in a thread that polls once a millisecond, and seeds its
//! random numbers with a constant, so that two fresh cards would have the same keys. Here a
//! request is answered within the call that makes it, and the seed is the caller's.

use std::cell::RefCell;
use std::rc::Rc;

use anyhow::{Result, anyhow};
use piv_authenticator::{Authenticator, Options};
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng;
use trussed::pipe::{ServiceEndpoint, TrussedChannel};
use trussed::types::CoreContext;
use trussed::virt::{self, UserInterface};
use trussed::{ClientImplementation, Service, platform};
use trussed_auth::AuthClient;
use trussed_core::try_syscall;
use trussed_core::types::PathBuf;

use crate::backends::{Backend, BackendContexts, Backends, ORDER};
use crate::store::Store;
use zeroize::Zeroizing;

/// What a card's random numbers grow from: 32 bytes, fresh for each use.
pub type Seed = Zeroizing<[u8; 32]>;

/// The applet of one card, and a second road to its service for the PIN counter.
pub struct Applet<'a> {
    /// The PIV applet.
    pub piv: Authenticator<Client<'a>>,
    counter: Client<'a>,
}

/// The applet's way to its service.
pub type Client<'a> = ClientImplementation<'a, Direct<'a>, Backends>;

impl Applet<'_> {
    /// How many PIN tries are left, without touching the applet's own state: `None` before the
    /// card was used for the first time.
    pub fn pin_tries(&mut self) -> Option<u8> {
        try_syscall!(self.counter.pin_retries(PIN)).ok()?.retries
    }
}

/// Runs `body` with the applet of the card in `store`.
///
/// # Errors
/// When the store's files are damaged, else as `body`.
pub fn with_applet<T>(
    store: &Store,
    seed: &Seed,
    body: impl FnOnce(Applet<'_>) -> Result<T>,
) -> Result<T> {
    store.file_systems()?.with_store(|file_systems| {
        let channels = [TrussedChannel::new(), TrussedChannel::new()];
        let mut requesters = Vec::new();
        let mut endpoints = Vec::new();
        for channel in &channels {
            let (requester, responder) =
                channel.split().ok_or_else(|| anyhow!("a new channel was split before"))?;
            let context = CoreContext::new(
                PathBuf::try_from(CLIENT).map_err(|_| anyhow!("the client's name is no path"))?,
            );
            requesters.push(requester);
            endpoints.push(ServiceEndpoint::new(responder, context, ORDER));
        }
        let platform = Platform {
            random: ChaCha20Rng::from_seed(**seed),
            file_systems,
            user_interface: UserInterface::new(),
        };
        let service = Rc::new(RefCell::new(Served {
            service: Service::with_dispatch(platform, Backends::new()),
            endpoints,
        }));
        let mut clients = requesters.into_iter().map(|requester| {
            ClientImplementation::new(requester, Direct(Rc::clone(&service)), None)
        });
        let (Some(client), Some(counter)) = (clients.next(), clients.next()) else {
            return Err(anyhow!("two channels gave fewer than two clients"));
        };
        body(Applet { piv: Authenticator::new(client, Options::default()), counter })
    })
}

/// A system call that is answered before it returns.
pub struct Direct<'a>(Rc<RefCell<Served<'a>>>);

impl platform::Syscall for Direct<'_> {
    fn syscall(&mut self) {
        let served = &mut *self.0.borrow_mut();
        served.service.process(&mut served.endpoints);
    }
}

struct Served<'a> {
    service: Service<Platform<'a>, Backends>,
    endpoints: Vec<ServiceEndpoint<'a, Backend, BackendContexts>>,
}

struct Platform<'a> {
    random: ChaCha20Rng,
    file_systems: virt::Store<'a>,
    user_interface: UserInterface,
}

impl<'a> platform::Platform for Platform<'a> {
    type R = ChaCha20Rng;
    type S = virt::Store<'a>;
    type UI = UserInterface;

    fn rng(&mut self) -> &mut ChaCha20Rng {
        &mut self.random
    }

    fn store(&self) -> virt::Store<'a> {
        self.file_systems
    }

    fn user_interface(&mut self) -> &mut UserInterface {
        &mut self.user_interface
    }
}

/// The name under which the applet's files lie.
const CLIENT: &str = "piv";
/// The applet's own number for the cardholder's PIN.
const PIN: u8 = 0;
