//! An OpenLDAP server of a test's own, on loopback, that ends with it.

use std::{
    net::TcpStream,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};

/// A running server.
pub struct Slapd {
    folder: PathBuf,
    url: String,
    port: u16,
    /// A shell that ends the server when its input ends, as it does when this process dies.
    watch: Option<Child>,
}

/// The keys of a server with TLS, which asks for a certificate of these authorities.
pub struct Tls<'a> {
    pub certificate: &'a Path,
    pub key: &'a Path,
    pub client_authorities: &'a Path,
}

/// The one who may read.
pub const READER: &str = "cn=reader,o=nhs";
pub const PASSWORD: &str = "swordfish";

impl Slapd {
    /// A server of the entries of an LDIF; `None`, said by name: OpenLDAP is not installed.
    pub fn start(test: &str, ldif: &str, tls: Option<&Tls<'_>>) -> Option<Self> {
        if ![PROGRAM, LOADER].iter().all(|program| Path::new(program).exists()) {
            println!("SKIPPED {test} (slapd is not installed)");
            return None;
        }
        let folder = tempfile::tempdir().unwrap().keep();
        std::fs::create_dir(folder.join("data")).unwrap();
        std::fs::write(folder.join("nhs.schema"), include_str!("nhs.schema")).unwrap();
        std::fs::write(folder.join("slapd.conf"), configuration(&folder, tls)).unwrap();
        std::fs::write(folder.join("data.ldif"), ldif).unwrap();
        let mut load = Command::new(LOADER);
        load.arg("-f").arg(folder.join("slapd.conf")).arg("-l").arg(folder.join("data.ldif"));
        let loaded = load.output().unwrap();
        assert!(loaded.status.success(), "{}", String::from_utf8_lossy(&loaded.stderr));
        let port = crate::ports::free_port().unwrap();
        let url = match tls {
            Some(_) => format!("ldaps://localhost:{port}"),
            None => format!("ldap://127.0.0.1:{port}"),
        };
        let mut server = Self { folder, url, port, watch: None };
        server.resume();
        Some(server)
    }

    /// Where it is.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Ends the server; its entries stay.
    pub fn stop(&mut self) {
        let Some(mut watch) = self.watch.take() else { return };
        drop(watch.stdin.take());
        watch.wait().unwrap();
    }

    /// Starts the server again.
    pub fn resume(&mut self) {
        let watch = Command::new("sh")
            .args(["-c", r#""$@" & read _; kill -INT $!; wait"#, "sh", PROGRAM])
            .arg("-f")
            .arg(self.folder.join("slapd.conf"))
            .args(["-h", &self.url, "-d", "0"])
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn();
        self.watch = Some(watch.unwrap());
        for _ in 0..200 {
            if TcpStream::connect(("127.0.0.1", self.port)).is_ok() {
                return;
            }
            std::thread::sleep(Duration::from_millis(25));
        }
        panic!("slapd does not start");
    }

    /// Changes entries, given as LDIF with kinds of change.
    pub fn change(&self, ldif: &str) {
        let file = self.folder.join("change.ldif");
        std::fs::write(&file, ldif).unwrap();
        let mut modify = Command::new("ldapmodify");
        modify.args(["-x", "-H", &self.url, "-D", "cn=root,o=nhs", "-w", PASSWORD]);
        let modified = modify.arg("-f").arg(&file).output().unwrap();
        assert!(modified.status.success(), "{}", String::from_utf8_lossy(&modified.stderr));
    }
}

impl Drop for Slapd {
    fn drop(&mut self) {
        self.stop();
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// Nobody reads without a name; the reader's is an entry outside of the people.
fn configuration(folder: &Path, tls: Option<&Tls<'_>>) -> String {
    let folder = folder.display();
    let tls = tls.map_or_else(String::new, |tls| {
        format!(
            "TLSCertificateFile {}\nTLSCertificateKeyFile {}\nTLSCACertificateFile {}\n\
             TLSVerifyClient demand\n",
            tls.certificate.display(),
            tls.key.display(),
            tls.client_authorities.display()
        )
    });
    format!(
        "include /etc/ldap/schema/core.schema\ninclude /etc/ldap/schema/cosine.schema\n\
         include /etc/ldap/schema/inetorgperson.schema\ninclude {folder}/nhs.schema\n\
         modulepath /usr/lib/ldap\nmoduleload back_mdb\npidfile {folder}/pid\n{tls}\
         database mdb\nsuffix o=nhs\ndirectory {folder}/data\nrootdn cn=root,o=nhs\n\
         rootpw {PASSWORD}\nmaxsize 16777216\n\
         access to dn.exact={READER} by anonymous auth by * none\n\
         access to * by dn.exact={READER} read by * none\n"
    )
}

const PROGRAM: &str = "/usr/sbin/slapd";
const LOADER: &str = "/usr/sbin/slapadd";
