//! How another machine or a phone reaches this Viva, and how its person knows that it is this one.

use crate::app::App;
use crate::page::{Nav, Shell, show};
use crate::routes::{Routes, get};
use askama::Template;
use axum::extract::State;
use axum::response::Response;

/// The address of the page.
pub fn routes() -> Routes {
    Routes::new().route("/connection", get(page))
}

/// How the pages are served: what a start with `viva serve` came to.
#[derive(Debug, Clone, Default)]
pub struct Served {
    /// The addresses it answers to, this machine's own first.
    pub addresses: Vec<String>,
    /// The SHA-256 of its certificate; none where it speaks plain HTTP.
    pub fingerprint: Option<String>,
}

#[derive(Template)]
#[template(path = "connection.html")]
struct ConnectionPage {
    shell: Shell,
    served: Served,
    /// Addresses for other machines.
    elsewhere: Vec<String>,
}

/// `GET /connection`
async fn page(State(app): State<App>, shell: Shell) -> Response {
    let served = (*app.served).clone();
    let elsewhere = served.addresses.iter().skip(1).cloned().collect();
    show(&ConnectionPage { shell: shell.under(Nav::Elsewhere), served, elsewhere })
}

#[cfg(test)]
mod tests {
    use crate::testing::TestApp;

    #[tokio::test]
    async fn a_plain_server_says_how_another_machine_gets_in() {
        let app = TestApp::new().await;
        let page = app.get("/connection").await.body;
        assert!(page.contains("This machine only.") && page.contains("viva serve --tls --host"), "{page}");
    }
}
