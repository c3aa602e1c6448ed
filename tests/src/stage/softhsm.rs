use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context as _, Result};

use super::{
    Identity, PASSCODE, User,
    identity::{Certificate, Purpose},
    process::run,
};

/// An algorithm and its option.
type Kind = (&'static str, &'static str);

/// A SoftHSM2 token with a user's two keys and certificates: a card without a reader.
#[derive(Debug)]
pub struct SoftToken {
    configuration: PathBuf,
}

impl SoftToken {
    /// Makes a token.
    ///
    /// # Errors
    ///
    /// What `softhsm2-util`, `pkcs11-tool`, `openssl` or the Identity Server's `issue` says.
    pub fn for_user(identity: &Identity, folder: &Path, user: User) -> Result<Self> {
        Self::with_keys(identity, folder, user, Self::RSA)
    }

    /// The same with keys of this kind, as `openssl genpkey` takes it.
    ///
    /// # Errors
    ///
    /// As [`SoftToken::for_user`].
    pub fn with_keys(identity: &Identity, folder: &Path, user: User, kind: Kind) -> Result<Self> {
        let tokens = folder.join("tokens");
        fs::create_dir_all(&tokens)?;
        let configuration = folder.join("softhsm2.conf");
        let text = format!(
            "directories.tokendir = {}\nobjectstore.backend = file\nlog.level = ERROR\n",
            tokens.display()
        );
        fs::write(&configuration, text)?;
        let token = Self { configuration };
        let mut init = token.command("softhsm2-util");
        init.args(["--init-token", "--free", "--label", LABEL]);
        init.args(["--so-pin", Self::OFFICER, "--pin", PASSCODE]);
        run(&mut init).context("softhsm2-util")?;
        token.add_key(identity, folder, user, Purpose::Login, kind, "01")?;
        token.add_key(identity, folder, user, Purpose::Content, kind, "02")?;
        Ok(token)
    }

    /// SoftHSM's configuration, for `SOFTHSM2_CONF`.
    #[must_use]
    pub fn configuration(&self) -> &Path {
        &self.configuration
    }

    fn add_key(
        &self,
        identity: &Identity,
        folder: &Path,
        user: User,
        purpose: Purpose,
        (algorithm, option): Kind,
        id: &str,
    ) -> Result<()> {
        let file = |ending: &str| folder.join(format!("{}.{ending}", purpose.slot()));
        let mut generate = Command::new("openssl");
        generate.args(["genpkey", "-algorithm", algorithm, "-pkeyopt", option, "-out"]);
        run(generate.arg(file("key.pem")))?;
        let mut import = self.command("softhsm2-util");
        import.arg("--import").arg(file("key.pem")).args(["--token", LABEL, "--pin", PASSCODE]);
        run(import.args(["--id", id, "--label", purpose.slot()]))?;
        let mut public = Command::new("openssl");
        public.args(["pkey", "-pubout", "-in"]).arg(file("key.pem"));
        run(public.arg("-out").arg(file("pub.pem")))?;
        let (key, certificate) = (file("pub.pem"), file("crt.pem"));
        identity.issue(user, purpose, Certificate::Ordinary, &key, &certificate)?;
        let mut to_der = Command::new("openssl");
        to_der.args(["x509", "-outform", "DER", "-in"]).arg(&certificate);
        run(to_der.arg("-out").arg(file("crt.der")))?;
        let mut write = self.tool();
        write.args(["--login", "--pin", PASSCODE, "--type", "cert", "--id", id, "--write-object"]);
        run(write.arg(file("crt.der"))).map(drop)
    }

    fn tool(&self) -> Command {
        let mut tool = self.command("pkcs11-tool");
        tool.args(["--module", Self::MODULE, "--token-label", LABEL]);
        tool
    }

    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command.env("SOFTHSM2_CONF", &self.configuration);
        command
    }

    const RSA: Kind = ("RSA", "rsa_keygen_bits:2048");

    /// The security officer's passcode.
    pub const OFFICER: &str = "12345678";

    /// The module, for a policy's `cards.modules`.
    pub const MODULE: &str = "/usr/lib/softhsm/libsofthsm2.so";
}

const LABEL: &str = "wardkey";
