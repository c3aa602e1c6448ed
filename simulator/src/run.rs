//! `run`: a simulation from nothing to the end.

mod serving;

use std::{
    env,
    fs::{self, File},
    path::{Path, PathBuf},
    sync::{Arc, mpsc},
};

use anyhow::{Context as _, Result, ensure};
use clap::Args;
use wardkey_agent_link::Instance;

use crate::{
    act::Act,
    agent,
    answers::Answers,
    card::PASSCODE,
    control,
    desk::Desk,
    folder::Folder,
    people::People,
    policy::{self, Terms},
    simulation::Simulation,
    socket,
    terminal::{self, say},
};

/// What to simulate.
#[derive(Debug, Args)]
pub struct Run {
    /// Answer the agent's dialogs in place of a user, who sees none then
    #[arg(long)]
    answer: bool,
    /// Serve the user's own agent, so that browsers find it however they are started
    #[arg(long)]
    default_instance: bool,
    /// Begin with empty readers
    #[arg(long, conflicts_with = "insert")]
    empty: bool,
    /// Whose card is in at first; without it the first person's
    #[arg(long, value_name = "NAME")]
    insert: Option<String>,
    /// The origin of an app, once for each; without any, http://localhost at ports that
    /// development servers usually have
    #[arg(long = "origin", value_name = "ORIGIN")]
    origins: Vec<String>,
    /// The Identity Server's port; without it 8443, or the next that is free
    #[arg(long)]
    port: Option<u16>,
    /// How many readers there are
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u8).range(1..=8))]
    readers: u8,
    /// What taking the card out does to the session
    #[arg(long, value_enum, default_value = "end")]
    removal: Removal,
    /// The folder of the npm package's modules (its dist), for the Identity Server's own pages
    #[arg(long, value_name = "FOLDER")]
    sdk: Option<PathBuf>,
    /// A file of people, in TOML; without it those of the demo
    #[arg(long, value_name = "FILE")]
    users: Option<PathBuf>,
}

/// What taking the card out does to the session: `removal` of the policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Removal {
    /// It ends
    End,
    /// Nothing
    Ignore,
    /// It waits for its card
    Lock,
}

impl Removal {
    /// Its name in the policy.
    pub fn name(self) -> &'static str {
        match self {
            Self::End => "end",
            Self::Ignore => "ignore",
            Self::Lock => "lock",
        }
    }
}

impl Run {
    /// Runs until somebody ends it.
    pub fn run(self, folder: &Folder) -> Result<()> {
        folder.prepare()?;
        // Held to the end, also by one that is only beginning: another has no server to make here.
        let lock = File::create(folder.lock())?;
        ensure!(
            lock.try_lock().is_ok(),
            "a simulation runs in {} already",
            folder.path().display()
        );
        let program = server_program()?;
        let origins = self.origins();
        let instance = self.instance(folder);
        let server = self.serving(folder, &program, &origins, &instance)?;
        server.know_apps(&origins)?;
        let people = People::read(&server.people())?;
        let desk = Desk::new(self.readers.into());
        let answers = self.answer.then(Arc::<Answers>::default);
        let simulation = Simulation {
            folder: folder.clone(),
            instance,
            is_default: self.default_instance,
            server,
            people,
            desk,
            answers,
        };
        self.insert_first(&simulation)?;
        let served = simulation.answers.clone().unwrap_or_default();
        socket::serve(socket::bind(&folder.socket())?, Arc::clone(&simulation.desk), served);
        let terms = Terms {
            folder,
            server: &simulation.server,
            origins: &origins,
            removal: self.removal,
            answers: self.answer,
        };
        policy::put(&simulation.instance, &terms)?;
        agent::end(&simulation.instance)?;

        let (sender, asked) = mpsc::channel();
        terminal::listen_for_signals(sender.clone())?;
        control::serve(socket::bind(&folder.control())?, sender.clone());
        self.greet(&simulation, &origins);
        terminal::listen(sender);
        work(simulation, asked)
    }

