//! Frames on their way to a relay or a local program. They wait in a queue, so that one that reads
//! slowly, or not at all, holds up nobody else.

use std::{
    io,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
        mpsc::{self, Receiver, Sender},
    },
    thread,
};

use serde::Serialize;
use wardkey_agent_link::Connection;
use wardkey_protocol::limits::MAX_FRAME_TO_BROWSER;

/// Where frames go. Dropped frames are of a browser or a program that has gone.
#[derive(Clone)]
pub struct Outbound {
    queue: Sender<Vec<u8>>,
    /// Bytes in the queue.
    waiting: Arc<AtomicUsize>,
    /// To close it.
    connection: Arc<Connection>,
}

impl Outbound {
    /// Sends over this connection from now on, until every clone of this value is gone.
    ///
    /// # Errors
    ///
    /// What the system says.
    pub fn new(connection: Connection) -> io::Result<Self> {
        let (queue, frames) = mpsc::channel();
        let waiting = Arc::new(AtomicUsize::new(0));
        let outbound =
            Self { queue, waiting: waiting.clone(), connection: Arc::new(connection.try_clone()?) };
        thread::Builder::new().spawn(move || send_each(connection, &frames, &waiting))?;
        Ok(outbound)
    }

    /// Whether the message fits a frame; it is sent then. Whoever lets too much wait is cut off.
    pub fn send(&self, message: &impl Serialize) -> bool {
        let Ok(frame) = serde_json::to_vec(message) else { return true };
        if frame.len() > MAX_FRAME_TO_BROWSER {
            return false;
        }
        self.send_frame(frame);
        true
    }

    /// Sends a frame as it is, no longer than a frame may be.
    pub fn send_frame(&self, frame: Vec<u8>) {
        let length = frame.len();
        if self.waiting.fetch_add(length, Ordering::AcqRel) + length > MAX_WAITING {
            return self.connection.shut_down();
        }
        // The queue is closed when the connection has failed.
        let _ = self.queue.send(frame);
    }
}

fn send_each(mut connection: Connection, frames: &Receiver<Vec<u8>>, waiting: &AtomicUsize) {
    for frame in frames {
        if connection.send(&frame).is_err() {
            return connection.shut_down();
        }
        waiting.fetch_sub(frame.len(), Ordering::AcqRel);
    }
}

/// In bytes; many times what goes out at once, chunks included.
const MAX_WAITING: usize = 16 << 20;
