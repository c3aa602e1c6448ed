//! What breaks under a node that runs: its database goes away and comes back, its disk is full.

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use tempfile::TempDir;
use wardkey_tests::stage::{Disk, Node, Postgres, Reply, Site, SoftAgent, SoftCard, TOM, built};

use super::{Named, ORIGIN, untimed};

pub const TRIALS: &[Named] = &[
    ("trouble::a_database_that_goes_away_and_comes_back_takes_nothing_along", database),
    ("trouble::a_full_disk_refuses_what_it_cannot_keep_and_loses_nothing", disk),
];

/// A node over some database, with a card.
struct World {
    agent: SoftAgent,
    card: SoftCard,
    node: Node,
    _folder: TempDir,
}

impl World {
    fn over(database: &str) -> Result<Self> {
        let folder = tempfile::Builder::new().prefix("wardkey-identity-").tempdir()?;
        let program = built("wardkey-identity")?;
        let site = Site::init(&program, &folder.path().join("site"), ORIGIN)?;
        let node = site.node("a", database, untimed)?;
        let agent = SoftAgent::of(&node, &site.url, &site.authority())?;
        let card = SoftCard::issue(&program, &node, TOM)?;
        Ok(Self { agent, card, node, _folder: folder })
    }

    /// What a login gets that the server can't finish.
    fn login(&self) -> Result<Reply> {
        let asked = self.agent.activate()?;
        self.agent.post("/login/authvalidate", &self.agent.answer(&self.card, asked)?)
    }

    fn is_ready(&self) -> Result<bool> {
        Ok(self.agent.get("/ready")?.status == 200)
    }
}

fn database() -> Result<()> {
    let mut postgres = Postgres::start().context("no PostgreSQL")?;
    postgres.create("wardkey");
    let world = World::over(&postgres.address("wardkey"))?;
    let session = world.agent.sign_in(&world.card)?;
    let ended = world.agent.sign_in(&world.card)?;
    world.agent.sign_out(&ended)?;
    let asked = world.agent.activate()?;
    let login = world.agent.answer(&world.card, asked)?;

    postgres.stop();
    ensure!(world.agent.get("/health")?.status == 200, "the process is not healthy");
    ensure!(!world.is_ready()?, "ready without a database");
    let refused = world.agent.post("/login/authvalidate", &login)?;
    ensure!(refused.status == 503 && refused.body == "unavailable", "{refused:?}");
    let refused = world.agent.assertion(&session)?;
    ensure!(refused.status == 503 && refused.body == "unavailable", "{refused:?}");

    postgres.resume();
    let end = Instant::now() + PATIENCE;
    while !world.is_ready()? {
        ensure!(Instant::now() < end, "not ready with its database back");
    }
    ensure!(world.agent.is_valid(&session, true)?, "an acknowledged session is lost");
    ensure!(!world.agent.is_valid(&ended, false)?, "an acknowledged logout is lost");
    let done = world.agent.post("/login/authvalidate", &login)?;
    ensure!(done.status == 200, "a challenge was used up by a login that failed: {done:?}");
    world.agent.sign_in(&world.card)?;
    world.node.command(&["audit", "verify"])?;
    Ok(())
}

fn disk() -> Result<()> {
    let folder = tempfile::Builder::new().prefix("wardkey-disk-").tempdir()?;
    let Some(disk) = Disk::over(folder.path(), 4)? else {
        println!("SKIPPED trouble::a_full_disk (a file system can't be mounted here)");
        return Ok(());
    };
    let file = disk.folder().join("wardkey.db");
    let world = World::over(file.to_str().context("path")?)?;
    let mut open = vec![world.agent.sign_in(&world.card)?];
    let ended = world.agent.sign_in(&world.card)?;
    world.agent.sign_out(&ended)?;
    let asked = world.agent.activate()?;
    let login = world.agent.answer(&world.card, asked)?;

    disk.fill()?;
    // What still fits into the pages that the database has may go on for a while.
    let end = Instant::now() + PATIENCE;
    loop {
        let reply = world.agent.post("/login/authactivate", &activate()?)?;
        if reply.status == 503 {
            break;
        }
        ensure!(reply.status == 200 && Instant::now() < end, "{reply:?}");
    }
    let refused = world.agent.post("/login/authvalidate", &login)?;
    ensure!(matches!(refused.status, 200 | 503), "{refused:?}");
    ensure!(world.agent.is_valid(&open[0], false)?, "what is there can't be read");
    ensure!(!world.agent.is_valid(&ended, false)?, "a logout is lost");

    disk.make_room()?;
    let reply = world.login()?;
    ensure!(reply.status == 200, "no login with room again: {reply:?}");
    open.push(world.agent.sign_in(&world.card)?);
    for session in &open {
        ensure!(world.agent.is_valid(session, true)?, "an acknowledged session is lost");
    }
    world.node.command(&["audit", "verify"])?;
    Ok(())
}

fn activate() -> Result<String> {
    use wardkey_spine::{ActivateRequest, DeviceId, LogSessionId, Message as _};
    let activate = ActivateRequest {
        app_url: ActivateRequest::APP_URL.to_owned(),
        log_session_id: LogSessionId::parse("AbCdEfGhIj")?,
        device_id: DeviceId::parse("WARD0001,ClientIP=192.0.2.7")?,
    };
    Ok(activate.write()?)
}

const PATIENCE: Duration = Duration::from_secs(30);