    fn instance(&self, folder: &Folder) -> Instance {
        if !self.default_instance {
            return folder.instance();
        }
        let usual = |name: &str| (name != Instance::VARIABLE).then(|| env::var_os(name)).flatten();
        Instance::from_environment(usual)
    }

    fn origins(&self) -> Vec<String> {
        if self.origins.is_empty() {
            return PORTS.map(|port| format!("http://localhost:{port}")).to_vec();
        }
        self.origins.clone()
    }

    fn insert_first(&self, simulation: &Simulation) -> Result<()> {
        let first = match &self.insert {
            _ if self.empty => return Ok(()),
            Some(name) => Some(simulation.people.named(name)?),
            None => simulation.people.every().next(),
        };
        simulation.insert(first.context("there is nobody")?, 1)
    }

    fn greet(&self, simulation: &Simulation, origins: &[String]) {
        let host = agent::find();
        let install = host.as_deref().unwrap_or(Path::new("wardkey-host")).display();
        let extension = host.as_deref().and_then(agent::extension_beside);
        let extension = match extension {
            Some(folder) => format!("the extension from {}", folder.display()),
            None => "the extension".to_owned(),
        };
        let variable = match simulation.is_default {
            true => String::new(),
            false => format!("WARDKEY_INSTANCE={} ", simulation.folder.instance_folder().display()),
        };
        let dialogs = if self.answer { "are answered here" } else { "open on this desktop" };
        let authority = simulation.server.pki("tls-ca.crt.pem");
        let people: Vec<_> = simulation.people.every().map(ToString::to_string).collect();
        say(&format!(
            "ready: {url}
  its authority  {authority}
  apps           {origins}
  every card     takes the passcode {PASSCODE}
  dialogs        {dialogs}

A browser that finds it:
  wardkey-simulator browser {first}
or your own, with {extension}, after `{install} install`:
  {variable}chromium {first}

{people}

Type `help`, or for example `insert NAME`, `remove`, `fault slow 800`.",
            url = simulation.server.url(),
            authority = authority.display(),
            origins = origins.join(" "),
            first = origins.first().map(String::as_str).unwrap_or_default(),
            people = people.join("\n"),
        ));
    }
}

/// Does what is asked, one after the other.
fn work(mut simulation: Simulation, asked: mpsc::Receiver<control::Asked>) -> Result<()> {
    for control::Asked { act, answer } in asked {
        let outcome = simulation.act(&act);
        let ends = act == Act::Quit;
        if !ends {
            // Whoever asked may have gone.
            let _ = answer.send(outcome);
            continue;
        }
        let folder = simulation.folder.clone();
        let ended = simulation.end();
        for socket in [folder.socket(), folder.control()] {
            // The next simulation makes them anew in any case.
            let _ = fs::remove_file(socket);
        }
        let _ = answer
            .send(ended.as_ref().map(|()| String::new()).map_err(|e| anyhow::anyhow!("{e:#}")));
        return ended;
    }
    Ok(())
}

/// `wardkey-identity`: beside this program, or in `PATH`.
fn server_program() -> Result<PathBuf> {
    let this = env::current_exe()?;
    let path = env::var_os("PATH").unwrap_or_default();
    let beside = this.parent().map(Path::to_owned);
    let mut folders = beside.into_iter().chain(env::split_paths(&path));
    let found = folders.find_map(|folder| Some(folder.join(SERVER)).filter(|it| it.is_file()));
    found.with_context(|| {
        format!(
            "there is no {SERVER} beside {}; docs/simulator.md says where it is",
            this.display()
        )
    })
}

const SERVER: &str = "wardkey-identity";
/// Of Next and others, Angular, Vite, Python, and of almost everything else.
const PORTS: [u16; 5] = [3000, 4200, 5173, 8000, 8080];
