//! A server with its database and a clock that stands until it is moved, and agents of it.

use super::*;

pub(super) struct TestClock(AtomicU64);

impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.0.load(Ordering::SeqCst))
    }
}

pub(super) struct World {
    pub(super) identity: Arc<Identity>,
    pub(super) clock: Arc<TestClock>,
    pub(super) folder: TempDir,
}

/// A session as its agent knows it.
pub(super) struct Agent {
    pub(super) id: String,
    pub(super) uid: String,
    pub(super) ticket: Ticket,
    pub(super) key: SessionKey,
    pub(super) sequence: u64,
}

impl World {
    pub(super) async fn new(store: Store, folder: TempDir) -> Self {
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
            training: config.training,
            audit_head: folder.path().join(crate::audit::HEAD_FILE),
            assertion_key: AssertionKey::from_pem(&text(key.0), &text(key.1)).unwrap(),
        };
        let clock = Arc::new(TestClock(AtomicU64::new(testing::NOW.millis())));
        let kept = KeptDirectory::open(store.clone()).await.unwrap();
        let people = Directory::read(config.users.as_ref().unwrap()).unwrap();
        assert!(kept.seed(&people, testing::NOW).await.unwrap());
        let people = People::Kept(kept);
        let identity =
            Identity::new(store, people, rules, Arc::clone(&clock) as _, Arc::new(Ambient));
        Self { identity: Arc::new(identity), clock, folder }
    }

    /// The rules, to be changed before anybody else has them.
    pub(super) fn rules(&mut self) -> &mut Rules {
        &mut self.identity().rules
    }

    pub(super) fn identity(&mut self) -> &mut Identity {
        Arc::get_mut(&mut self.identity).unwrap()
    }

    /// The provider on these sessions, with these clients.
    pub(super) async fn provider(&self, clients: &[Value]) -> Arc<Provider> {
        for client in clients {
            let client = serde_json::from_value(client.clone()).unwrap();
            self.identity.put_client(&client).await.unwrap();
        }
        let (store, wrapping) =
            (self.identity.store.clone(), Arc::clone(&self.identity.rules.wrapping));
        let registry = Registry::open(store, wrapping, self.clock.now()).await.unwrap();
        let http = ureq::Agent::new_with_defaults();
        Arc::new(Provider::new(Arc::clone(&self.identity), registry, http))
    }

    pub(super) fn demo(&self) -> Demo {
        Demo::new(self.folder.path())
    }

    pub(super) fn pass(&self, seconds: u64) {
        self.clock.0.fetch_add(seconds * 1000, Ordering::SeqCst);
    }

    pub(super) fn back(&self, seconds: u64) {
        self.clock.0.fetch_sub(seconds * 1000, Ordering::SeqCst);
    }

    /// A registered login card.
    pub(super) async fn card(&self, uid: &str) -> Card {
        let card = Card::login(&self.demo(), uid, testing::NOW);
        self.register(uid, &card).await;
        card
    }

    pub(super) async fn register(&self, uid: &str, card: &Card) {
        let store = &self.identity.store;
        let hash = card.certificate.sha256();
        assert!(store.register_certificate(uid, &hash, testing::NOW).await.unwrap());
    }

    pub(super) async fn activate(&self) -> ActivateResponse {
        let request = ActivateRequest {
            app_url: ActivateRequest::APP_URL.into(),
            log_session_id: LogSessionId::parse("AbCdEfGhIj").unwrap(),
            device_id: DeviceId::parse("WARD0001,ClientIP=192.0.2.7").unwrap(),
        };
        self.identity.activate(&request).await.unwrap()
    }

    /// The request that a right agent makes of this card and challenge.
    pub(super) async fn request(
        &self,
        uid: &str,
        card: &Card,
        key: &SessionKey,
    ) -> ValidateRequest {
        let activated = self.activate().await;
        let asked = Asked {
            challenge: &activated.challenge,
            server: SERVER,
            transaction: activated.log_session_id.as_str(),
        };
        ValidateRequest {
            resume_session: None,
            app_url: activated.app_url.clone(),
            log_session_id: activated.log_session_id.clone(),
            device_id: DeviceId::parse("WARD0001,ClientIP=192.0.2.7").unwrap(),
            challenge: activated.challenge.clone(),
            signature: activated.signature,
            uid: UserId::parse(uid).unwrap(),
            response: card.answer(asked, key),
        }
    }

    pub(super) async fn validate(
        &self,
        request: &ValidateRequest,
    ) -> Result<ValidateResponse, ErrorBody> {
        refusal_only(self.identity.validate(request).await)
    }

    /// Tries to log in with this card; gives the code of the refusal.
    pub(super) async fn refused(&self, uid: &str, card: &Card) -> ErrorCode {
        let request = self.request(uid, card, &SessionKey::new(7)).await;
        self.validate(&request).await.unwrap_err().code
    }

    pub(super) async fn sign_in(&self, uid: &str, card: &Card) -> Agent {
        self.sign_in_again(uid, card, None).await
    }

    pub(super) async fn sign_in_again(
        &self,
        uid: &str,
        card: &Card,
        resume: Option<&str>,
    ) -> Agent {
        let key = SessionKey::new(if resume.is_some() { 8 } else { 7 });
        let request = self.request(uid, card, &key).await;
        let request = ValidateRequest { resume_session: resume.map(str::to_owned), ..request };
        let response = self.validate(&request).await.unwrap();
        let id = response.session.unwrap().id;
        Agent { id, uid: uid.into(), ticket: response.sso_ticket, key, sequence: 0 }
    }

    pub(super) async fn prove(
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

    pub(super) async fn lease(&self, agent: &mut Agent) -> Result<(), Refusal> {
        self.prove(agent, "lease", None).await.map(|_| ())
    }

    pub(super) async fn child(&self, agent: &mut Agent) -> Ticket {
        match self.prove(agent, "ticket", Some(APP)).await {
            Ok(Granted::Ticket(issued)) => Ticket::parse(&issued.ticket).unwrap(),
            Ok(_) => panic!("no ticket"),
            Err(refusal) => panic!("{refusal:?}"),
        }
    }

    pub(super) async fn select_role(
        &self,
        ticket: &Ticket,
        role: &str,
    ) -> Result<(), TicketRefusal> {
        let selection = RoleSelection { ticket: same(ticket), role_profile: role.into() };
        refusal_only(self.identity.select_role(&selection).await)
    }

    pub(super) async fn logout(&self, ticket: &Ticket, uid: &str) -> Result<(), TicketRefusal> {
        let request = LogoutRequest {
            sso_ticket: same(ticket),
            log_session_id: LogSessionId::parse("AbCdEfGhIj").unwrap(),
            device_id: DeviceId::parse("WARD0001,ClientIP=192.0.2.7").unwrap(),
            uid: UserId::parse(uid).unwrap(),
        };
        refusal_only(self.identity.logout(&request).await)
    }

    pub(super) async fn assertion(&self, ticket: &Ticket) -> Result<String, TicketRefusal> {
        let response = self.identity.assertion(same(ticket), "192.0.2.7").await;
        refusal_only(response).map(|response| String::from_utf8(response).unwrap())
    }

    pub(super) async fn service(&self, operation: Operation) -> Outcome {
        let request = SessionRequest { set_id: 4, request_id: 2, operation };
        let response = self.identity.session_service(&request).await.unwrap();
        assert_eq!((response.set_id, response.request_id), (4, 2));
        response.outcome
    }

    pub(super) async fn get_session(&self, ticket: &Ticket, reset: bool) -> Result<String, String> {
        match self.service(Operation::GetSession { ticket: same(ticket), reset }).await {
            Outcome::Session(session) => Ok(session.valid_for(ticket).unwrap().to_string()),
            Outcome::Exception { message, .. } => Err(message),
            _ => panic!("another answer"),
        }
    }

    /// Every way in which a ticket that is not valid is refused.
    pub(super) async fn assert_invalid(&self, ticket: &Ticket) {
        assert_eq!(self.get_session(ticket, true).await, Err("no valid session".into()));
        assert_eq!(self.assertion(ticket).await, Err(TicketRefusal::NoSession));
        let selected = self.select_role(ticket, "555900000101").await;
        assert_eq!(selected, Err(TicketRefusal::NoSession));
    }
}

pub(super) fn refusal_only<T, R>(done: Result<T, Failed<R>>) -> Result<T, R> {
    done.map_err(|failed| match failed {
        Failed::Refused(refusal) => refusal,
        Failed::Internal(error) => panic!("{error}"),
    })
}

pub(super) fn same(ticket: &Ticket) -> Ticket {
    Ticket::parse(ticket.expose()).unwrap()
}
