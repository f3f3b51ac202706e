//! How writes that meet come out as one after the other.

use crate::PostgresStore;
use crate::error::{Again, Failure};
use sqlx::{Postgres, Transaction};
use std::time::Duration;
use viva_storage::StorageError;

/// A write that others keep overtaking is given up after so many tries. At least one of those that meet gets
/// through each time, so this is far more than ever happens.
const MOST_TRIES: u32 = 60;

/// What is said to be taken is looked at again so often: whoever took it may be one of many who meet, each of whom gets the next
/// number or name in turn.
const MOST_LOOKS: u32 = 12;

/// Runs a block in a serialisable transaction and commits it; again from the start where another write came in
/// between. The block sees the connection under the name given, and keeps nothing outside the database.
macro_rules! serialised {
    ($store:expr, $tx:ident => $work:expr) => {{
        let mut tries = $crate::transactions::Tries::default();
        loop {
            let mut transaction = $store.begin().await?;
            let done = {
                let $tx: &mut $crate::Connection = &mut transaction;
                $work.await
            };
            let done = match done {
                Ok(value) => transaction.commit().await.map(|()| value).map_err($crate::error::Failure::from),
                Err(failure) => {
                    // Where even this fails the connection is of no more use, and the pool throws it away.
                    let _ = transaction.rollback().await;
                    Err(failure)
                }
            };
            match done {
                Err(failure) if tries.another(&failure) => tries.pause().await,
                done => break $store.told(done),
            }
        }
    }};
}

impl PostgresStore {
    pub(crate) async fn begin(&self) -> Result<Transaction<'static, Postgres>, StorageError> {
        let begun = self.pool.begin_with("BEGIN ISOLATION LEVEL SERIALIZABLE").await;
        self.told(begun.map_err(Failure::from))
    }

    /// A transaction that only reads, so that several queries see one state. It waits for nobody.
    pub(crate) async fn look(&self) -> Result<Transaction<'static, Postgres>, StorageError> {
        let begun = self.pool.begin_with("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY").await;
        self.told(begun.map_err(Failure::from))
    }
}

/// How often a write was tried.
#[derive(Debug, Default)]
pub(crate) struct Tries {
    raced: u32,
    taken: u32,
}

impl Tries {
    /// Whether it is worth another try after this failure.
    pub(crate) fn another(&mut self, failure: &Failure) -> bool {
        match failure.again() {
            Again::Race => {
                self.raced += 1;
                self.raced < MOST_TRIES
            }
            Again::Taken => {
                self.taken += 1;
                self.taken < MOST_LOOKS
            }
            Again::No => false,
        }
    }

    /// Lets the others finish: a little longer each time.
    pub(crate) async fn pause(&self) {
        tokio::time::sleep(Duration::from_millis(u64::from((self.raced + self.taken).min(20)))).await;
    }
}
