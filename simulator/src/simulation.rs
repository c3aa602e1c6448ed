//! A simulation that runs, and what is done to it.

use std::sync::Arc;

use anyhow::{Context as _, Result};
use wardkey_agent_link::Instance;

use crate::{
    act::{Act, FaultArgument, Power, Whose},
    agent,
    answers::Answers,
    card::{CardFiles, PASSCODE},
    desk::Desk,
    folder::Folder,
    people::{People, Person},
    policy,
    server::Server,
};

/// Server, readers and cards, and the agent's instance.
pub struct Simulation {
    /// Where everything lies.
    pub folder: Folder,
    /// Whose policy has it in force.
    pub instance: Instance,
    /// Whether that is the user's own.
    pub is_default: bool,
    /// Who signs people in.
    pub server: Server,
    /// Who has a card.
    pub people: People,
    /// Readers and cards.
    pub desk: Arc<Desk>,
    /// Answers to dialogs, where it runs with them.
    pub answers: Option<Arc<Answers>>,
}

impl Simulation {
    /// Does something; what there is to say of it.
    pub fn act(&mut self, act: &Act) -> Result<String> {
        match act {
            Act::Answer { manner } => {
                self.answers()?.be(*manner);
                Ok(String::new())
            }
            Act::Env => Ok(self.environment()),
            Act::Fault(fault) => self.fault(fault),
            Act::Insert { name, reader } => {
                let person = self.people.named(&name.join(" "))?.clone();
                self.insert(&person, *reader)?;
                Ok(format!("{} is in reader {reader}; passcode {PASSCODE}", person.name()))
            }
            Act::List => Ok(self.listed()),
            Act::Quit => Ok(String::new()),
            Act::Remove { reader } => {
                let first = self.desk.in_readers().first().map(|(number, _)| *number);
                let reader = reader.or(first).context("there is no card in any reader")?;
                self.desk.remove(reader)?;
                Ok(String::new())
            }
            Act::Role { words } => {
                let words = words.join(" ");
                self.answers()?.choose_role((!words.is_empty()).then_some(words));
                Ok(String::new())
            }
            Act::Server { power } => {
                match (power, self.server.runs()) {
                    (Power::Start, false) => self.server.start()?,
                    (Power::Stop, _) => self.server.stop(),
                    (Power::Start, true) => {}
                }
                Ok(String::new())
            }
            Act::Unblock(whose) => {
                self.desk.hand(&self.uid(whose)?)?.unblock();
                Ok(String::new())
            }
        }
    }

    /// Puts somebody's card in.
    pub fn insert(&self, person: &Person, reader: usize) -> Result<()> {
        self.desk.insert(&person.uid, reader, |desk| {
            let files = self.files(person)?;
            files.card(move || {
                if let Some(desk) = desk.upgrade() {
                    desk.look();
                }
            })
        })
    }

    /// Leaves nothing running, and of the user's own instance no policy behind.
    pub fn end(mut self) -> Result<()> {
        agent::end(&self.instance)?;
        if self.is_default {
            policy::take_away(&self.instance)?;
        }
        self.server.stop();
        Ok(())
    }

    fn fault(&self, fault: &FaultArgument) -> Result<String> {
        let uid = self.uid(fault.whose())?;
        let files = || self.files(self.people.named(&uid)?);
        match (fault, fault.fault()) {
            (_, Some(fault)) => self.desk.fault(&uid, &fault)?,
            (FaultArgument::Expired(_), None) => {
                self.desk.show(&uid, files()?.expired(&self.server)?)?;
            }
            (_, None) => {
                self.desk.hand(&uid)?.forgive();
                self.desk.show(&uid, files()?.ordinary()?)?;
            }
        }
        Ok(String::new())
    }

    fn files(&self, person: &Person) -> Result<CardFiles> {
        CardFiles::of(&self.folder.cards(), person, &self.server)
    }

    /// The one who is named, else the first whose card is in.
    fn uid(&self, whose: &Whose) -> Result<String> {
        match &whose.card {
            Some(name) => Ok(self.people.named(name)?.uid.clone()),
            None => {
                let first = self.desk.in_readers().into_iter().next();
                Ok(first.context("there is no card in any reader; name one by --card")?.1)
            }
        }
    }

    fn answers(&self) -> Result<&Answers> {
        self.answers.as_deref().context("the user answers; run it with --answer")
    }

    fn listed(&self) -> String {
        let mut lines: Vec<_> = self.people.every().map(ToString::to_string).collect();
        for (reader, uid) in self.desk.in_readers() {
            let name = self.people.named(&uid).map(Person::name);
            lines.push(format!("reader {reader}: {}", name.unwrap_or(uid)));
        }
        let state = if self.server.runs() { "" } else { ", stopped" };
        lines.push(format!("server: {}{state}", self.server.url()));
        lines.join("\n")
    }

    fn environment(&self) -> String {
        let instance = self.folder.instance_folder();
        let authority = self.server.pki("tls-ca.crt.pem");
        let own = (!self.is_default).then(|| ("WARDKEY_INSTANCE", instance.display().to_string()));
        let others = [
            ("WARDKEY_SIMULATED_SERVER", self.server.url().to_owned()),
            ("NODE_EXTRA_CA_CERTS", authority.display().to_string()),
        ];
        let all = own.into_iter().chain(others);
        let line = |(name, value): (&str, String)| {
            format!("export {name}='{}'", value.replace('\'', "'\\''"))
        };
        all.map(line).collect::<Vec<_>>().join("\n")
    }
}
