//! Keys that services keep, as the agent reaches them: a service is asked for a user, and has that
//! user's keys.

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use wardkey_smartcard::{
    Batch, CardBackend as _, CardError, SignMechanism, Token, TokenId,
    csc::{Ask, RemoteBackend, RemoteService},
};

use super::cards::Card;
use crate::{
    interrupt::Interrupt,
    module::SignOrder,
    policy::RemotePolicy,
    server::{RemoteHttp, RemoteRoad, service_settings},
};

/// Every service of policy.
#[derive(Default)]
pub struct Services(Vec<Service>);

/// A key that a service keeps.
#[derive(Clone, Debug)]
pub struct Remote {
    /// Whose, and where.
    pub holder: RemoteHolder,
    /// What the user types; nothing where all is done on the phone.
    pub asks: Vec<Ask>,
    /// How the key signs, the usual first.
    pub mechanisms: Vec<SignMechanism>,
}

/// A user of a service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RemoteHolder {
    /// The service's name in policy.
    pub service: String,
    /// The user's name there.
    pub user: String,
}

impl Services {
    /// By policy; nothing is connected yet.
    pub fn new(policies: &[RemotePolicy]) -> Self {
        let service = |policy: &RemotePolicy| Service {
            policy: policy.clone(),
            http: RemoteHttp::new(policy),
            known: Mutex::default(),
        };
        Self(policies.iter().map(service).collect())
    }

    /// Their names.
    pub fn names(&self) -> Vec<String> {
        self.0.iter().map(|service| service.policy.name.clone()).collect()
    }

    /// How long a session of such a key may be unused.
    pub fn idle(&self, holder: &RemoteHolder) -> Option<Duration> {
        self.of(holder).ok().map(|service| service.policy.idle())
    }

    /// A user's keys, each as a card. `fresh`: asked for anew, whatever is known.
    ///
    /// # Errors
    ///
    /// `CardMissing` where the service knows no such user or keeps no key for them; the service's.
    pub fn read(
        &self,
        holder: &RemoteHolder,
        fresh: bool,
        interrupt: Option<&Interrupt>,
    ) -> Result<Vec<Card>, CardError> {
        let service = self.of(holder)?;
        let mut known = service.known(holder, fresh)?;
        let Some(known) = known.as_mut() else { return Err(CardError::CardMissing) };
        let tokens = RemoteBackend::new(known, service.road(interrupt)).tokens()?;
        let card = |token: Token| {
            let (asks, mechanisms) = (known.asks(&token.id), known.mechanisms(&token.id));
            Card::remote(token, Remote { holder: holder.clone(), asks, mechanisms })
        };
        Ok(tokens.into_iter().map(card).collect())
    }

    /// Gets a service ready for what the user types next: a challenge, if one is shown, for each
    /// thing that is typed.
    ///
    /// # Errors
    ///
    /// Why the key can't be used, or the service's.
    pub fn prepare(
        &self,
        remote: &Remote,
        token: &TokenId,
        interrupt: &Interrupt,
    ) -> Result<Vec<Option<String>>, CardError> {
        self.with(remote, interrupt, |backend| backend.prepare(token))
    }

    /// Signs; one result a digest, in their order.
    ///
    /// # Errors
    ///
    /// What keeps all of them from being signed.
    pub fn sign(
        &self,
        remote: &Remote,
        order: SignOrder<'_>,
    ) -> Result<Vec<Result<Vec<u8>, CardError>>, CardError> {
        let SignOrder { token, key, mechanism, digests, passcode, hold_passcode, .. } = order;
        let mut go_on =
            |signature: &[u8]| (order.go_on)(signature) && order.interrupt.cause().is_none();
        let batch = Batch { token, key, mechanism, digests: &digests, passcode, hold_passcode };
        self.with(remote, order.interrupt, |backend| backend.sign_batch(&batch, &mut go_on))
    }

    fn with<T>(
        &self,
        remote: &Remote,
        interrupt: &Interrupt,
        act: impl FnOnce(&mut RemoteBackend<'_, RemoteRoad<'_>>) -> Result<T, CardError>,
    ) -> Result<T, CardError> {
        let service = self.of(&remote.holder)?;
        let mut known = service.known(&remote.holder, false)?;
        let Some(known) = known.as_mut() else { return Err(CardError::CardMissing) };
        let mut backend = RemoteBackend::new(known, service.road(Some(interrupt)));
        // Another user may have been asked for since.
        backend.tokens()?;
        act(&mut backend)
    }

    fn of(&self, holder: &RemoteHolder) -> Result<&Service, CardError> {
        let is_it = |service: &&Service| service.policy.name == holder.service;
        self.0.iter().find(is_it).ok_or(CardError::CardMissing)
    }
}

struct Service {
    policy: RemotePolicy,
    http: RemoteHttp,
    /// `None` before it was asked for anybody.
    known: Mutex<Option<RemoteService>>,
}

impl Service {
    fn known(
        &self,
        holder: &RemoteHolder,
        fresh: bool,
    ) -> Result<MutexGuard<'_, Option<RemoteService>>, CardError> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let service = match known.as_mut() {
            Some(service) => service,
            None => known.insert(RemoteService::new(service_settings(&self.policy)?)),
        };
        if fresh || service.user() != Some(&holder.user) {
            service.identify(&holder.user);
        }
        Ok(known)
    }

    fn road<'a>(&'a self, interrupt: Option<&'a Interrupt>) -> RemoteRoad<'a> {
        RemoteRoad::new(&self.http, interrupt)
    }
}
