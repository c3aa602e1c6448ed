//! The rules over both stores, with a clock that stands until it is moved.

#[path = "../../tests/support/card.rs"]
mod card;
mod legacy;
mod ocsp;
mod people;

use std::{
    collections::BTreeSet,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
};

use tempfile::TempDir;
use wardkey_protocol::{session_api::Refusal, view::SessionState};
use wardkey_revocation::{Fetch, FetchError};
use wardkey_spine::{
    ActivateRequest, ActivateResponse, DeviceId, ErrorBody, ErrorCode, LogSessionId, LogoutRequest,
    RoleSelection, UserId, ValidateRequest, ValidateResponse,
    assertion::{Audience, Expected, read_verified},
    session_service::{Operation, Outcome, SessionRequest},
};

use super::*;
use crate::session::State;
use crate::{
    Ambient, AuditEntry, Config, Directory, Timestamp,
    demo::{Demo, PersonOrder, PersonPurpose, testing},
    directory::KeptDirectory,
    store::{Database, Store},
};
use card::{Asked, Card, SessionKey, claims, order, proof_header};
use legacy::a_legacy_agent_logs_in_where_configuration_says_so;
use ocsp::a_responder_decides_and_without_it_login_fails_closed;
use people::{two_who_change_the_directory_lose_nothing, who_leaves_the_directory_is_out_at_once};

const AMIRA: &str = "555000000101";
const TOM: &str = "555000000102";
const ROSA: &str = "555000000103";
const TOMS_ROLES: [&str; 2] = ["555900000102", "555900000103"];
const APP: &str = "http://localhost:8300";
const SERVER: &str = "https://localhost:8443";

struct TestClock(AtomicU64);

impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.0.load(Ordering::SeqCst))
    }
}

struct World {
    identity: Identity,
    clock: Arc<TestClock>,
    folder: TempDir,
}

/// A session as its agent knows it.
struct Agent {
    id: String,
    uid: String,
    ticket: Ticket,
    key: SessionKey,
    sequence: u64,
}

impl World {
    async fn new(store: Store, folder: TempDir) -> Self {
        let config = Config::read(folder.path()).unwrap();
        let text = |path: &std::path::Path| std::fs::read_to_string(path).unwrap();
        let key = (&config.assertion.certificate, &config.assertion.key);
        let rules = Rules {
            server: config.public_url.clone(),
            times: config.session,
            limits: config.limits,
            relying_parties: BTreeSet::from([Origin::parse(APP).unwrap()]),
            trust: LoginTrust::read(&config.trust).unwrap(),
            wrapping: Arc::new(WrappingKey::read(&config.wrapping_key).unwrap()),
            administration: Vec::new(),
            assertion_key: AssertionKey::from_pem(&text(key.0), &text(key.1)).unwrap(),
        };
        let clock = Arc::new(TestClock(AtomicU64::new(testing::NOW.millis())));
        let kept = KeptDirectory::open(store.clone()).await.unwrap();
        let people = Directory::read(config.users.as_ref().unwrap()).unwrap();
        assert!(kept.seed(&people, testing::NOW).await.unwrap());
        let people = People::Kept(kept);
        let identity =
            Identity::new(store, people, rules, Arc::clone(&clock) as _, Arc::new(Ambient));
        Self { identity, clock, folder }
    }

    fn demo(&self) -> Demo {
        Demo::new(self.folder.path())
    }

    fn pass(&self, seconds: u64) {
        self.clock.0.fetch_add(seconds * 1000, Ordering::SeqCst);
    }

    /// A registered login card.
    async fn card(&self, uid: &str) -> Card {
        let card = Card::login(&self.demo(), uid, testing::NOW);
        self.register(uid, &card).await;
        card
    }

    async fn register(&self, uid: &str, card: &Card) {
        let store = &self.identity.store;
        let hash = card.certificate.sha256();
        assert!(store.register_certificate(uid, &hash, testing::NOW).await.unwrap());
    }

    async fn activate(&self) -> ActivateResponse {
        let request = ActivateRequest {
            app_url: ActivateRequest::APP_URL.into(),
            log_session_id: LogSessionId::parse("AbCdEfGhIj").unwrap(),
            device_id: DeviceId::parse("WARD0001,ClientIP=192.0.2.7").unwrap(),
        };
        self.identity.activate(&request).await.unwrap()
    }

    /// The request that a right agent makes of this card and challenge.
    async fn request(&self, uid: &str, card: &Card, key: &SessionKey) -> ValidateRequest {
        let activated = self.activate().await;
        let asked = Asked {
            challenge: &activated.challenge,
            server: SERVER,
            transaction: activated.log_session_id.as_str(),
        };
        ValidateRequest {
            app_url: activated.app_url.clone(),
            log_session_id: activated.log_session_id.clone(),
            device_id: DeviceId::parse("WARD0001,ClientIP=192.0.2.7").unwrap(),
            challenge: activated.challenge.clone(),
            signature: activated.signature,
            uid: UserId::parse(uid).unwrap(),
            response: card.answer(asked, key),
        }
    }

