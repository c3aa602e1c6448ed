//! An authority made on the spot by OpenSSL, with whom programs of others sign and stamp.

use std::{
    fs,
    io::{Read as _, Write as _},
    net::{SocketAddr, TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::Command,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread,
};

use anyhow::{Context as _, Result, ensure};

/// An authority, those whom it certified, and its list.
pub struct Trust {
    folder: tempfile::TempDir,
}

impl Trust {
    /// With its list at this address, where certificates name one.
    pub fn new(list_url: &str) -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let configuration = CONFIGURATION.replace("LIST_URL", list_url);
        fs::write(folder.path().join("openssl.cnf"), configuration)?;
        fs::write(folder.path().join("index.txt"), "")?;
        fs::write(folder.path().join("number"), "01\n")?;
        fs::write(folder.path().join("serial"), "01\n")?;
        let trust = Self { folder };
        trust.openssl(
            "req -x509 -new -config openssl.cnf -newkey rsa:2048 -nodes -keyout root.key \
             -subj /O=nhs/OU=CA/CN=Outsiders_Root -extensions authority -days 30 -out root.pem",
        )?;
        trust.openssl("ca -config openssl.cnf -gencrl -crldays 30 -out root.crl")?;
        trust.openssl("crl -in root.crl -outform DER -out root.der")?;
        Ok(trust)
    }

    /// Certifies a new key, `NAME.key` and `NAME.pem`: of this kind, with these extensions.
    pub fn certify(&self, name: &str, kind: &str, extensions: &str) -> Result<()> {
        let subject = format!("/O=nhs/OU=People/CN={name}");
        self.openssl(&format!("genpkey {kind} -out {name}.key"))?;
        self.openssl(&format!("req -new -key {name}.key -subj {subject} -out {name}.csr"))?;
        self.openssl(&format!(
            "ca -config openssl.cnf -batch -notext -extensions {extensions} \
             -startdate 20260101000000Z -days 365 -in {name}.csr -out {name}.pem"
        ))
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn openssl(&self, arguments: &str) -> Result<()> {
        openssl(self.folder.path(), arguments)
    }
}

/// A timestamp authority that answers on the loopback, and serves the list of its own authority.
pub struct TimestampAuthority {
    pub trust: Arc<Trust>,
    address: SocketAddr,
    stopped: Arc<AtomicBool>,
    thread: Option<thread::JoinHandle<()>>,
}

impl TimestampAuthority {
    pub fn start() -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let address = listener.local_addr()?;
        let trust = Arc::new(Trust::new(&format!("http://{address}/list"))?);
        trust.certify("tsa", "-algorithm RSA -pkeyopt rsa_keygen_bits:2048", "stamper")?;
        let stopped = Arc::new(AtomicBool::new(false));
        let (served, stop) = (Arc::clone(&trust), Arc::clone(&stopped));
        let thread = thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                if stop.load(Ordering::SeqCst) {
                    return;
                }
                // Who asks wrongly gets no answer.
                let _ = answer(stream, served.folder.path());
            }
        });
        Ok(Self { trust, address, stopped, thread: Some(thread) })
    }

    pub fn url(&self) -> String {
        format!("http://{}/stamp", self.address)
    }

    /// A policy that has timestamps of this authority, and believes them.
    pub fn named_in(&self, policy: &str) -> Result<String> {
        stamping(policy, &self.url(), &self.trust)
    }

    /// From now on nobody answers.
    pub fn stop(&mut self) {
        self.stopped.store(true, Ordering::SeqCst);
        drop(TcpStream::connect(self.address));
        if let Some(thread) = self.thread.take() {
            drop(thread.join());
        }
    }
}

/// A policy that has timestamps from this address, and believes those of this authority.
pub fn stamping(policy: &str, url: &str, trust: &Trust) -> Result<String> {
    const KEY: &str = "signing_policy = ";
    let anchor = trust.path("root.pem").display().to_string();
    let named =
        format!("timestamp_authority = \"{url}\"\ntimestamp_anchors = [\"{anchor}\"]\n{KEY}");
    let stamped = policy.replacen(KEY, &named, 1);
    ensure!(stamped != policy, "the policy has another shape");
    Ok(stamped)
}

impl Drop for TimestampAuthority {
    fn drop(&mut self) {
        self.stop();
    }
}

fn answer(mut stream: TcpStream, folder: &Path) -> Result<()> {
    let mut request = Vec::new();
    let end = loop {
        let mut buffer = [0; 4096];
        let read = stream.read(&mut buffer)?;
        ensure!(read > 0, "cut off");
        request.extend_from_slice(&buffer[..read]);
        if let Some(end) = request.windows(4).position(|window| window == b"\r\n\r\n") {
            break end + 4;
        }
    };
    let head = String::from_utf8_lossy(&request[..end]).to_ascii_lowercase();
    let (kind, body) = if head.starts_with("get /list ") {
        ("application/pkix-crl", fs::read(folder.join("root.der"))?)
    } else {
        let length = head.split("content-length: ").nth(1).context("no length")?;
        let length: usize = length.split("\r\n").next().unwrap_or_default().parse()?;
        ensure!(head.contains("application/timestamp-query"), "another media type");
        let mut query = request.split_off(end);
        while query.len() < length {
            let mut buffer = vec![0; length - query.len()];
            let read = stream.read(&mut buffer)?;
            ensure!(read > 0, "cut off");
            query.extend_from_slice(&buffer[..read]);
        }
        fs::write(folder.join("query"), query)?;
        openssl(folder, "ts -reply -config openssl.cnf -queryfile query -out answer")?;
        ("application/timestamp-reply", fs::read(folder.join("answer"))?)
    };
    let length = body.len();
    let head = format!(
        "HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nContent-Length: {length}\r\n\
         Connection: close\r\n\r\n"
    );
    stream.write_all(head.as_bytes())?;
    Ok(stream.write_all(&body)?)
}

fn openssl(folder: &Path, arguments: &str) -> Result<()> {
    let mut command = Command::new("openssl");
    let output = command.args(arguments.split_whitespace()).current_dir(folder).output()?;
    ensure!(output.status.success(), "{arguments}: {}", String::from_utf8_lossy(&output.stderr));
    Ok(())
}

const CONFIGURATION: &str = "
[req]
distinguished_name = name
[name]
[ca]
default_ca = synthetic
[synthetic]
private_key = root.key
certificate = root.pem
new_certs_dir = .
database = index.txt
rand_serial = yes
crlnumber = number
default_md = sha256
policy = any
crl_extensions = list
[any]
organizationName = optional
organizationalUnitName = optional
commonName = supplied
[authority]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash
[signer]
basicConstraints = critical, CA:FALSE
keyUsage = critical, nonRepudiation
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
subjectAltName = email:signer@wardkey.example
[stamper]
basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature
extendedKeyUsage = critical, timeStamping
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
crlDistributionPoints = URI:LIST_URL
[list]
authorityKeyIdentifier = keyid
[tsa]
default_tsa = one
[one]
serial = serial
signer_cert = tsa.pem
signer_key = tsa.key
signer_digest = sha256
default_policy = 1.2.3.4
digests = sha256, sha384, sha512
ess_cert_id_alg = sha256
accuracy = secs:1
";
