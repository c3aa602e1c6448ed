//! What is handed out, installed as those who get it would.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value, json};
use tempfile::TempDir;
use wardkey_tests::stage::{Process, Programs, Relay, built};

use crate::ward::{ORIGIN, PORT};

type Test = fn() -> Result<()>;

pub const TRIALS: &[(&str, Test)] = &[
    ("package::the_deb_leaves_nothing_but_the_policy", deb),
    ("package::a_user_unpacks_installs_updates_and_uninstalls", tarball),
    ("package::a_developer_has_the_simulator_with_what_it_needs", simulator),
];

fn deb() -> Result<()> {
    const NAME: &str = "package::the_deb_leaves_nothing_but_the_policy";
    if !rustix::process::getuid().is_root() {
        println!("SKIPPED {NAME}: only root may install packages");
        return Ok(());
    }
    let folder = tempfile::tempdir()?;
    let package = packaged(&folder, "deb", "one")?;
    let again = packaged(&folder, "deb", "two")?;
    ensure!(fs::read(&package)? == fs::read(&again)?, "packaged twice, it is another package");

    let system = System::new(folder.path().join("system"))?;
    system.dpkg(&["--install", text(&package)?])?;
    let host = system.root.join("usr/bin/wardkey-host");
    let version = said(Command::new(&host).arg("--version"))?;
    for browser in ["etc/chromium", "etc/opt/chrome", "etc/opt/edge", "usr/lib/mozilla"] {
        let file = format!("{browser}/native-messaging-hosts/org.wardkey.host.json");
        let manifest: Value = serde_json::from_str(&system.read(&file)?)?;
        let path = manifest["path"].as_str().context("no path")?;
        ensure!(path == "/usr/bin/wardkey-host", "{browser}: {manifest}");
        let allowed =
            if browser.ends_with("mozilla") { "allowed_extensions" } else { "allowed_origins" };
        ensure!(manifest[allowed].as_array().is_some_and(|all| all.len() == 1), "{manifest}");
    }
    let manual = said(Command::new("gzip").arg("-dc").arg(system.root.join(MANUAL)))?;
    for command in commands(&host)? {
        ensure!(manual.contains(&format!("\n.B {command}")), "the manual has no `{command}`");
    }
    let example = system.root.join(EXAMPLE);
    said(Command::new(&host).args(["policy", "check"]).arg(example))?;

    system.write("etc/wardkey/policy.toml", "development = false\n")?;
    system.write("etc/wardkey/policy.d/10-ward.toml", "# nothing yet\n")?;
    let before = system.files()?;
    let later = later(&folder, &package)?;
    system.dpkg(&["--install", text(&later)?])?;
    ensure!(system.files()? == before, "the update has other files");
    ensure!(system.read("etc/wardkey/policy.toml")? == "development = false\n");
    ensure!(said(Command::new(&host).arg("--version"))? == version);

    system.dpkg(&["--purge", "wardkey-host"])?;
    let left = ["etc/wardkey/policy.d/10-ward.toml", "etc/wardkey/policy.toml"];
    ensure!(system.files()?.iter().eq(left), "left: {:?}", system.files()?);
    Ok(())
}

fn tarball() -> Result<()> {
    let folder = tempfile::tempdir()?;
    stripped(&folder, "libwardkey_ticket_api.so")?;
    let archive = packaged(&folder, "tarball", "one")?;
    let home = folder.path().join("home");
    let lib = home.join(".local/lib");
    fs::create_dir_all(&lib)?;
    let unpack = || said(Command::new("tar").arg("-xzf").arg(&archive).arg("-C").arg(&lib));
    unpack()?;
    let host = lib.join("wardkey-host/wardkey-host");
    let run = |command: &str| said(Command::new(&host).arg(command).env("HOME", &home));
    run("install")?;
    let manifests = files(&home)?;
    let manifests: Vec<_> =
        manifests.iter().filter(|file| file.ends_with("/org.wardkey.host.json")).collect();
    ensure!(manifests.len() == 6, "{manifests:?}");
    let named = || -> Result<()> {
        for file in &manifests {
            let manifest: Value = serde_json::from_str(&fs::read_to_string(home.join(file))?)?;
            ensure!(manifest["path"].as_str().map(Path::new) == Some(&*host), "{manifest}");
        }
        Ok(())
    };
    named()?;
    for file in ["LICENSE", "third-party-licences.txt", "docs/policy.md", "policy/policy.toml"] {
        ensure!(lib.join("wardkey-host").join(file).exists(), "no {file}");
    }

    calls_the_library(&lib.join("wardkey-host"))?;

    // The program is replaced, not written over: one that runs goes on.
    let inode =
        |path: &Path| fs::metadata(path).map(|file| std::os::unix::fs::MetadataExt::ino(&file));
    let before = fs::File::open(&host)?;
    let number = inode(&host)?;
    unpack()?;
    ensure!(inode(&host)? != number, "a running program was written over");
    drop(before);
    named()?;

    run("uninstall")?;
    fs::remove_dir_all(lib.join("wardkey-host"))?;
    ensure!(files(&home)?.is_empty(), "left: {:?}", files(&home)?);
    Ok(())
}