    async fn validate(&self, request: &ValidateRequest) -> Result<ValidateResponse, ErrorBody> {
        refusal_only(self.identity.validate(request, None).await)
    }

    /// Tries to log in with this card; gives the code of the refusal.
    async fn refused(&self, uid: &str, card: &Card) -> ErrorCode {
        let request = self.request(uid, card, &SessionKey::new(7)).await;
        self.validate(&request).await.unwrap_err().code
    }

    async fn sign_in(&self, uid: &str, card: &Card) -> Agent {
        self.sign_in_again(uid, card, None).await
    }

    async fn sign_in_again(&self, uid: &str, card: &Card, resume: Option<&str>) -> Agent {
        let key = SessionKey::new(if resume.is_some() { 8 } else { 7 });
        let request = self.request(uid, card, &key).await;
        let response = refusal_only(self.identity.validate(&request, resume).await).unwrap();
        let id = response.session.unwrap().id;
        Agent { id, uid: uid.into(), ticket: response.sso_ticket, key, sequence: 0 }
    }

    async fn prove(
        &self,
        agent: &mut Agent,
        verb: &str,
        relying_party: Option<&str>,
    ) -> Result<Granted, Refusal> {
        agent.sequence += 1;
        let claims = claims(SERVER, agent.sequence, verb, relying_party);
        let proof = agent.key.prove(&proof_header(&agent.id), &claims);
        refusal_only(self.identity.session(&proof).await)
    }

    async fn lease(&self, agent: &mut Agent) -> Result<(), Refusal> {
        self.prove(agent, "lease", None).await.map(|_| ())
    }

    async fn child(&self, agent: &mut Agent) -> Ticket {
        match self.prove(agent, "ticket", Some(APP)).await {
            Ok(Granted::Ticket(issued)) => Ticket::parse(&issued.ticket).unwrap(),
            Ok(_) => panic!("no ticket"),
            Err(refusal) => panic!("{refusal:?}"),
        }
    }

    async fn select_role(&self, ticket: &Ticket, role: &str) -> Result<(), TicketRefusal> {
        let selection = RoleSelection { ticket: same(ticket), role_profile: role.into() };
        refusal_only(self.identity.select_role(&selection).await)
    }

    async fn logout(&self, ticket: &Ticket, uid: &str) -> Result<(), TicketRefusal> {
        let request = LogoutRequest {
            sso_ticket: same(ticket),
            log_session_id: LogSessionId::parse("AbCdEfGhIj").unwrap(),
            device_id: DeviceId::parse("WARD0001,ClientIP=192.0.2.7").unwrap(),
            uid: UserId::parse(uid).unwrap(),
        };
        refusal_only(self.identity.logout(&request).await)
    }

    async fn assertion(&self, ticket: &Ticket) -> Result<String, TicketRefusal> {
        let response = self.identity.assertion(same(ticket), "192.0.2.7").await;
        refusal_only(response).map(|response| String::from_utf8(response).unwrap())
    }

    async fn service(&self, operation: Operation) -> Outcome {
        let request = SessionRequest { set_id: 4, request_id: 2, operation };
        let response = self.identity.session_service(&request).await.unwrap();
        assert_eq!((response.set_id, response.request_id), (4, 2));
        response.outcome
    }

    async fn get_session(&self, ticket: &Ticket, reset: bool) -> Result<String, String> {
        match self.service(Operation::GetSession { ticket: same(ticket), reset }).await {
            Outcome::Session(session) => Ok(session.valid_for(ticket).unwrap().to_string()),
            Outcome::Exception { message, .. } => Err(message),
            _ => panic!("another answer"),
        }
    }

    /// Every way in which a ticket that is not valid is refused.
    async fn assert_invalid(&self, ticket: &Ticket) {
        assert_eq!(self.get_session(ticket, true).await, Err("no valid session".into()));
        assert_eq!(self.assertion(ticket).await, Err(TicketRefusal::NoSession));
        let selected = self.select_role(ticket, "555900000101").await;
        assert_eq!(selected, Err(TicketRefusal::NoSession));
    }
}

fn refusal_only<T, R>(done: Result<T, Failed<R>>) -> Result<T, R> {
    done.map_err(|failed| match failed {
        Failed::Refused(refusal) => refusal,
        Failed::Internal(error) => panic!("{error}"),
    })
}

fn same(ticket: &Ticket) -> Ticket {
    Ticket::parse(ticket.expose()).unwrap()
}

macro_rules! for_each_database {
    ($($name:ident),* $(,)?) => {
        mod sqlite {
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $name() {
                let folder = super::testing::copy();
                let file = super::Database::File(folder.path().join("wardkey.db"));
                let store = super::Store::open(&file, "main").await.unwrap();
                super::$name(super::World::new(store.clone(), folder).await).await;
                store.close().await;
            })*
        }

        mod postgres {
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $name() {
                let Some(address) = crate::postgres_server::database(stringify!($name)) else { return };
                let server = super::Database::Postgres(address);
                let store = super::Store::open(&server, "main").await.unwrap();
                super::$name(super::World::new(store.clone(), super::testing::copy()).await).await;
                store.close().await;
            })*
        }
    };
}

