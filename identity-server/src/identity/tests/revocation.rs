//! Revocation of login certificates, by lists.

use super::*;

pub(super) async fn revocation_fails_closed(world: World) {
    let card = world.card(AMIRA).await;
    let lists = world.folder.path().join("pki/crl");
    let list = lists.join("login.crl");
    let kept = std::fs::read(&list).unwrap();
    for broken in [None, Some(&b"no list"[..])] {
        match broken {
            None => std::fs::remove_file(&list).unwrap(),
            Some(content) => std::fs::write(&list, content).unwrap(),
        }
        assert_eq!(world.refused(AMIRA, &card).await, ErrorCode::RevocationUnavailable);
    }
    std::fs::write(&list, kept).unwrap();
    world.sign_in(AMIRA, &card).await;
    world.pass(24 * 3600 + 1);
    assert_eq!(world.refused(AMIRA, &card).await, ErrorCode::RevocationUnavailable);
    world.demo().reissue_lists(world.clock.now()).unwrap();
    world.sign_in(AMIRA, &card).await;
}

pub(super) async fn lists_are_fetched_for_trusted_paths_only(mut world: World) {
    let folder = world.folder.path().join("pki/crl");
    let elsewhere = world.folder.path().join("elsewhere");
    std::fs::rename(&folder, &elsewhere).unwrap();
    std::fs::create_dir(&folder).unwrap();
    let card = world.card(AMIRA).await;
    assert_eq!(world.refused(AMIRA, &card).await, ErrorCode::RevocationUnavailable);

    let asked = Arc::new(Mutex::new(Vec::new()));
    let config = Config::read(world.folder.path()).unwrap();
    let fetch = FolderFetch { folder: elsewhere, asked: Arc::clone(&asked) };
    world.rules().trust = LoginTrust::read(&config.trust).unwrap().with_fetch(fetch);
    let other = tempfile::tempdir().unwrap();
    let other_demo = Demo::new(other.path());
    other_demo.init(&testing::init(), testing::NOW, &Ambient).unwrap();
    let foreign = Card::login(&other_demo, AMIRA, testing::NOW);
    assert_eq!(world.refused(AMIRA, &foreign).await, ErrorCode::CertificateUntrusted);
    assert!(asked.lock().unwrap().is_empty(), "a stranger's address was asked");

    world.sign_in(AMIRA, &card).await;
    let mut urls = asked.lock().unwrap().clone();
    urls.sort();
    assert_eq!(urls, ["login", "root"].map(|list| format!("http://localhost:8480/crl/{list}.crl")));
    world.sign_in(AMIRA, &card).await;
    assert_eq!(asked.lock().unwrap().len(), 2, "the cache serves");
    world.pass(25 * 3600);
    assert_eq!(world.refused(AMIRA, &card).await, ErrorCode::RevocationUnavailable);
}

/// Serves the lists of a folder, and remembers what was asked for.
struct FolderFetch {
    folder: std::path::PathBuf,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Fetch for FolderFetch {
    fn get(&self, url: &str, _limit: usize) -> Result<Vec<u8>, FetchError> {
        self.asked.lock().unwrap().push(url.to_owned());
        let name = url.rsplit('/').next().unwrap();
        std::fs::read(self.folder.join(name)).map_err(|_| FetchError::Status(404))
    }
}