fn simulator() -> Result<()> {
    let folder = tempfile::tempdir()?;
    for program in ["wardkey-identity", "wardkey-simulator"] {
        stripped(&folder, program)?;
    }
    let archive = packaged(&folder, "simulator", "one")?;
    said(Command::new("tar").arg("-xzf").arg(&archive).arg("-C").arg(folder.path()))?;
    let unpacked = folder.path().join("wardkey-simulator");
    said(Command::new(unpacked.join("wardkey-host")).arg("--version"))?;
    let there = files(&unpacked)?;
    for file in
        ["wardkey-simulator", "wardkey-identity", "extension/manifest.json", "README.md", "LICENSE"]
    {
        ensure!(there.contains(file), "no {file}: {there:?}");
    }

    // It runs with what is in the folder, and with nothing of this repository's.
    let own = folder.path().join("own");
    let environment = [
        ("WARDKEY_INSTANCE", own.join("agent")),
        ("PCSCLITE_CSOCK_NAME", own.join("no-pcscd")),
        ("DISPLAY", PathBuf::new()),
        ("WAYLAND_DISPLAY", PathBuf::new()),
    ];
    let mut run = Command::new(unpacked.join("wardkey-simulator"));
    run.args(["run", "--answer", "--origin", ORIGIN, "--folder"]).arg(&own);
    let mut simulation = Process::start("simulator", run.envs(environment.clone()))?;
    simulation.wait_for_line("ready", Duration::from_secs(60))?;
    let programs = Programs { host: unpacked.join("wardkey-host"), ..Programs::find()? };
    let mut relay = Relay::start(&programs, &environment)?;
    relay.open(PORT, ORIGIN)?;
    let answer = relay.call(PORT, "sign_in", json!({}))?;
    ensure!(answer["ok"]["ticket"].is_string(), "{answer}");
    let mut quit = Command::new(unpacked.join("wardkey-simulator"));
    said(quit.arg("--folder").arg(&own).arg("quit")).map(drop)
}

/// A C program that is compiled with what the archive has, and nothing else.
fn calls_the_library(unpacked: &Path) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let (source, program) = (folder.path().join("version.c"), folder.path().join("version"));
    let text = "#include <wardkey_ticket_api.h>\nint main(void) { return GetDllVersion() == 0; }\n";
    fs::write(&source, text)?;
    let mut cc = Command::new("cc");
    cc.arg("-I").arg(unpacked).arg(&source).arg("-L").arg(unpacked);
    cc.arg(format!("-Wl,-rpath,{}", unpacked.display()));
    said(cc.args(["-lwardkey_ticket_api", "-o"]).arg(&program))?;
    said(&mut Command::new(program)).map(drop)
}

/// Puts a program of those built for tests among those that are packaged: small, as a release is.
fn stripped(folder: &TempDir, program: &str) -> Result<PathBuf> {
    let programs = folder.path().join("programs");
    fs::create_dir_all(&programs)?;
    let small = programs.join(program);
    said(Command::new("strip").arg("-o").arg(&small).arg(built(program)?))?;
    Ok(small)
}

