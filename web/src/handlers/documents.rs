//! What the review of a document and that of a transcript share: an id in an address, the place looked at, work on disk.

use crate::app::App;
use crate::error::PageError;
use crate::tray::Documents;
use serde::Deserialize;
use tokio::task::spawn_blocking;
use uuid::Uuid;

/// Which question or answer is looked at.
#[derive(Debug, Default, Deserialize)]
pub struct At {
    /// Its number.
    #[serde(default)]
    pub at: Option<u32>,
}

/// The id of an address; one that is none leads nowhere.
pub fn id_of(text: &str) -> Result<Uuid, PageError> {
    Uuid::parse_str(text).map_err(|_| PageError::NotFound)
}

/// Work on the disk, off the runtime.
pub async fn on_disk<T: Send + 'static>(
    app: &App,
    work: impl FnOnce(&Documents) -> anyhow::Result<T> + Send + 'static,
) -> Result<T, PageError> {
    let documents = app.documents.clone();
    let done = spawn_blocking(move || work(&documents)).await.map_err(anyhow::Error::from)?;
    Ok(done?)
}
