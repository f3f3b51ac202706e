//! The way in: a file that is streamed to the data folder, or a text that is pasted.

use super::{number, on_disk};
use crate::app::App;
use crate::error::PageError;
use crate::handlers::rows::when;
use crate::handlers::sentence;
use crate::page::{Nav, Shell, show, show_with};
use crate::tray::{About, Arrival, Tray};
use askama::Template;
use axum::extract::State;
use axum::extract::multipart::{Field, Multipart, MultipartRejection};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use tokio::io::AsyncWriteExt;
use tokio::task::spawn_blocking;
use viva_core::clock::Timestamp;
use viva_import::pack::sha256;
use viva_import::{Import, Source};

/// A document that waits.
pub struct Waiting {
    href: String,
    name: String,
    says: String,
}

#[derive(Template)]
#[template(path = "import.html")]
struct ImportPage {
    shell: Shell,
    waiting: Vec<Waiting>,
    problem: Option<String>,
    pasted: String,
    name: String,
}

/// `GET /import`
pub async fn page(State(app): State<App>, shell: Shell) -> Result<Response, PageError> {
    draw(&app, shell, None, String::new(), String::new()).await
}

async fn draw(
    app: &App,
    shell: Shell,
    problem: Option<String>,
    pasted: String,
    name: String,
) -> Result<Response, PageError> {
    let now = app.interview.now();
    let waiting = on_disk(app, |documents| documents.imports.list()).await?;
    let page = ImportPage {
        shell: shell.under(Nav::Questions),
        waiting: waiting
            .into_iter()
            .take(50)
            .map(|(id, about)| Waiting {
                href: format!("/import/{id}"),
                says: match &about.saved {
                    Some(pack) => {
                        format!("in the bank as {pack}, {}", when(Timestamp(about.brought_at_ms), now))
                    }
                    None => format!("not added yet, {}", when(Timestamp(about.brought_at_ms), now)),
                },
                name: about.name,
            })
            .collect(),
        pasted,
        name,
        problem,
    };
    Ok(if page.problem.is_some() { show_with(StatusCode::UNPROCESSABLE_ENTITY, &page) } else { show(&page) })
}

/// What a form with a document brought.
pub struct Brought {
    /// Where its bytes lie.
    pub arrival: Arrival,
    /// What it is called.
    pub name: String,
    /// What was pasted, to be shown again if it cannot be read.
    pub pasted: String,
    /// The form's other fields.
    pub others: Vec<(String, String)>,
}

/// Takes a document out of a form, straight to disk.
///
/// The fields are `document` (a file), `text` (pasted) and `name`; a file counts before a text.
pub async fn receive(
    tray: &Tray,
    form: Result<Multipart, MultipartRejection>,
    most: usize,
) -> Result<Result<Brought, String>, PageError> {
    let mut form = match form {
        Ok(form) => form,
        Err(_) => return Err(PageError::BadRequest("This is not a form of Viva.".into())),
    };
    let for_tray = tray.clone();
    let arrival = spawn_blocking(move || for_tray.begin()).await.map_err(anyhow::Error::from)??;
    let mut brought = Brought { arrival, name: String::new(), pasted: String::new(), others: Vec::new() };
    let filled = fill(&mut brought, &mut form, most).await;
    match filled {
        Ok(None) => Ok(Ok(brought)),
        Ok(Some(problem)) => {
            brought.arrival.refuse();
            Ok(Err(problem))
        }
        Err(error) => {
            brought.arrival.refuse();
            Err(error)
        }
    }
}

async fn fill(brought: &mut Brought, form: &mut Multipart, most: usize) -> Result<Option<String>, PageError> {
    let broken = |_| PageError::BadRequest("The document did not arrive whole.".into());
    let mut filed = false;
    let mut given_name = None;
    while let Some(mut field) = form.next_field().await.map_err(broken)? {
        match field.name().unwrap_or_default() {
            "document" => {
                let name = field.file_name().map(clean_name).unwrap_or_default();
                let mut file =
                    tokio::fs::File::create(&brought.arrival.file).await.map_err(anyhow::Error::from)?;
                let mut bytes = 0;
                while let Some(chunk) = field.chunk().await.map_err(broken)? {
                    bytes += chunk.len();
                    if bytes > most {
                        return Ok(Some(format!(
                            "The file has more than {} MB. Split it.",
                            most / 1_000_000
                        )));
                    }
                    file.write_all(&chunk).await.map_err(anyhow::Error::from)?;
                }
                file.sync_all().await.map_err(anyhow::Error::from)?;
                if bytes > 0 {
                    filed = true;
                    brought.name = name;
                }
            }
            "text" => brought.pasted = words(field).await?,
            "name" => given_name = Some(clean_name(&words(field).await?)).filter(|name| !name.is_empty()),
            other => {
                let other = other.to_owned();
                brought.others.push((other, words(field).await?));
            }
        }
    }
    if !filed {
        if brought.pasted.trim().is_empty() {
            return Ok(Some("Choose a file, or paste a text.".into()));
        }
        tokio::fs::write(&brought.arrival.file, brought.pasted.as_bytes())
            .await
            .map_err(anyhow::Error::from)?;
    }
    if brought.name.is_empty() {
        brought.name = given_name.unwrap_or_else(|| "pasted.txt".into());
    }
    Ok(None)
}

async fn words(field: Field<'_>) -> Result<String, PageError> {
    let bytes = field
        .bytes()
        .await
        .map_err(|_| PageError::BadRequest("The document did not arrive whole.".into()))?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// A file's name without folders and without what no name holds.
fn clean_name(name: &str) -> String {
    let name = name.rsplit(['/', '\\']).next().unwrap_or_default();
    name.chars().filter(|c| !c.is_control()).take(120).collect::<String>().trim().to_owned()
}

/// `POST /import`
pub async fn bring(
    State(app): State<App>,
    shell: Shell,
    form: Result<Multipart, MultipartRejection>,
) -> Result<Response, PageError> {
    let brought = match receive(&app.documents.imports, form, viva_import::limits::MOST_BYTES).await? {
        Ok(brought) => brought,
        Err(problem) => return draw(&app, shell, Some(problem), String::new(), String::new()).await,
    };
    let at = app.interview.now();
    let Brought { arrival, name, pasted, .. } = brought;
    let called = name.clone();
    let id = arrival.id;
    let read = on_disk(&app, move |documents| {
        let bytes = std::fs::read(&arrival.file)?;
        let import = match viva_import::read(Source { bytes: &bytes, name: Some(&called), format: None }) {
            Ok(import) if import.questions.is_empty() && import.left_out.is_empty() => {
                arrival.refuse();
                return Ok(Err(
                    "No question was found in this document, and nothing that could become one.".to_owned()
                ));
            }
            Ok(import) => import,
            Err(error) => {
                arrival.refuse();
                return Ok(Err(sentence(&error.to_string())));
            }
        };
        let about = About {
            name: called,
            sha256: sha256(&bytes),
            bytes: bytes.len() as u64,
            brought_at_ms: at.0,
            saved: None,
            problem: None,
        };
        documents.imports.settle(&arrival, &about, &import)?;
        Ok(Ok(summary(&import)))
    })
    .await?;
    match read {
        Ok(found) => {
            tracing::info!(found, "a document was read");
            Ok(Redirect::to(&format!("/import/{id}")).into_response())
        }
        Err(problem) => draw(&app, shell, Some(problem), pasted, name).await,
    }
}

fn summary(import: &Import) -> String {
    format!("{} questions as {}", number(import.questions.len()).to_lowercase(), import.format)
}