/// Makes a package of the programs as they are built for tests.
fn packaged(folder: &TempDir, kind: &str, out: &str) -> Result<PathBuf> {
    let programs = folder.path().join("programs");
    if !programs.join("wardkey-host").exists() {
        stripped(folder, "wardkey-host")?;
    }
    let out = folder.path().join(out);
    let mut package = Command::new(built("xtask")?);
    said(package.args(["package", kind]).arg("--programs").arg(&programs).arg("--out").arg(&out))?;
    let made = fs::read_dir(&out)?.collect::<Result<Vec<_>, _>>()?;
    let package = made.iter().map(fs::DirEntry::path).find(|path| !path.ends_with("SHA256SUMS"));
    package.context("no package")
}

/// The same package under a later version.
fn later(folder: &TempDir, package: &Path) -> Result<PathBuf> {
    let (tree, later) = (folder.path().join("tree"), folder.path().join("later.deb"));
    said(Command::new("dpkg-deb").arg("--raw-extract").arg(package).arg(&tree))?;
    let control = tree.join("DEBIAN/control");
    let text = fs::read_to_string(&control)?;
    let version = text.lines().find(|line| line.starts_with("Version: ")).context("no version")?;
    fs::write(&control, text.replace(version, "Version: 99"))?;
    said(Command::new("dpkg-deb").args(["-Zgzip", "-z1", "--build"]).arg(&tree).arg(&later))?;
    Ok(later)
}

/// A folder that dpkg takes for a whole system.
struct System {
    root: PathBuf,
}

impl System {
    fn new(root: PathBuf) -> Result<Self> {
        for folder in ["info", "updates", "triggers"] {
            fs::create_dir_all(root.join(DPKG).join(folder))?;
        }
        fs::write(root.join(DPKG).join("status"), "")?;
        Ok(Self { root })
    }

    /// What the package depends on is on the real system.
    fn dpkg(&self, arguments: &[&str]) -> Result<()> {
        let mut dpkg = Command::new("dpkg");
        dpkg.arg("--root").arg(&self.root).args(["--force-depends", "--force-script-chrootless"]);
        said(dpkg.args(arguments)).map(drop)
    }

    /// A file as one who runs this system sees it: its links are below its root.
    fn read(&self, path: &str) -> Result<String> {
        let file = self.root.join(path);
        let file = match fs::read_link(&file) {
            Ok(link) => self.root.join(link.strip_prefix("/")?),
            Err(_) => file,
        };
        fs::read_to_string(&file).with_context(|| path.to_owned())
    }

    fn write(&self, path: &str, content: &str) -> Result<()> {
        Ok(fs::write(self.root.join(path), content)?)
    }

    /// Every file and link but dpkg's own.
    fn files(&self) -> Result<BTreeSet<String>> {
        let files = files(&self.root)?.into_iter();
        Ok(files.filter(|file| !file.starts_with(DPKG)).collect())
    }
}

/// The files and links below a folder.
fn files(folder: &Path) -> Result<BTreeSet<String>> {
    let found =
        said(Command::new("find").arg(folder).args(["!", "-type", "d", "-printf", "%P\n"]))?;
    Ok(found.lines().map(str::to_owned).collect())
}

/// The commands that the program tells of.
fn commands(host: &Path) -> Result<Vec<String>> {
    let help = said(Command::new(host).arg("--help"))?;
    let (_, list) = help.split_once("Commands:\n").context("no commands")?;
    let names = list.lines().take_while(|line| line.starts_with("  ")).filter_map(|line| {
        line.strip_prefix("  ")?.split(' ').next().filter(|name| !name.is_empty())
    });
    Ok(names.filter(|name| *name != "help").map(str::to_owned).collect())
}

/// What a program prints, which has to succeed.
fn said(command: &mut Command) -> Result<String> {
    let output = command.output().with_context(|| format!("{command:?}"))?;
    let errors = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "{command:?}: {}\n{errors}", output.status);
    Ok(String::from_utf8(output.stdout)?)
}

fn text(path: &Path) -> Result<&str> {
    path.to_str().context("a path that is no text")
}

const DPKG: &str = "var/lib/dpkg";
const MANUAL: &str = "usr/share/man/man1/wardkey-host.1.gz";
const EXAMPLE: &str = "usr/share/doc/wardkey-host/examples/policy/policy.toml";
