//! Ports for the programs of tests.

use std::{
    net::TcpListener,
    sync::atomic::{AtomicU16, Ordering},
};

/// A free port on loopback, below those that the system gives to outgoing connections: one of
/// these could take it before the program listens that it is for. `None`: all are taken.
pub fn free_port() -> Option<u16> {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    // Other test programs begin elsewhere.
    let begin = u16::try_from(std::process::id() % 97).unwrap_or_default() * 100;
    (0..PORTS).find_map(|_| {
        let offset = begin.wrapping_add(NEXT.fetch_add(1, Ordering::Relaxed)) % PORTS;
        let port = FIRST_PORT + offset;
        TcpListener::bind(("127.0.0.1", port)).is_ok().then_some(port)
    })
}

/// Below 32768, where Linux begins with outgoing connections, and above what programs listen at.
const FIRST_PORT: u16 = 20_000;
const PORTS: u16 = 10_000;
