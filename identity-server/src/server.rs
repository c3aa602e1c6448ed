mod upkeep;

use std::{
    net::{SocketAddr, TcpListener},
    path::{Path, PathBuf},
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use axum::Router;
use axum_server::{Handle, tls_rustls::RustlsConfig};
use tokio::task::{JoinHandle, JoinSet};
use tracing::{error, info};

use crate::{
    AssertionKey, AssertionKeyError, Clock, Config, ConfigError, Directory, DirectoryError,
    Identity, KeyFiles, LoginTrust, Random, Rules, TrustError,
    audit::HEAD_FILE,
    courier::{self, Courier},
    demo::{Demo, DemoError},
    directory::{KeptDirectory, LdapDirectory, LdapSettingsError, People},
    http,
    oidc::Provider,
    registry::{Registry, RegistryError, WrappingKey},
    store::{Store, StoreError},
    telemetry,
};

/// A server that runs: TLS, revocation lists, and what has to be done from time to time.
pub struct Server {
    address: SocketAddr,
    crl_address: SocketAddr,
    handles: Vec<Handle<SocketAddr>>,
    tasks: JoinSet<std::io::Result<()>>,
    upkeep: [JoinHandle<()>; 4],
    identity: Arc<Identity>,
    store: Store,
    drain: Duration,
}

/// Where a server listens; bound already, so that a test can leave the port to the system.
pub struct Listeners {
    /// For TLS.
    pub https: TcpListener,
    /// For the revocation lists.
    pub crl: TcpListener,
    /// For metrics.
    pub metrics: Option<TcpListener>,
}

/// Why a server can't start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// The assertion key can't be used.
    #[error(transparent)]
    AssertionKey(#[from] AssertionKeyError),
    /// The configuration can't be used.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The demo's revocation lists can't be reissued.
    #[error(transparent)]
    Demo(#[from] DemoError),
    /// The directory can't be used.
    #[error(transparent)]
    Directory(#[from] DirectoryError),
    /// The directory of `[ldap]` can't be asked like this.
    #[error(transparent)]
    Ldap(#[from] LdapSettingsError),
    /// A file can't be read, or an address can't be bound.
    #[error("{what}: {error}")]
    Io {
        /// The file or address.
        what: String,
        /// Why.
        error: std::io::Error,
    },
    /// What is registered can't be read.
    #[error(transparent)]
    Registry(#[from] RegistryError),
    /// The database can't be used.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The trust anchors can't be used.
    #[error(transparent)]
    Trust(#[from] TrustError),
}

impl Listeners {
    /// Binds the addresses of a configuration.
    ///
    /// # Errors
    /// [`StartError::Io`] when one can't be bound.
    pub fn bind(config: &Config) -> Result<Self, StartError> {
        let bind = |address: SocketAddr| {
            TcpListener::bind(address)
                .map_err(|error| StartError::Io { what: address.to_string(), error })
        };
        Ok(Self {
            https: bind(config.listen)?,
            crl: bind(config.crl_listen)?,
            metrics: config.metrics_listen.map(bind).transpose()?,
        })
    }
}

impl Server {
    /// Starts the server of a folder.
    ///
    /// # Errors
    /// [`StartError`] when something of its configuration can't be used.
    pub async fn start(
        folder: &Path,
        listeners: Listeners,
        clock: Arc<dyn Clock>,
        random: Arc<dyn Random>,
    ) -> Result<Self, StartError> {
        let config = Config::read(folder)?;
        let demo = config.demo.then(|| Demo::new(folder));
        if let Some(demo) = &demo {
            demo.reissue_lists(clock.now())?;
        }
        let store = Store::open(&config.database(folder), &config.node).await?;
        let identity = identity(&config, folder, store.clone(), Arc::clone(&clock), random).await?;
        identity.rules.trust.check_anchors()?;
        let identity = Arc::new(identity);

        // A second server in one process finds the provider installed, which is as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let tls = match &config.tls {
            Some(key) => Some(tls(key).await?),
            None => None,
        };
        let door = http::Door {
            proxies: Arc::new(config.proxy.clone()),
            limits: Arc::clone(&identity.limits),
        };
        let wrapping = Arc::clone(&identity.rules.wrapping);
        let registry = Registry::open(store.clone(), wrapping, clock.now()).await?;
        let outside = courier::http(&config.relying_party_authorities)
            .map_err(|(path, error)| StartError::Io { what: path.display().to_string(), error })?;
        let provider = Arc::new(Provider::new(Arc::clone(&identity), registry, outside.clone()));
        let sdk = config.sdk.as_deref();
        let pages = http::pages(Arc::clone(&identity), Arc::clone(&provider), sdk, door);
        let mut running = Running::default();
        let address = running.serve(listeners.https, pages, tls)?;
        let lists = http::lists(config.trust.crl_folder.clone());
        let crl_address = running.serve(listeners.crl, lists, None)?;
        if let Some(listener) = listeners.metrics {
            telemetry::recorder();
            running.serve(listener, http::metrics(), None)?;
        }
        let Running { handles, tasks } = running;
        let courier = tokio::spawn(Courier::new(Arc::clone(&provider), outside).run());
        let watch = tokio::spawn(upkeep::watch_people(Arc::clone(&identity)));
        let settling = tokio::spawn(upkeep::settle_sessions(Arc::clone(&identity)));
        let upkeep = tokio::spawn(upkeep::keep_up(Arc::clone(&provider), demo, clock));
        info!(%address, %crl_address, server = %config.public_url, "serving");
        Ok(Self {
            address,
            crl_address,
            handles,
            tasks,
            upkeep: [upkeep, courier, settling, watch],
            identity,
            store,
            drain: Duration::from_secs(u64::from(config.drain_seconds)),
        })
    }

    /// Where TLS is served.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Where the revocation lists are served.
    #[must_use]
    pub fn crl_address(&self) -> SocketAddr {
        self.crl_address
    }

    /// Runs until one of the listeners fails.
    ///
    /// # Errors
    /// That of the listener.
    pub async fn run(&mut self) -> std::io::Result<()> {
        match self.tasks.join_next().await {
            Some(Ok(ended)) => ended,
            Some(Err(error)) => Err(std::io::Error::other(error)),
            None => Ok(()),
        }
    }

    /// Stops: says so by `/ready` for as long as configured, and then open requests are answered,
    /// for [`GRACE`] at most.
    pub async fn stop(mut self) {
        self.identity.stopping.store(true, Ordering::Relaxed);
        tokio::time::sleep(self.drain).await;
        for handle in &self.handles {
            handle.graceful_shutdown(Some(GRACE));
        }
        self.upkeep.iter().for_each(JoinHandle::abort);
        while self.tasks.join_next().await.is_some() {}
        if let Err(error) = self.identity.checkpoint().await {
            error!(%error, "signing a checkpoint of the audit log");
        }
        self.store.close().await;
    }
}

/// What listens, and how it is stopped.
#[derive(Default)]
struct Running {
    handles: Vec<Handle<SocketAddr>>,
    tasks: JoinSet<std::io::Result<()>>,
}

impl Running {
    /// Serves pages at a listener, over TLS where there is a key; gives its address.
    fn serve(
        &mut self,
        listener: TcpListener,
        pages: Router,
        tls: Option<RustlsConfig>,
    ) -> Result<SocketAddr, StartError> {
        let unusable = |error| StartError::Io { what: "listener".to_owned(), error };
        listener.set_nonblocking(true).map_err(unusable)?;
        let address = listener.local_addr().map_err(unusable)?;
        let handle = Handle::new();
        self.handles.push(handle.clone());
        let pages = pages.into_make_service_with_connect_info::<SocketAddr>();
        match tls {
            Some(tls) => {
                let server = axum_server::from_tcp_rustls(listener, tls).map_err(unusable)?;
                self.tasks.spawn(bounded(server.handle(handle)).serve(pages));
            }
            None => {
                let server = axum_server::from_tcp(listener).map_err(unusable)?;
                self.tasks.spawn(bounded(server.handle(handle)).serve(pages));
            }
        }
        Ok(address)
    }
}

/// Speaks HTTP/1.1, and waits for nobody for long.
fn bounded<A>(server: axum_server::Server<SocketAddr, A>) -> axum_server::Server<SocketAddr, A> {
    let mut server = server.http1_only().first_request_timeout(http::REQUEST_TIMEOUT);
    server.http_builder().http1().header_read_timeout(HEADER_TIMEOUT).max_buf_size(MAX_HEADERS);
    server
}

/// The rules of this configuration, of a folder, over its database.
pub(crate) async fn identity(
    config: &Config,
    folder: &Path,
    store: Store,
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
) -> Result<Identity, StartError> {
    let people = people(config, &store, &clock).await?;
    let rules = rules(config, folder)?;
    rules.trust.refresh(&store).await?;
    Ok(Identity::new(store, people, rules, clock, random))
}

/// Where people come from; a new database gets those of the configured file.
pub(crate) async fn people(
    config: &Config,
    store: &Store,
    clock: &Arc<dyn Clock>,
) -> Result<People, StartError> {
    if let Some(settings) = &config.ldap {
        return Ok(People::Ldap(Box::new(LdapDirectory::new(settings, Arc::clone(clock))?)));
    }
    let kept = KeptDirectory::open(store.clone()).await?;
    if let (true, Some(users)) = (kept.is_new(), &config.users) {
        // Of two nodes that start at once one comes first, and the other has what it kept.
        if !kept.seed(&Directory::read(users)?, clock.now()).await? {
            kept.refresh().await?;
        }
    }
    Ok(People::Kept(kept))
}

fn rules(config: &Config, folder: &Path) -> Result<Rules, StartError> {
    let key = &config.assertion;
    let text = |path: &PathBuf| {
        std::fs::read_to_string(path)
            .map(zeroize::Zeroizing::new)
            .map_err(|error| StartError::Io { what: path.display().to_string(), error })
    };
    Ok(Rules {
        server: config.public_url.clone(),
        times: config.session,
        relying_parties: config.relying_parties.iter().map(|app| app.origin.clone()).collect(),
        trust: LoginTrust::read(&config.trust)?,
        wrapping: Arc::new(WrappingKey::read(&config.wrapping_key).map_err(RegistryError::from)?),
        administration: config.administration.activities.clone(),
        training: config.training,
        limits: config.limits,
        assertion_key: AssertionKey::from_pem(&text(&key.certificate)?, &text(&key.key)?)?,
        audit_head: folder.join(HEAD_FILE),
    })
}

/// Offers HTTP/1.1 and nothing else, as the listener speaks it: agents and apps send one small
/// request at a time.
async fn tls(key: &KeyFiles) -> Result<RustlsConfig, StartError> {
    let read = RustlsConfig::from_pem_chain_file(&key.certificate, &key.key).await;
    let unusable = |error| StartError::Io { what: key.certificate.display().to_string(), error };
    let mut tls = rustls::ServerConfig::clone(&*read.map_err(unusable)?.get_inner());
    tls.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(RustlsConfig::from_config(Arc::new(tls)))
}

/// How long open requests may take when the server stops.
pub const GRACE: Duration = Duration::from_secs(5);
const HEADER_TIMEOUT: Duration = Duration::from_secs(10);
const MAX_HEADERS: usize = 32 * 1024;
