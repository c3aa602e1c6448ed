//! A PostgreSQL server of the tests' own, on loopback, that ends with the process.

use std::{
    io::Write as _,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{
        OnceLock,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use super::ports::free_port;

/// The address of a new, empty database; `None`, said by name: PostgreSQL is not installed.
pub fn database(test: &str) -> Option<String> {
    static SERVER: OnceLock<Option<Postgres>> = OnceLock::new();
    static NUMBER: AtomicU32 = AtomicU32::new(0);
    let Some(server) = SERVER.get_or_init(Postgres::start) else {
        println!("SKIPPED {test} (PostgreSQL is not installed)");
        return None;
    };
    let name = format!("test_{}", NUMBER.fetch_add(1, Ordering::SeqCst));
    server.create(&name);
    Some(server.address(&name))
}

/// A running server.
pub struct Postgres {
    programs: PathBuf,
    folder: PathBuf,
    port: u16,
    /// A shell that ends the server and removes its folder when its input ends, as it does when
    /// this process dies.
    watch: Child,
}

impl Postgres {
    /// `None`: not installed.
    pub fn start() -> Option<Self> {
        let programs = programs()?;
        let folder = tempfile::tempdir().unwrap().keep();
        let data = folder.join("data");
        if is_root() {
            let owned = Command::new("chown").arg("postgres").arg(&folder).status();
            assert!(owned.unwrap().success());
        }
        let mut init = as_postgres(&programs.join("initdb"));
        init.args(["-U", "wardkey", "--auth=trust", "-E", "UTF8", "--no-sync", "-D"]).arg(&data);
        assert!(init.stdout(Stdio::null()).status().unwrap().success(), "initdb");
        let port = free_port().unwrap();
        let watch = serve(&programs, &folder, port);
        let server = Self { programs, folder, port, watch };
        server.wait();
        Some(server)
    }

    /// Ends the server; what it holds stays.
    pub fn stop(&mut self) {
        let mut input = self.watch.stdin.take().unwrap();
        writeln!(input, "keep").unwrap();
        self.watch.wait().unwrap();
    }

    /// Starts the server again.
    pub fn resume(&mut self) {
        self.watch = serve(&self.programs, &self.folder, self.port);
        self.wait();
    }

    /// Makes a database.
    pub fn create(&self, name: &str) {
        let made = self.client("createdb").arg(name).status().unwrap();
        assert!(made.success(), "createdb");
    }

    /// The address of a database.
    pub fn address(&self, name: &str) -> String {
        format!("postgres://wardkey@127.0.0.1:{}/{name}", self.port)
    }

    fn wait(&self) {
        for _ in 0..200 {
            let ready = self.client("pg_isready").stdout(Stdio::null()).status().unwrap();
            if ready.success() {
                return;
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        panic!("PostgreSQL does not start");
    }

    fn client(&self, program: &str) -> Command {
        let mut command = Command::new(self.programs.join(program));
        command.args(["-h", "127.0.0.1", "-U", "wardkey", "-p", &self.port.to_string()]);
        command
    }
}

fn serve(programs: &Path, folder: &Path, port: u16) -> Child {
    let mut serve = as_postgres(&programs.join("postgres"));
    serve.arg("-D").arg(folder.join("data")).args(["-p", &port.to_string(), "-k"]).arg(folder);
    serve.args(["-c", "listen_addresses=127.0.0.1", "-c", "max_connections=300"]);
    let script = r#"folder=$1; shift; "$@" & read word; kill -INT $!; wait
        [ "$word" = keep ] || rm -rf "$folder""#;
    Command::new("sh")
        .args(["-c", script, "sh"])
        .arg(folder)
        .arg(serve.get_program())
        .args(serve.get_args())
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

/// Debian keeps them beside each other by version, and out of the path.
fn programs() -> Option<PathBuf> {
    let mut folders: Vec<PathBuf> = std::fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .filter_map(|entry| Some(entry.ok()?.path().join("bin")))
        .chain(std::env::var_os("PATH").iter().flat_map(std::env::split_paths))
        .filter(|folder| ["initdb", "pg_isready"].iter().all(|name| folder.join(name).exists()))
        .collect();
    folders.sort();
    folders.pop()
}

/// PostgreSQL refuses to run as root.
fn as_postgres(program: &Path) -> Command {
    if !is_root() {
        return Command::new(program);
    }
    let mut command = Command::new("setpriv");
    command.args(["--reuid=postgres", "--regid=postgres", "--clear-groups"]).arg(program);
    command
}

fn is_root() -> bool {
    use std::os::unix::fs::MetadataExt as _;
    std::fs::metadata("/proc/self").is_ok_and(|process| process.uid() == 0)
}
