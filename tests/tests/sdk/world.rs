//! What the trials share: the app as each bundler built it, a browser with everything, and one
//! without the extension.

use std::{
    collections::HashMap,
    net::TcpListener,
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;
use tempfile::TempDir;
use tokio::runtime::Runtime;
use wardkey_tests::stage::{Browser, Desktop, Engine, Host, Installed, Pages, Programs, free_port};

pub type Test = fn(&mut World) -> Result<()>;

pub struct World {
    pub runtime: Runtime,
    pub programs: Programs,
    pub desktop: Desktop,
    apps: Option<PathBuf>,
    /// Where pages may be served that the agent admits, and where none was so far.
    admitted: Vec<u16>,
    /// Held, so that no other program has them meanwhile.
    ports: Vec<TcpListener>,
    /// Which browser the trial is played in.
    pub engine: Engine,
    full: HashMap<Engine, (Browser, Host)>,
    bare: HashMap<Engine, Browser>,
    folder: TempDir,
}

/// The browsers of the trials.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum With {
    Everything,
    Nothing,
}

/// The one world, made when it is first asked for.
pub fn of(world: &mut Option<World>) -> Result<&mut World> {
    if world.is_none() {
        *world = Some(World::new()?);
    }
    world.as_mut().context("no world")
}

impl World {
    fn new() -> Result<Self> {
        let held = |_| Ok(TcpListener::bind(("127.0.0.1", free_port()?))?);
        let ports: Vec<TcpListener> = (0..MOST_PAGES).map(held).collect::<Result<_>>()?;
        let numbers = ports.iter().map(|port| Ok(port.local_addr()?.port()));
        Ok(Self {
            runtime: Runtime::new()?,
            programs: Programs::find()?,
            desktop: Desktop::start(false)?,
            apps: None,
            admitted: numbers.collect::<Result<_>>()?,
            ports,
            engine: Engine::Chromium,
            full: HashMap::new(),
            bare: HashMap::new(),
            folder: tempfile::Builder::new().prefix("wardkey-sdk-").tempdir()?,
        })
    }

    /// Where the app is, as each bundler built it of the packed package.
    pub fn apps(&mut self) -> Result<&Path> {
        if self.apps.is_none() {
            let bundlers = repository().join("tests/outsiders/bundlers");
            ensure!(bundlers.join("node_modules").exists(), "no bundlers: run it by `cargo xtask`");
            let output =
                Command::new("node").arg(bundlers.join("build.mjs")).arg(tarball()).output()?;
            let said = String::from_utf8_lossy(&output.stdout);
            let trouble = String::from_utf8_lossy(&output.stderr);
            ensure!(output.status.success(), "build.mjs: {said}\n{trouble}");
            println!("{}", said.trim().replace('\n', ", "));
            self.apps = Some(bundlers.join("built"));
        }
        self.apps.as_deref().context("no apps")
    }

    /// Serves one of the apps' folders, at an origin that the agent admits; each answer has these
    /// headers.
    pub fn serve(&mut self, folder: &str, headers: &[(&str, &str)]) -> Result<Pages> {
        let folder = self.apps()?.join(folder);
        self.serve_folder(&folder, headers)
    }

    /// Serves a folder at such an origin.
    pub fn serve_folder(&mut self, folder: &Path, headers: &[(&str, &str)]) -> Result<Pages> {
        Pages::serve_on(self.held_port()?, folder, headers)
    }

    /// Where at `localhost` another server's pages are admitted.
    pub fn port(&mut self) -> Result<u16> {
        Ok(self.held_port()?.local_addr()?.port())
    }

    fn held_port(&mut self) -> Result<TcpListener> {
        self.ports.pop().context("more pages than ports")
    }

    /// Opens an address in one of the browsers.
    pub fn open(&mut self, with: With, pages: &Pages, path: &str) -> Result<()> {
        self.open_at(with, &pages.at(path))
    }

    /// The same of whoever serves it.
    pub fn open_at(&mut self, with: With, address: &str) -> Result<()> {
        self.start(with)?;
        self.runtime.block_on(self.browser(with)?.open(address))
    }

    pub fn host(&self) -> Result<&Host> {
        Ok(&self.full.get(&self.engine).context("no agent")?.1)
    }

    pub fn script(&self, with: With, body: &str) -> Result<Value> {
        self.runtime.block_on(self.browser(with)?.script(body))
    }

    pub fn wait_for(&self, with: With, expression: &str) -> Result<()> {
        self.runtime.block_on(self.browser(with)?.wait_for(expression, PATIENCE))
    }

    /// What the app found, once it stands in the page.
    pub fn said(&self, with: With) -> Result<Value> {
        self.wait_for(with, "document.querySelector('#said')?.textContent")?;
        let text = self.script(with, "return document.querySelector('#said').textContent;")?;
        serde_json::from_str(text.as_str().unwrap_or_default()).with_context(|| text.to_string())
    }

    pub fn browser(&self, with: With) -> Result<&Browser> {
        match with {
            With::Everything => Ok(&self.full.get(&self.engine).context("no browser")?.0),
            With::Nothing => self.bare.get(&self.engine).context("no browser"),
        }
    }

    /// Lets every page sign in.
    pub fn policy(&self) -> String {
        let admitted = |port: &u16| {
            format!(
                "[[origin]]\norigin = \"http://localhost:{port}\"\n\
                 capabilities = [\"sign_in\"]\n"
            )
        };
        let admitted: String = self.admitted.iter().map(admitted).collect();
        format!("development = true\n\n{SERVER}{admitted}")
    }

    /// Starts one of the browsers, unless it runs.
    pub fn start(&mut self, with: With) -> Result<()> {
        let (programs, desktop, engine) = (&self.programs, &self.desktop, self.engine);
        let folder = self.folder.path().join(format!("{engine:?}"));
        match with {
            With::Everything if !self.full.contains_key(&engine) => {
                let instance = folder.join("host");
                let host = Host::with_policy(&instance, &self.policy())?;
                let environment = [("WARDKEY_INSTANCE", host.folder().to_owned())];
                let profile = folder.join("full");
                let installed = Installed::Everything;
                let browser = Browser::with(
                    engine,
                    programs,
                    &profile,
                    &environment,
                    desktop,
                    installed,
                    None,
                );
                let browser = self.runtime.block_on(browser)?;
                self.full.insert(engine, (browser, host));
            }
            With::Nothing if !self.bare.contains_key(&engine) => {
                let profile = folder.join("bare");
                let installed = Installed::Nothing;
                let browser =
                    Browser::with(engine, programs, &profile, &[], desktop, installed, None);
                let browser = self.runtime.block_on(browser)?;
                self.bare.insert(engine, browser);
            }
            _ => {}
        }
        Ok(())
    }
}

pub fn repository() -> &'static Path {
    let own = Path::new(env!("CARGO_MANIFEST_DIR"));
    own.parent().unwrap_or(own)
}

/// The packed package, as it is handed out.
pub fn tarball() -> PathBuf {
    repository().join(concat!("sdk-wasm/npm/wardkey-", env!("CARGO_PKG_VERSION"), ".tgz"))
}

/// Of the package's own tests.
pub fn fixtures() -> PathBuf {
    repository().join("sdk-wasm/npm/test/fixtures")
}

/// Which nobody talks to: sites are admitted at a server.
const SERVER: &str = r#"
[[server]]
url = "https://localhost:9"
name = "No server"
authority = "/nowhere.pem"

"#;
/// How many pages may be served.
const MOST_PAGES: usize = 60;
const PATIENCE: Duration = Duration::from_secs(20);