for_each_database!(
    from_login_to_logout,
    a_challenge_has_the_shape_of_the_spine,
    a_challenge_works_once_and_for_its_own_login,
    an_answer_serves_no_other_server_transaction_or_key,
    each_fault_of_a_certificate_has_its_code,
    a_certificate_is_bound_to_its_user,
    revocation_fails_closed,
    lists_are_fetched_for_trusted_paths_only,
    a_responder_decides_and_without_it_login_fails_closed,
    a_legacy_agent_logs_in_where_configuration_says_so,
    a_lapsed_lease_suspends_until_the_card_is_back,
    a_locked_session_gives_nothing_until_the_card_is_back,
    idleness_and_age_end_a_session,
    time_is_kept_and_logged_once,
    a_session_too_many_ends_the_oldest,
    a_proof_works_once_whoever_sends_it,
    a_proof_of_another_key_server_or_form_is_refused,
    a_ticket_needs_a_role_and_a_known_relying_party,
    a_child_ticket_is_bound_and_rules_nothing,
    another_role_takes_the_tickets_of_the_former,
    sessions_of_one_user_and_of_others_do_not_meet,
    ending_is_final_and_may_be_repeated,
    who_leaves_the_directory_is_out_at_once,
    two_who_change_the_directory_lose_nothing,
    applications_are_answered,
    the_log_tells_all_and_holds_no_secret,
);

async fn from_login_to_logout(world: World) {
    let card = world.card(AMIRA).await;
    let key = SessionKey::new(7);
    let request = world.request(AMIRA, &card, &key).await;
    let response = world.validate(&request).await.unwrap();
    assert_eq!(response.cn, "Okafor Amira Dr");
    assert_eq!(response.roles[0].id, "555900000101");
    assert_eq!(response.roles[0].name().unwrap().role, "Independent Prescriber GP");
    assert_eq!(response.sso_logout_url, "https://localhost:8443/login/authlogout");
    let session = response.session.unwrap();
    assert_eq!(session.lease_seconds, 30);
    let (id, uid) = (session.id, AMIRA.to_owned());
    let mut agent = Agent { id, uid, ticket: response.sso_ticket, key, sequence: 0 };

    let child = world.child(&mut agent).await;
    let spki = world.identity.rules.assertion_key.spki().to_vec();
    let expected = Expected {
        now: wardkey_spine::UnixTime::from_seconds(testing::NOW.millis() / 1000),
        audience: Audience::RelyingParty(APP),
    };
    let response = world.assertion(&child).await.unwrap();
    assert!(!response.contains(agent.ticket.expose()) && !response.contains(child.expose()));
    let pending = read_verified(response.as_bytes(), &spki, &expected).unwrap();
    let answers: Vec<bool> = pending.obligations().iter().map(|owed| owed.discharge()).collect();
    let assertion = pending.conclude(&answers).unwrap();
    assert_eq!(assertion.issuer, SERVER);
    assert_eq!(assertion.person.uid.as_str(), AMIRA);
    assert_eq!(assertion.session_role().unwrap().business_function_codes, ["B0420", "B0360"]);

    world.logout(&agent.ticket, &agent.uid).await.unwrap();
    world.assert_invalid(&child).await;
    world.assert_invalid(&agent.ticket).await;
    assert_eq!(world.lease(&mut agent).await, Err(Refusal::SessionEnded));
}

async fn a_challenge_has_the_shape_of_the_spine(world: World) {
    let (one, two) = (world.activate().await, world.activate().await);
    assert_eq!(one.challenge.len(), 48);
    assert_eq!(one.challenge[20..28], testing::NOW.millis().to_be_bytes());
    assert_ne!(one.challenge[..20], two.challenge[..20]);
    assert_ne!(one.challenge[28..], two.challenge[28..]);
    assert_ne!(one.signature, two.signature);
    let login = one.login.unwrap();
    assert_eq!((login.server.as_str(), login.label.as_str()), (SERVER, "wardkey-login:1"));
}

