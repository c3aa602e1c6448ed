//! `org.freedesktop.login1` over the system bus, of which a few messages are all that is needed.

mod appearance;
mod bus;
mod wire;

use std::{ffi::OsString, io};

use bus::{BUS, Bus, bus_call};
use wire::{Call, Message, MessageType};

pub use appearance::appearance;

use crate::DesktopEvent;

/// The desktop session as logind knows it, and the bus that it is asked over.
pub struct Desktop {
    bus: Bus,
    /// The object of our session.
    session: String,
    /// Who speaks for logind.
    owner: String,
    was_locked: bool,
    was_active: bool,
}

impl Desktop {
    /// Connects to the system bus and finds this program's session.
    ///
    /// # Errors
    ///
    /// What the system or the bus says: no bus, no logind, no session.
    pub fn connect() -> io::Result<Self> {
        Self::connect_as(|name| std::env::var_os(name))
    }

    fn connect_as(variable: impl Fn(&str) -> Option<OsString>) -> io::Result<Self> {
        let text = |name: &str| variable(name).and_then(|value| value.into_string().ok());
        let address = text(ADDRESS_VARIABLE).unwrap_or_else(|| USUAL_ADDRESS.to_owned());
        let mut bus = Bus::connect(&address, None)?;
        for rule in RULES {
            bus.ask(&bus_call("AddMatch").string(rule))?;
        }
        let owner = bus.ask(&bus_call("GetNameOwner").string(LOGIN1))?.string()?;
        let manager = |member| Call::new(LOGIN1, "/org/freedesktop/login1", MANAGER, member);
        let session = match text("XDG_SESSION_ID").filter(|id| !id.is_empty()) {
            Some(id) => bus.ask(&manager("GetSession").string(&id)),
            None => bus.ask(&manager("GetSessionByPID").number(std::process::id())),
        };
        let session = session?.string()?;
        let mut desktop = Self { bus, session, owner, was_locked: false, was_active: false };
        desktop.was_locked = desktop.is_locked()?;
        desktop.was_active = desktop.is_active()?;
        Ok(desktop)
    }

    /// Tells of events as long as the bus does; why no longer.
    pub fn listen(mut self, mut on_event: impl FnMut(DesktopEvent) + 'static) -> io::Error {
        loop {
            match self.wait() {
                Ok(event) => on_event(event),
                Err(error) => return error,
            }
        }
    }

    /// Waits for the next event.
    fn wait(&mut self) -> io::Result<DesktopEvent> {
        loop {
            let message = self.bus.next()?;
            if let Some(event) = self.understand(&message)? {
                return Ok(event);
            }
        }
    }

    fn understand(&mut self, message: &Message) -> io::Result<Option<DesktopEvent>> {
        let is = |interface: &str, member: &str| {
            message.interface == interface && message.member == member
        };
        if message.kind != MessageType::Signal {
            return Ok(None);
        }
        if message.sender == BUS && is(BUS, "NameOwnerChanged") {
            // logind was started again; the session is the same object.
            self.owner = message.third_string()?;
            return Ok(None);
        }
        if message.sender != self.owner {
            return Ok(None);
        }
        if is(MANAGER, "PrepareForSleep") {
            return Ok(message.boolean()?.then_some(DesktopEvent::Sleeps));
        }
        if message.path != self.session {
            return Ok(None);
        }
        // Some desktops lock when logind says so, others lock and say so.
        if is(SESSION, "Lock") {
            self.was_locked = true;
            return Ok(Some(DesktopEvent::ScreenLocked));
        }
        if is(PROPERTIES, "PropertiesChanged") || is(SESSION, "Unlock") {
            let locked = self.is_locked()?;
            let was_locked = std::mem::replace(&mut self.was_locked, locked);
            let active = self.is_active()?;
            let was_active = std::mem::replace(&mut self.was_active, active);
            let is_gone = (locked && !was_locked) || (was_active && !active);
            return Ok(is_gone.then_some(DesktopEvent::ScreenLocked));
        }
        Ok(None)
    }

    fn is_locked(&mut self) -> io::Result<bool> {
        Ok(self.property("LockedHint")?.unwrap_or(false))
    }

    /// Whether its screen shows this session.
    fn is_active(&mut self) -> io::Result<bool> {
        Ok(self.property("Active")?.unwrap_or(true))
    }

    /// `None`: this logind has no such property of a session.
    fn property(&mut self, name: &str) -> io::Result<Option<bool>> {
        let get = Call::new(LOGIN1, &self.session, PROPERTIES, "Get");
        match self.bus.ask(&get.string(SESSION).string(name)) {
            Ok(value) => value.boolean_in_variant().map(Some),
            Err(error) if error.kind() == io::ErrorKind::Other => Ok(None),
            Err(error) => Err(error),
        }
    }
}

const ADDRESS_VARIABLE: &str = "DBUS_SYSTEM_BUS_ADDRESS";
const USUAL_ADDRESS: &str = "unix:path=/run/dbus/system_bus_socket";
const LOGIN1: &str = "org.freedesktop.login1";
const MANAGER: &str = "org.freedesktop.login1.Manager";
const SESSION: &str = "org.freedesktop.login1.Session";
const PROPERTIES: &str = "org.freedesktop.DBus.Properties";
const RULES: [&str; 4] = [
    "type='signal',sender='org.freedesktop.login1',interface='org.freedesktop.login1.Session'",
    "type='signal',sender='org.freedesktop.login1',interface='org.freedesktop.DBus.Properties',\
     arg0='org.freedesktop.login1.Session'",
    "type='signal',sender='org.freedesktop.login1',interface='org.freedesktop.login1.Manager',\
     member='PrepareForSleep'",
    "type='signal',sender='org.freedesktop.DBus',interface='org.freedesktop.DBus',\
     member='NameOwnerChanged',arg0='org.freedesktop.login1'",
];

#[cfg(test)]
mod tests;
