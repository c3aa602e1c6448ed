//! The least card there is: connects to a virtual reader and answers each command by a function.

use std::{
    io::{self, Read as _, Write as _},
    net::{Shutdown, TcpStream},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    thread::{self, JoinHandle},
    time::Instant,
};

use super::PATIENCE;

/// Its answer to reset: direct convention, T=1.
pub const ATR: [u8; 5] = [0x3b, 0x80, 0x80, 0x01, 0x01];

/// A card in a reader. Dropping it takes it out.
pub struct VirtualCard {
    stream: TcpStream,
    thread: Option<JoinHandle<()>>,
    resets: Arc<AtomicUsize>,
}

impl VirtualCard {
    /// Puts a card into the reader of a port, as soon as there is one.
    pub fn insert(port: u16, mut answer: impl FnMut(&[u8]) -> Vec<u8> + Send + 'static) -> Self {
        let deadline = Instant::now() + PATIENCE;
        let mut stream = loop {
            match TcpStream::connect(("127.0.0.1", port)) {
                Ok(stream) => break stream,
                Err(error) => assert!(Instant::now() < deadline, "no reader at {port}: {error}"),
            }
            thread::yield_now();
        };
        let kept = stream.try_clone().unwrap();
        let resets = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&resets);
        // It ends when either side closes.
        let thread = thread::spawn(move || {
            let _ = serve(&mut stream, &counted, &mut answer);
        });
        Self { stream: kept, thread: Some(thread), resets }
    }

    /// How often the card was reset by command.
    pub fn resets(&self) -> usize {
        self.resets.load(Ordering::SeqCst)
    }
}

impl Drop for VirtualCard {
    fn drop(&mut self) {
        // pcscd may have closed it already.
        let _ = self.stream.shutdown(Shutdown::Both);
        self.thread.take().unwrap().join().unwrap();
    }
}

/// vpcd's protocol: a length in two bytes, big-endian, and a body. Bodies of one byte are
/// control: 0 power off, 1 power on, 2 reset, 4 asks for the answer to reset.
fn serve(
    stream: &mut TcpStream,
    resets: &AtomicUsize,
    answer: &mut impl FnMut(&[u8]) -> Vec<u8>,
) -> io::Result<()> {
    loop {
        let mut length = [0; 2];
        stream.read_exact(&mut length)?;
        let mut body = vec![0; usize::from(u16::from_be_bytes(length))];
        stream.read_exact(&mut body)?;
        let reply = match body[..] {
            [2] => {
                resets.fetch_add(1, Ordering::SeqCst);
                continue;
            }
            [0 | 1] => continue,
            [4] => ATR.to_vec(),
            _ => answer(&body),
        };
        let length = u16::try_from(reply.len()).unwrap().to_be_bytes();
        stream.write_all(&[&length[..], &reply].concat())?;
    }
}