async fn a_challenge_works_once_and_for_its_own_login(world: World) {
    let card = world.card(AMIRA).await;
    let key = SessionKey::new(7);
    let code = async |request: &ValidateRequest| {
        world.validate(request).await.err().map(|refusal| refusal.code)
    };
    let request = world.request(AMIRA, &card, &key).await;
    assert_eq!(code(&request).await, None);
    assert_eq!(code(&request).await, Some(ErrorCode::ChallengeInvalid));

    let mut forged = world.request(AMIRA, &card, &key).await;
    forged.signature[5] ^= 1;
    assert_eq!(code(&forged).await, Some(ErrorCode::ChallengeInvalid));
    forged.signature[5] ^= 1;
    assert_eq!(code(&forged).await, Some(ErrorCode::ChallengeInvalid), "used up by the forgery");

    let mut moved = world.request(AMIRA, &card, &key).await;
    moved.log_session_id = LogSessionId::parse("ZZZZZZZZZZ").unwrap();
    assert_eq!(code(&moved).await, Some(ErrorCode::ChallengeInvalid));

    let late = world.request(AMIRA, &card, &key).await;
    world.pass(120);
    assert_eq!(code(&late).await, Some(ErrorCode::ChallengeInvalid));
    let in_time = world.request(AMIRA, &card, &key).await;
    world.pass(119);
    assert_eq!(code(&in_time).await, None);

    let mut unknown = world.request(AMIRA, &card, &key).await;
    unknown.challenge = vec![1; 48];
    assert_eq!(code(&unknown).await, Some(ErrorCode::ChallengeInvalid));
}

