//! Questions that come while others are under way are asked together: each way to the database and
//! back costs more than what it brings.

use std::{
    collections::{HashMap, VecDeque},
    fmt::{self, Debug, Formatter},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use sqlx::{FromRow, postgres::PgRow, sqlite::SqliteRow};
use tokio::sync::oneshot::{self, Sender};

use super::{Pool, StoreError, read};
use crate::session::Sha256;

/// Asks for sixteen hashes at the end of a statement.
macro_rules! sixteen {
    () => {
        "IN ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)"
    };
}

pub(super) use sixteen;

/// A row that is looked up by a hash, which it has.
pub(super) trait Row:
    for<'row> FromRow<'row, PgRow> + for<'row> FromRow<'row, SqliteRow> + Send + Unpin + 'static
{
    /// What it says.
    type Found: Clone + Send + 'static;
    /// Asks for the one with the hash `$1`.
    const ONE: &'static str;
    /// Asks for those with the hashes `$1` to `$16`.
    const SOME: &'static str;

    /// Its hash.
    fn hash(&self) -> &[u8];

    /// What it says.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`].
    fn read(self) -> Result<Self::Found, StoreError>;
}

/// Looks rows up, several at once where several are asked for. Each is read after it was asked for.
pub(super) struct Gather<R: Row> {
    pool: Pool,
    asked: Mutex<Asked<R::Found>>,
}

struct Asked<F> {
    waiting: VecDeque<Asker<F>>,
    /// How many questions are under way.
    questions: usize,
}

struct Asker<F> {
    hash: Sha256,
    answer: Sender<Result<Option<F>, StoreError>>,
}

impl<R: Row> Debug for Gather<R> {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Gather").finish_non_exhaustive()
    }
}

impl<R: Row> Gather<R> {
    pub fn new(pool: Pool) -> Arc<Self> {
        let asked = Asked { waiting: VecDeque::new(), questions: 0 };
        Arc::new(Self { pool, asked: Mutex::new(asked) })
    }

    /// What the row with this hash says.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn find(self: &Arc<Self>, hash: &Sha256) -> Result<Option<R::Found>, StoreError> {
        let (answer, answered) = oneshot::channel();
        self.asked().waiting.push_back(Asker { hash: *hash, answer });
        if let Some(question) = Question::begin(self) {
            // Whoever asks may go, and others wait for the same.
            tokio::spawn(question.ask());
        }
        answered.await.unwrap_or_else(|_| Err(sqlx::Error::WorkerCrashed.into()))
    }

    async fn rows(&self, askers: &[Asker<R::Found>]) -> Result<Vec<R>, sqlx::Error> {
        let [first, ..] = askers else { return Ok(Vec::new()) };
        if askers.len() == 1 {
            return read!(self, on => sqlx::query_as(R::ONE)
                .bind(first.hash.as_slice())
                .fetch_all(on)
                .await);
        }
        // One that is asked for twice is found once.
        let hashes = askers.iter().chain(std::iter::repeat(first)).take(SOME);
        read!(self, on => hashes
            .fold(sqlx::query_as(R::SOME), |query, asker| query.bind(asker.hash.as_slice()))
            .fetch_all(on)
            .await)
    }

    fn asked(&self) -> MutexGuard<'_, Asked<R::Found>> {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One of the questions that are under way.
struct Question<R: Row> {
    gather: Arc<Gather<R>>,
    done: bool,
}

impl<R: Row> Question<R> {
    /// Unless there are enough.
    fn begin(gather: &Arc<Gather<R>>) -> Option<Self> {
        let mut asked = gather.asked();
        let begins = asked.questions < AT_ONCE;
        asked.questions += usize::from(begins);
        begins.then(|| Self { gather: gather.clone(), done: false })
    }

    /// Asks until nobody waits.
    async fn ask(mut self) {
        while let Some(askers) = self.next() {
            match self.rows(&askers).await {
                Ok(rows) => answer(askers, rows),
                Err(error) => self.fail(askers, error),
            }
        }
    }

    /// Those who wait longest.
    fn next(&mut self) -> Option<Vec<Asker<R::Found>>> {
        let mut asked = self.gather.asked();
        let mut some = Vec::new();
        while some.len() < SOME {
            let Some(asker) = asked.waiting.pop_front() else { break };
            if !asker.answer.is_closed() {
                some.push(asker);
            }
        }
        if some.is_empty() {
            self.done = true;
            asked.questions -= 1;
            return None;
        }
        Some(some)
    }

    /// Once more where the connection turns out to be gone, and no longer than anybody waits: a
    /// connection that went silent must not hold this question for good.
    async fn rows(&self, askers: &[Asker<R::Found>]) -> Result<Vec<R>, sqlx::Error> {
        let rows = async {
            match self.gather.rows(askers).await {
                Err(sqlx::Error::Io(_)) => self.gather.rows(askers).await,
                rows => rows,
            }
        };
        tokio::time::timeout(PATIENCE, rows).await.unwrap_or(Err(sqlx::Error::PoolTimedOut))
    }

    /// Where there is no connection to be had, whoever has come since waits for nothing.
    fn fail(&self, mut askers: Vec<Asker<R::Found>>, error: sqlx::Error) {
        if let sqlx::Error::PoolTimedOut = error {
            askers.extend(self.gather.asked().waiting.drain(..));
        }
        let error = StoreError::from(error);
        for asker in askers {
            let _ = asker.answer.send(Err(error.clone()));
        }
    }
}

impl<R: Row> Drop for Question<R> {
    /// One that broke off is nobody's to wait for.
    fn drop(&mut self) {
        if !self.done {
            let mut asked = self.gather.asked();
            asked.questions -= 1;
            if asked.questions == 0 {
                asked.waiting.clear();
            }
        }
    }
}

fn answer<R: Row>(askers: Vec<Asker<R::Found>>, rows: Vec<R>) {
    let found: HashMap<Vec<u8>, _> =
        rows.into_iter().map(|row| (row.hash().to_vec(), row.read())).collect();
    for Asker { hash, answer } in askers {
        // Whoever asked may have gone.
        let _ = answer.send(found.get(hash.as_slice()).cloned().transpose());
    }
}

/// As many connections as SQLite's readers are.
const AT_ONCE: usize = 4;
/// For a connection and an answer; a request has twice as much.
const PATIENCE: Duration = Duration::from_secs(10);
/// As [`Row::SOME`] has it.
const SOME: usize = 16;
