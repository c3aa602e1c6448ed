//! The instances by their numbers, and what became of each one's last call.

use std::{
    cell::RefCell,
    collections::BTreeMap,
    ffi::c_long,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use wardkey_spine::ticket_api::Code;

use crate::{Api, Failure};

/// Gives an instance its number.
pub fn add(api: Api) -> Result<c_long, Failure> {
    let mut table = table();
    let number = table.last.checked_add(1).ok_or(Code::RESOURCE_ALLOCATION_FAILED)?;
    table.last = number;
    table.all.insert(number, Arc::new(Entry { api, last: Mutex::new(Failure::none()) }));
    Ok(number)
}

/// Takes an instance out.
pub fn remove(number: c_long) -> Result<Taken, Failure> {
    let entry = table().all.remove(&number);
    entry.map(Taken).ok_or_else(|| fail(unknown(number).into()))
}

/// Calls an instance, and keeps what became of it.
pub fn with<T>(number: c_long, act: impl FnOnce(&Api) -> Result<T, Failure>) -> Result<T, Failure> {
    let entry = table().all.get(&number).cloned();
    let Some(entry) = entry else { return Err(fail(unknown(number).into())) };
    let outcome = act(&entry.api);
    let last = outcome.as_ref().err().cloned().unwrap_or_else(Failure::none);
    *entry.last.lock().unwrap_or_else(PoisonError::into_inner) = last;
    outcome
}

/// Keeps what became of a call without an instance, for this thread.
pub fn fail(failure: Failure) -> Failure {
    LAST.with(|last| *last.borrow_mut() = failure.clone());
    failure
}

/// What became of an instance's last call; of 0, of this thread's last one without an instance.
pub fn last(number: c_long) -> Failure {
    if number == 0 {
        return LAST.with(|last| last.borrow().clone());
    }
    let entry = table().all.get(&number).cloned();
    match entry {
        Some(entry) => entry.last.lock().unwrap_or_else(PoisonError::into_inner).clone(),
        None => unknown(number).into(),
    }
}

/// An instance that is no longer one.
pub struct Taken(Arc<Entry>);

impl Taken {
    /// Ends its connection.
    pub fn close(&self) {
        self.0.api.close();
    }
}

struct Entry {
    api: Api,
    last: Mutex<Failure>,
}

struct Table {
    last: c_long,
    all: BTreeMap<c_long, Arc<Entry>>,
}

fn unknown(number: c_long) -> Code {
    if number == 0 { Code::NOT_INITIALIZED } else { Code::INVALID_INSTANCE_HANDLE }
}

fn table() -> MutexGuard<'static, Table> {
    TABLE.lock().unwrap_or_else(PoisonError::into_inner)
}

static TABLE: Mutex<Table> = Mutex::new(Table { last: 0, all: BTreeMap::new() });

thread_local! {
    static LAST: RefCell<Failure> = const { RefCell::new(Failure::none()) };
}