async fn an_answer_serves_no_other_server_transaction_or_key(world: World) {
    let card = world.card(AMIRA).await;
    let key = SessionKey::new(7);
    type Answer = fn(Asked<'_>, &Card, &SessionKey) -> Vec<u8>;
    let answers: [Answer; 4] = [
        |asked, card, key| card.answer(Asked { server: "https://evil.example", ..asked }, key),
        |asked, card, key| card.answer(Asked { transaction: "ZZZZZZZZZZ", ..asked }, key),
        |asked, card, key| {
            let mut answer = card.answer(asked, key);
            *answer.last_mut().unwrap() ^= 1;
            answer
        },
        |asked, card, key| card.answer(Asked { challenge: &[9; 48], ..asked }, key),
    ];
    for (number, answer) in answers.into_iter().enumerate() {
        let mut request = world.request(AMIRA, &card, &key).await;
        let challenge = request.challenge.clone();
        let transaction = request.log_session_id.clone();
        let asked =
            Asked { challenge: &challenge, server: SERVER, transaction: transaction.as_str() };
        request.response = answer(asked, &card, &key);
        let expected =
            if number == 3 { ErrorCode::ChallengeInvalid } else { ErrorCode::LoginRefused };
        assert_eq!(world.validate(&request).await.unwrap_err().code, expected, "{number}");
    }
    let mut request = world.request(AMIRA, &card, &key).await;
    request.response = b"no structure".to_vec();
    assert_eq!(world.validate(&request).await.unwrap_err().code, ErrorCode::RequestMalformed);
}

async fn each_fault_of_a_certificate_has_its_code(world: World) {
    let issue = async |change: fn(&mut PersonOrder)| {
        let mut order = order(AMIRA);
        change(&mut order);
        let card = Card::issue(&world.demo(), &order, testing::NOW);
        world.register(AMIRA, &card).await;
        card
    };
    let expired = issue(|order| order.expired = true).await;
    assert_eq!(world.refused(AMIRA, &expired).await, ErrorCode::CertificateExpired);
    let wrong = issue(|order| order.wrong_usage = true).await;
    assert_eq!(world.refused(AMIRA, &wrong).await, ErrorCode::CertificateWrongUsage);

    let revoked = issue(|_| ()).await;
    world.demo().revoke(&revoked.certificate.to_pem(), testing::NOW).unwrap();
    assert_eq!(world.refused(AMIRA, &revoked).await, ErrorCode::CertificateRevoked);

    // Of a root with the same names, but not the same keys.
    let other = tempfile::tempdir().unwrap();
    let other_demo = Demo::new(other.path());
    other_demo.init(&testing::init(), testing::NOW, &Ambient).unwrap();
    let foreign = Card::login(&other_demo, AMIRA, testing::NOW);
    world.register(AMIRA, &foreign).await;
    assert_eq!(world.refused(AMIRA, &foreign).await, ErrorCode::CertificateUntrusted);

    let day = 24 * 3600;
    let future = Timestamp::from_millis(testing::NOW.millis() + day * 1000);
    let early = Card::login(&world.demo(), AMIRA, future);
    world.register(AMIRA, &early).await;
    assert_eq!(world.refused(AMIRA, &early).await, ErrorCode::CertificateNotYetValid);

    // The key of a login certificate is used for 70 % of its validity.
    let card = world.card(AMIRA).await;
    world.pass(2 * 365 * day * 7 / 10);
    world.demo().reissue_lists(world.clock.now()).unwrap();
    assert_eq!(world.refused(AMIRA, &card).await, ErrorCode::CertificateExpired);

    // A certificate for content, which has neither the usage nor the policy, never logs in.
    let content = PersonOrder { purpose: PersonPurpose::Content, ..order(AMIRA) };
    let content = Card::issue(&world.demo(), &content, world.clock.now());
    world.register(AMIRA, &content).await;
    assert_ne!(world.refused(AMIRA, &content).await, ErrorCode::LoginRefused);
}

async fn a_certificate_is_bound_to_its_user(world: World) {
    let amira = world.card(AMIRA).await;
    assert_eq!(world.refused(TOM, &amira).await, ErrorCode::LoginRefused);
    // Registered by mistake for another than it names.
    let mistaken = Card::login(&world.demo(), AMIRA, testing::NOW);
    world.register(TOM, &mistaken).await;
    assert_eq!(world.refused(TOM, &mistaken).await, ErrorCode::LoginRefused);
    assert_eq!(world.refused(AMIRA, &mistaken).await, ErrorCode::LoginRefused);
    let unregistered = Card::login(&world.demo(), AMIRA, testing::NOW);
    assert_eq!(world.refused(AMIRA, &unregistered).await, ErrorCode::LoginRefused);
    let stranger = world.card("555000000999").await;
    assert_eq!(world.refused("555000000999", &stranger).await, ErrorCode::UserUnknown);

    let rosa = world.card(ROSA).await;
    let request = world.request(ROSA, &rosa, &SessionKey::new(7)).await;
    let refusal = world.validate(&request).await.unwrap_err();
    assert_eq!(refusal.code, ErrorCode::LoginRefused);
    assert_eq!(refusal.text, "Failed To Validate: user has no role profile");
}

async fn revocation_fails_closed(world: World) {
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

async fn lists_are_fetched_for_trusted_paths_only(mut world: World) {
    let folder = world.folder.path().join("pki/crl");
    let elsewhere = world.folder.path().join("elsewhere");
    std::fs::rename(&folder, &elsewhere).unwrap();
    std::fs::create_dir(&folder).unwrap();
    let card = world.card(AMIRA).await;
    assert_eq!(world.refused(AMIRA, &card).await, ErrorCode::RevocationUnavailable);

    let asked = Arc::new(Mutex::new(Vec::new()));
    let config = Config::read(world.folder.path()).unwrap();
    let fetch = FolderFetch { folder: elsewhere, asked: Arc::clone(&asked) };
    world.identity.rules.trust = LoginTrust::read(&config.trust).unwrap().with_fetch(fetch);
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

async fn a_lapsed_lease_suspends_until_the_card_is_back(world: World) {
    let card = world.card(AMIRA).await;
    let mut agent = world.sign_in(AMIRA, &card).await;
    let child = world.child(&mut agent).await;
    for _ in 0..3 {
        world.pass(29);
        world.lease(&mut agent).await.unwrap();
        world.assertion(&child).await.unwrap();
    }
    world.pass(30);
    world.assert_invalid(&child).await;
    world.assert_invalid(&agent.ticket).await;
    assert_eq!(world.lease(&mut agent).await, Err(Refusal::SessionSuspended));
    let ticket = world.prove(&mut agent, "ticket", Some(APP)).await;
    assert_eq!(ticket.err(), Some(Refusal::SessionSuspended));
    let lock = world.prove(&mut agent, "lock", None).await;
    assert_eq!(lock.err(), Some(Refusal::SessionSuspended));

    let mut resumed = world.sign_in_again(AMIRA, &card, Some(&agent.id)).await;
    assert_eq!(resumed.id, agent.id);
    assert_eq!(world.lease(&mut agent).await, Err(Refusal::ProofInvalid), "the key is another");
    world.assert_invalid(&agent.ticket).await;
    world.assert_invalid(&child).await;
    let child = world.child(&mut resumed).await;
    assert_eq!(world.get_session(&child, false).await, Ok(AMIRA.into()));

    // With the key of before, its numbers go on.
    world.pass(30);
    let mut same_key = world.sign_in_again(AMIRA, &card, Some(&agent.id)).await;
    assert_eq!(same_key.id, agent.id);
    assert_eq!(world.lease(&mut same_key).await, Err(Refusal::ProofInvalid));
    same_key.sequence = resumed.sequence;
    assert_eq!(world.lease(&mut same_key).await, Ok(()));
}

async fn a_locked_session_gives_nothing_until_the_card_is_back(world: World) {
    let card = world.card(TOM).await;
    let mut agent = world.sign_in(TOM, &card).await;
    world.select_role(&agent.ticket, TOMS_ROLES[1]).await.unwrap();
    let child = world.child(&mut agent).await;
    for _ in 0..2 {
        match world.prove(&mut agent, "lock", None).await {
            Ok(Granted::State(changed)) => assert_eq!(changed.state, SessionState::Locked),
            _ => panic!("not locked"),
        }
    }
    world.assert_invalid(&child).await;
    world.assert_invalid(&agent.ticket).await;
    assert_eq!(world.lease(&mut agent).await, Err(Refusal::SessionLocked));

    // Another card does not bring it back, nor learn of it: that is a session of its own.
    let amira = world.card(AMIRA).await;
    let other = world.sign_in_again(AMIRA, &amira, Some(&agent.id)).await;
    assert_ne!(other.id, agent.id);
    assert_eq!(world.lease(&mut agent).await, Err(Refusal::SessionLocked));

    let mut resumed = world.sign_in_again(TOM, &card, Some(&agent.id)).await;
    assert_eq!(resumed.id, agent.id);
    let stored = world.identity.store.session(&agent.id).await.unwrap().unwrap();
    assert_eq!(stored.role.as_deref(), Some(TOMS_ROLES[1]), "the role stays");
    let child = world.child(&mut resumed).await;

    // The card again, in an active session: the user is authenticated anew, and apps stay.
    world.pass(5);
    let active = world.sign_in_again(TOM, &card, Some(&agent.id)).await;
    assert_eq!(active.id, agent.id);
    world.assert_invalid(&resumed.ticket).await;
    assert_eq!(world.get_session(&child, false).await, Ok(TOM.into()));
    let stored = world.identity.store.session(&agent.id).await.unwrap().unwrap();
    assert_eq!(stored.authenticated, world.clock.now());
}

async fn idleness_and_age_end_a_session(mut world: World) {
    let card = world.card(AMIRA).await;
    let mut agent = world.sign_in(AMIRA, &card).await;
    let child = world.child(&mut agent).await;
    for reset in [true, false] {
        // Renewed leases are the agent's doing, not the user's.
        for _ in 0..60 * 60 / 20 - 1 {
            world.pass(20);
            world.lease(&mut agent).await.unwrap();
        }
        world.get_session(&child, reset).await.unwrap();
    }
    world.pass(20);
    world.assert_invalid(&child).await;
    assert_eq!(world.lease(&mut agent).await, Err(Refusal::SessionEnded));

    world.identity.rules.times.max_minutes = 70;
    let mut agent = world.sign_in(AMIRA, &card).await;
    let child = world.child(&mut agent).await;
    for _ in 0..70 * 60 / 20 - 1 {
        world.pass(20);
        world.lease(&mut agent).await.unwrap();
        world.get_session(&child, true).await.unwrap();
    }
    world.pass(20);
    world.assert_invalid(&child).await;
}

async fn time_is_kept_and_logged_once(world: World) {
    let (tom, amira) = (world.card(TOM).await, world.card(AMIRA).await);
    let suspended = world.sign_in(TOM, &tom).await;
    let mut kept = world.sign_in(AMIRA, &amira).await;
    assert_eq!(world.identity.settle_overdue().await.unwrap(), 0);
    world.pass(29);
    world.lease(&mut kept).await.unwrap();
    world.pass(1);
    assert_eq!(world.identity.settle_overdue().await.unwrap(), 1);
    assert_eq!(world.identity.settle_overdue().await.unwrap(), 0);
    let stored = world.identity.store.session(&suspended.id).await.unwrap().unwrap();
    assert_eq!(stored.state, State::Suspended);
    world.pass(60 * 60);
    assert_eq!(world.identity.settle_overdue().await.unwrap(), 2);
    assert_eq!(world.identity.settle_overdue().await.unwrap(), 0);
    let log = world.identity.store.audit_after("main", 0, 99).await.unwrap();
    let mut actions: Vec<_> = log.iter().map(|entry| entry.event.action.as_str()).collect();
    actions.sort_unstable();
    actions.retain(|action| !action.starts_with("directory_"));
    assert_eq!(actions, ["idle", "idle", "login", "login", "suspend"]);
}

async fn a_session_too_many_ends_the_oldest(mut world: World) {
    world.identity.rules.times.per_user = std::num::NonZeroU32::new(2);
    let (tom, amira) = (world.card(TOM).await, world.card(AMIRA).await);
    let other = world.sign_in(AMIRA, &amira).await;
    let mut sessions = Vec::new();
    for _ in 0..3 {
        sessions.push(world.sign_in(TOM, &tom).await);
        world.pass(1);
    }
    world.assert_invalid(&sessions[0].ticket).await;
    for agent in [&sessions[1], &sessions[2], &other] {
        assert!(world.get_session(&agent.ticket, false).await.is_ok());
    }
}

async fn a_proof_works_once_whoever_sends_it(world: World) {
    let card = world.card(AMIRA).await;
    let agent = world.sign_in(AMIRA, &card).await;
    let proof = |seq| {
        let claims = claims(SERVER, seq, "ticket", Some(APP));
        agent.key.prove(&proof_header(&agent.id), &claims)
    };
    let (identity, five) = (&world.identity, proof(5));
    let (one, two) = tokio::join!(identity.session(&five), identity.session(&five));
    let granted = [one, two].into_iter().filter(Result::is_ok).count();
    assert_eq!(granted, 1);
    for seq in [5, 4, 0, u64::MAX] {
        let again = refusal_only(identity.session(&proof(seq)).await);
        assert_eq!(again.err(), Some(Refusal::ProofInvalid), "{seq}");
    }
    assert!(identity.session(&proof(6)).await.is_ok());
}

async fn a_proof_of_another_key_server_or_form_is_refused(world: World) {
    let card = world.card(AMIRA).await;
    let agent = world.sign_in(AMIRA, &card).await;
    let (header, right) = (proof_header(&agent.id), claims(SERVER, 1, "lease", None));
    let invalid = async |proof: &str| {
        let refused = refusal_only(world.identity.session(proof).await);
        assert_eq!(refused.err(), Some(Refusal::ProofInvalid), "{proof}");
    };
    invalid(&SessionKey::new(9).prove(&header, &right)).await;
    invalid(&agent.key.prove(&proof_header("0123456789abcdef"), &right)).await;
    invalid(&agent.key.prove(&header, &claims("https://evil.example", 1, "lease", None))).await;
    invalid(&agent.key.prove(&header, &claims(SERVER, 1, "destroy", None))).await;
    invalid(&agent.key.prove(&header, &claims(SERVER, 1, "lease", Some(APP)))).await;
    invalid(&agent.key.prove(&header, &claims(SERVER, 1, "ticket", None))).await;
    invalid(&agent.key.prove(&header, &right.replace('}', r#","more":1}"#))).await;
    invalid(&agent.key.prove(&header.replace("wardkey-session+jwt", "JWT"), &right)).await;
    invalid(&agent.key.prove(&header.replace("ES256", "none"), &right)).await;
    invalid(&agent.key.prove(&header.replace("ES256", "HS256"), &right)).await;
    invalid("").await;
    invalid("a.b.c").await;
    let proof = agent.key.prove(&header, &right);
    assert!(world.identity.session(&proof).await.is_ok(), "none of them used the number up");
}

async fn a_ticket_needs_a_role_and_a_known_relying_party(world: World) {
    let card = world.card(TOM).await;
    let mut agent = world.sign_in(TOM, &card).await;
    let refused = world.prove(&mut agent, "ticket", Some(APP)).await;
    assert_eq!(refused.err(), Some(Refusal::RoleRequired));
    assert_eq!(world.assertion(&agent.ticket).await, Err(TicketRefusal::RoleRequired));
    let unknown = world.select_role(&agent.ticket, "555900000101").await;
    assert_eq!(unknown, Err(TicketRefusal::RoleUnknown), "a role of somebody else");
    world.select_role(&agent.ticket, TOMS_ROLES[0]).await.unwrap();
    world.child(&mut agent).await;
    for origin in ["https://other.example", "http://localhost:8301", "null", "HTTP://LOCALHOST"] {
        let refused = world.prove(&mut agent, "ticket", Some(origin)).await;
        assert_eq!(refused.err(), Some(Refusal::RelyingPartyUnknown), "{origin}");
    }
}

async fn a_child_ticket_is_bound_and_rules_nothing(world: World) {
    let card = world.card(TOM).await;
    let mut agent = world.sign_in(TOM, &card).await;
    world.select_role(&agent.ticket, TOMS_ROLES[0]).await.unwrap();
    let child = world.child(&mut agent).await;
    let not_permitted = Err(TicketRefusal::NotPermitted);
    assert_eq!(world.select_role(&child, TOMS_ROLES[1]).await, not_permitted);
    assert_eq!(world.logout(&child, TOM).await, not_permitted);
    for operation in [
        Operation::Logout { ticket: same(&child) },
        Operation::DestroySession { ticket: same(&child), target: same(&agent.ticket) },
        Operation::DestroySession { ticket: same(&child), target: same(&child) },
    ] {
        let Outcome::Exception { message, .. } = world.service(operation).await else {
            panic!("a child ended its parent");
        };
        assert_eq!(message, "not permitted with this ticket");
    }
    assert_eq!(world.get_session(&child, true).await, Ok(TOM.into()));

    let own = world.assertion(&agent.ticket).await.unwrap();
    assert!(own.contains(agent.ticket.expose()) && !own.contains("saml:Audience"));
    let childs = world.assertion(&child).await.unwrap();
    assert!(childs.contains(&format!("<saml:Audience>{APP}</saml:Audience>")));
    assert!(!childs.contains("SubjectConfirmationData"));
}

async fn another_role_takes_the_tickets_of_the_former(world: World) {
    let card = world.card(TOM).await;
    let mut agent = world.sign_in(TOM, &card).await;
    world.select_role(&agent.ticket, TOMS_ROLES[0]).await.unwrap();
    let first = world.child(&mut agent).await;
    world.select_role(&agent.ticket, TOMS_ROLES[0]).await.unwrap();
    world.get_session(&first, false).await.unwrap();
    world.select_role(&agent.ticket, TOMS_ROLES[1]).await.unwrap();
    world.assert_invalid(&first).await;
    let second = world.child(&mut agent).await;
    let response = world.assertion(&second).await.unwrap();
    let assertion = wardkey_spine::assertion::read_unsigned(response.as_bytes()).unwrap();
    assert_eq!(assertion.person.session_role, TOMS_ROLES[1]);
    assert_eq!(assertion.session_role().unwrap().organisation, "HARBOUR LANE HOSPITAL");
}

async fn sessions_of_one_user_and_of_others_do_not_meet(world: World) {
    let card = world.card(AMIRA).await;
    let (one, two) = (world.sign_in(AMIRA, &card).await, world.sign_in(AMIRA, &card).await);
    assert_ne!(one.id, two.id);
    assert_eq!(world.logout(&one.ticket, TOM).await, Err(TicketRefusal::NoSession));
    let stranger =
        Operation::DestroySession { ticket: same(&one.ticket), target: same(&two.ticket) };
    assert!(matches!(world.service(stranger).await, Outcome::Exception { .. }));
    world.logout(&one.ticket, AMIRA).await.unwrap();
    assert_eq!(world.get_session(&two.ticket, false).await, Ok(AMIRA.into()));
}

async fn ending_is_final_and_may_be_repeated(world: World) {
    let card = world.card(AMIRA).await;
    let mut agent = world.sign_in(AMIRA, &card).await;
    let child = world.child(&mut agent).await;
    for _ in 0..2 {
        match world.prove(&mut agent, "end", None).await {
            Ok(Granted::State(changed)) => assert_eq!(changed.state, SessionState::Ended),
            _ => panic!("not ended"),
        }
    }
    world.assert_invalid(&child).await;
    assert_eq!(world.lease(&mut agent).await, Err(Refusal::SessionEnded));
    assert_eq!(world.logout(&agent.ticket, AMIRA).await, Err(TicketRefusal::NoSession));
    let again = world.sign_in_again(AMIRA, &card, Some(&agent.id)).await;
    assert_ne!(again.id, agent.id);

    // A locked session can be ended by its own ticket, though that validates nothing.
    let mut agent = again;
    agent.key = SessionKey::new(8);
    world.prove(&mut agent, "lock", None).await.unwrap_or_else(|refusal| panic!("{refusal:?}"));
    world.logout(&agent.ticket, AMIRA).await.unwrap();
}

async fn applications_are_answered(world: World) {
    let card = world.card(AMIRA).await;
    let agent = world.sign_in(AMIRA, &card).await;
    world.pass(10);
    let get = Operation::GetSession { ticket: same(&agent.ticket), reset: false };
    let Outcome::Session(session) = world.service(get).await else { panic!("no session") };
    assert_eq!((session.max_minutes, session.max_idle_minutes), (600, 60));
    assert_eq!((session.idle_seconds, session.left_seconds), (10, 600 * 60 - 10));
    assert_eq!(session.client_id, "uid=555000000101,ou=People,o=nhs");
    let destroy =
        Operation::DestroySession { ticket: same(&agent.ticket), target: same(&agent.ticket) };
    assert!(matches!(world.service(destroy).await, Outcome::Destroyed));
    let logout = |ticket| Operation::Logout { ticket };
    assert!(matches!(
        world.service(logout(same(&agent.ticket))).await,
        Outcome::Exception { operation, message }
            if operation == "Logout" && message == "no valid session"
    ));
    let agent = world.sign_in(AMIRA, &card).await;
    assert!(matches!(world.service(logout(same(&agent.ticket))).await, Outcome::LoggedOut));
    let unknown = Ticket::generate(&[1; Ticket::RANDOM_LENGTH]);
    world.assert_invalid(&unknown).await;
}

async fn the_log_tells_all_and_holds_no_secret(world: World) {
    let card = world.card(AMIRA).await;
    assert_eq!(world.refused(TOM, &card).await, ErrorCode::LoginRefused);
    let mut agent = world.sign_in(AMIRA, &card).await;
    let child = world.child(&mut agent).await;
    world.assertion(&child).await.unwrap();
    world.prove(&mut agent, "lock", None).await.unwrap_or_else(|refusal| panic!("{refusal:?}"));
    let _ = world.prove(&mut agent, "ticket", Some(APP)).await;
    world.logout(&agent.ticket, AMIRA).await.unwrap();

    let log = world.identity.store.audit_after("main", 0, 100).await.unwrap();
    AuditEntry::verify(None, &log).unwrap();
    let seeded = log.iter().filter(|entry| entry.event.action.starts_with("directory_put")).count();
    assert_eq!(seeded, 5);
    let log = &log[seeded..];
    let told: Vec<(&str, &str)> = log
        .iter()
        .map(|entry| (entry.event.action.as_str(), entry.event.outcome.as_str()))
        .collect();
    let expected = [
        ("login", "login_refused"),
        ("login", "ok"),
        ("ticket", "ok"),
        ("assertion", "ok"),
        ("lock", "ok"),
        ("ticket", "session_locked"),
        ("logout", "ok"),
    ];
    assert_eq!(told, expected);
    let fingerprint = Some(card.certificate.sha256_hex());
    assert!(log[..2].iter().all(|entry| entry.event.certificate == fingerprint));
    assert_eq!(log[2].event.relying_party.as_deref(), Some(APP));
    let text = format!("{log:?}");
    assert!(!text.contains(agent.ticket.expose()) && !text.contains(child.expose()));
}
