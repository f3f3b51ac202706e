//! Tampering with the audit log behind Viva's back: what somebody with the database in hand might do, and what is found.

use crate::Store;
use viva_core::audit::{Broken, Deed, Fault, Head, NewEntry, verify};
use viva_core::clock::Timestamp;

/// Statements, and the entry that is wrong then.
pub const CASES: [(&str, u64, Fault); 8] = [
    ("UPDATE audit SET detail = 'csv' WHERE sequence = 3", 3, Fault::Changed),
    ("UPDATE audit SET at = at + 1 WHERE sequence = 6", 6, Fault::Changed),
    ("DELETE FROM audit WHERE sequence = 4", 4, Fault::Missing),
    ("DELETE FROM audit WHERE sequence > 4", 5, Fault::Truncated { recorded: 6 }),
    ("DELETE FROM audit", 1, Fault::Truncated { recorded: 6 }),
    (
        "UPDATE audit SET sequence = 99 WHERE sequence = 2; UPDATE audit SET sequence = 2 WHERE sequence = 5;
         UPDATE audit SET sequence = 5 WHERE sequence = 99",
        2,
        Fault::Moved { was: 5 },
    ),
    (
        "UPDATE audit SET sequence = sequence + 100 WHERE sequence > 3;
         INSERT INTO audit SELECT 4, at, actor_id, deed, round_id, candidate_id, subject_id, detail, previous, hash
         FROM audit WHERE sequence = 2;
         UPDATE audit SET sequence = sequence - 99 WHERE sequence > 100",
        4,
        Fault::Inserted,
    ),
    (
        "DELETE FROM audit WHERE sequence = 2; UPDATE audit SET sequence = sequence - 1 WHERE sequence > 2",
        2,
        Fault::Missing,
    ),
];

/// A log of six entries, and its head after each.
pub async fn log_of_six(store: &dyn Store) -> Vec<Head> {
    let mut heads = Vec::new();
    for n in 0..6 {
        heads.push(store.log(&NewEntry::new(Deed::Exported, None, Timestamp(n)).by("zip")).await.unwrap());
    }
    heads
}

/// What Viva finds in the log now.
pub async fn found(store: &dyn Store, heads: &[Head]) -> Result<Option<Head>, Broken> {
    verify(&store.audit_entries(0, 100).await.unwrap(), heads)
}
