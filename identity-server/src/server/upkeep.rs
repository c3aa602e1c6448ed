//! What a server does from time to time, each task for as long as it runs.

use std::{sync::Arc, time::Duration};

use tokio::time::MissedTickBehavior;
use tracing::error;

use crate::{Clock, Identity, demo::Demo, oidc::Provider, telemetry};

/// Reads what others have changed, sweeps the store, and keeps a demo's revocation lists current for
/// as long as it runs.
pub(super) async fn keep_up(provider: Arc<Provider>, demo: Option<Demo>, clock: Arc<dyn Clock>) {
    let identity = &provider.identity;
    let mut refresh = tokio::time::interval(REFRESH_EACH);
    refresh.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut sweep = tokio::time::interval(SWEEP_EACH);
    let mut checkpoint = tokio::time::interval(CHECKPOINT_EACH);
    let mut reissue = tokio::time::interval(REISSUE_EACH);
    reissue.reset();
    loop {
        tokio::select! {
            _ = refresh.tick() => {
                if let Err(error) = provider.registry.refresh().await {
                    error!(%error, "reading what is registered");
                }
                let tokens = provider.client_tokens.refresh(&identity.store, clock.now());
                if let Err(error) = tokens.await {
                    error!(%error, "reading which tokens are revoked");
                }
                if let Err(error) = identity.refresh_trust().await {
                    error!(%error, "reading which authorities are trusted");
                }
                if let Err(error) = identity.refresh_people().await {
                    error!(%error, "reading the directory");
                }
            }
            _ = sweep.tick() => {
                telemetry::upkeep();
                if let Err(error) = identity.measure().await {
                    error!(%error, "counting sessions");
                }
                if let Err(error) = provider.registry.rotate(clock.now()).await {
                    error!(%error, "making a new key");
                }
                if let Err(error) = identity.sweep().await {
                    error!(%error, "sweeping");
                }
            }
            _ = checkpoint.tick() => {
                if let Err(error) = identity.checkpoint().await {
                    error!(%error, "signing a checkpoint of the audit log");
                }
            }
            _ = reissue.tick() => {
                if let Some(Err(error)) = demo.as_ref().map(|demo| demo.reissue_lists(clock.now())) {
                    error!(%error, "reissuing the revocation lists");
                }
            }
        }
    }
}

/// Brings sessions up to date for as long as it runs. After a night there may be many, and nothing
/// else is to wait for them.
pub(super) async fn settle_sessions(identity: Arc<Identity>) {
    let mut settle = tokio::time::interval(SETTLE_EACH);
    settle.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        settle.tick().await;
        if let Err(error) = identity.settle_overdue().await {
            error!(%error, "bringing sessions up to date");
        }
    }
}

/// Ends the sessions of people who have left, or whose role was closed, without anybody's saying so
/// to this server, for as long as it runs.
pub(super) async fn watch_people(identity: Arc<Identity>) {
    let mut looked = identity.clock.now();
    let mut look = tokio::time::interval(LOOK_EACH);
    look.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        look.tick().await;
        let now = identity.clock.now();
        if !identity.people.may_differ(looked, now) {
            continue;
        }
        match identity.recheck_people().await {
            Ok(()) => looked = now,
            Err(error) => error!(%error, "looking whether people are still there"),
        }
    }
}

const REISSUE_EACH: Duration = Duration::from_secs(6 * 60 * 60);
const CHECKPOINT_EACH: Duration = Duration::from_secs(60);
const LOOK_EACH: Duration = Duration::from_secs(10);
const REFRESH_EACH: Duration = Duration::from_secs(1);
const SETTLE_EACH: Duration = Duration::from_secs(1);
const SWEEP_EACH: Duration = Duration::from_secs(30);
