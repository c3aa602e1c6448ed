use std::{
    env, fs,
    io::Write as _,
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
};

use anyhow::{Context as _, Result, ensure};

use super::Desktop;

/// Windows' programs under Wine, in a prefix of its own, and without a display until it has one.
#[derive(Debug)]
pub struct Wine {
    loader: PathBuf,
    prefix: PathBuf,
    programs: PathBuf,
    display: String,
}

impl Wine {
    /// Makes the prefix; `cargo xtask test windows` says where Wine and the built programs are.
    ///
    /// # Errors
    ///
    /// What Wine says.
    pub fn start(prefix: &Path) -> Result<Self> {
        let told = |name: &str| {
            let value = env::var_os(name).map(PathBuf::from);
            value.with_context(|| format!("no {name}: run it by `cargo xtask test windows`"))
        };
        let (loader, programs) = (told("WARDKEY_WINE")?, told("WARDKEY_WINDOWS")?);
        let (prefix, display) = (prefix.to_owned(), String::new());
        let wine = Self { loader, prefix, programs, display };
        said(wine.command("wineboot").arg("--init"))?;
        Ok(wine)
    }

    /// Compiles a library that this Wine lacks and puts it among Windows' own; `false` where it has it.
    ///
    /// # Errors
    ///
    /// What the compiler says.
    pub fn stand_in(&self, source: &Path) -> Result<bool> {
        let name = source.with_extension("dll");
        let name = name.file_name().context("no name")?;
        let library = self.here(r"C:\windows\system32")?.join(name);
        if library.exists() {
            return Ok(false);
        }
        Self::compile(&[source, Path::new("-shared")], &library)?;
        Ok(true)
    }

    /// Compiles C for Windows.
    ///
    /// # Errors
    ///
    /// What the compiler says.
    pub fn compile(arguments: &[&Path], program: &Path) -> Result<()> {
        let mut compiler = Command::new("x86_64-w64-mingw32-gcc");
        compiler.args(["-Wall", "-Wextra", "-Werror", "-s", "-o"]).arg(program).args(arguments);
        said(&mut compiler).map(drop)
    }

    /// A program of Windows' own, such as `reg`, or one by its path; it is ended where it does not end.
    #[must_use]
    pub fn command(&self, program: impl AsRef<Path>) -> Command {
        let mut command = Command::new("timeout");
        command
            .arg(LONGEST)
            .arg(&self.loader)
            .arg(program.as_ref())
            .envs(self.environment())
            .stdin(Stdio::null());
        command
    }

    /// One that was built for Windows.
    #[must_use]
    pub fn built(&self, program: &str) -> Command {
        self.command(self.program(program))
    }

    /// The file of one that was built for Windows.
    #[must_use]
    pub fn program(&self, program: &str) -> PathBuf {
        self.programs.join(program)
    }

    /// What every program under Wine is started with.
    #[must_use]
    pub fn environment(&self) -> Vec<(&'static str, PathBuf)> {
        vec![
            ("WINEPREFIX", self.prefix.clone()),
            ("WINEDEBUG", PathBuf::from("-all")),
            // Neither a .NET nor a browser to be installed, nor links on the desktop.
            ("WINEDLLOVERRIDES", PathBuf::from("mscoree,mshtml,winemenubuilder.exe=")),
            ("DISPLAY", PathBuf::from(&self.display)),
            ("WAYLAND_DISPLAY", PathBuf::new()),
        ]
    }

    /// Ends whatever runs, and has what is started from now on show its windows on a desktop: a display
    /// is for all of Windows' programs or for none.
    pub fn show_on(&mut self, desktop: &Desktop) {
        self.end();
        desktop.display().clone_into(&mut self.display);
    }

    /// Makes a script of this computer's that runs a program that was built for Windows.
    ///
    /// # Errors
    ///
    /// What the disk says.
    pub fn script(&self, program: &str, file: &Path) -> Result<()> {
        let mut options = fs::File::options();
        let mut script = options.write(true).create_new(true).mode(0o755).open(file)?;
        let (loader, program) = (self.loader.display(), self.program(program));
        writeln!(script, "#!/bin/sh\nexec '{loader}' '{}' \"$@\"", program.display())?;
        Ok(())
    }

    /// The value of a variable in Windows' own environment.
    ///
    /// # Errors
    ///
    /// Where there is none.
    pub fn variable(&self, name: &str) -> Result<String> {
        let shown = format!("%{name}%");
        let value = said(self.command("cmd").args(["/c", "echo", &shown]))?.trim().to_owned();
        ensure!(value != shown && !value.is_empty(), "there is no {name}");
        Ok(value)
    }

    /// Where on this computer a file of Windows' drive `C:` lies.
    ///
    /// # Errors
    ///
    /// Where it is on another drive.
    pub fn here(&self, path: &str) -> Result<PathBuf> {
        let below = path.strip_prefix(r"C:\").with_context(|| path.to_owned())?;
        Ok(self.prefix.join("drive_c").join(below.replace('\\', "/")))
    }

    /// A path of this computer, as Windows' programs have it.
    #[must_use]
    pub fn there(path: &Path) -> String {
        format!("Z:{}", path.display().to_string().replace('/', r"\"))
    }
}

impl Wine {
    /// Whatever runs in this prefix ends with its server.
    fn end(&self) {
        let beside = |name| self.loader.with_file_name(name);
        let servers = [beside("wineserver64"), beside("wineserver"), "wineserver".into()];
        let ends = |server: &PathBuf, how: &str| {
            Command::new(server).arg(how).envs(self.environment()).status().is_ok()
        };
        if let Some(server) = servers.iter().find(|server| ends(server, "--kill")) {
            ends(server, "--wait");
        }
    }
}

impl Drop for Wine {
    fn drop(&mut self) {
        self.end();
    }
}

/// What a program printed, where it ended well.
fn said(command: &mut Command) -> Result<String> {
    let Output { status, stdout, stderr } = command.output()?;
    ensure!(status.success(), "{command:?}: {status} {}", String::from_utf8_lossy(&stderr));
    Ok(String::from_utf8_lossy(&stdout).into_owned())
}

/// In seconds.
const LONGEST: &str = "240";
