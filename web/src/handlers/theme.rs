//! Light, dark, or as the system has it: kept in a cookie, so the server draws the page right at once.

use axum::Form;
use axum::http::header;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

/// The choice and the page it was made on.
#[derive(Debug, Deserialize)]
pub struct Choice {
    theme: String,
    back: String,
}

/// `POST /theme`
pub async fn choose(Form(choice): Form<Choice>) -> Response {
    let cookie = match choice.theme.as_str() {
        theme @ ("light" | "dark") => {
            format!("theme={theme}; Path=/; Max-Age=31536000; SameSite=Lax; HttpOnly")
        }
        _ => "theme=; Path=/; Max-Age=0; SameSite=Lax; HttpOnly".to_owned(),
    };
    // Only a path of ours: never a way to send someone elsewhere.
    let back =
        if choice.back.starts_with('/') && !choice.back.starts_with("//") && !choice.back.contains('\\') {
            choice.back
        } else {
            "/".to_owned()
        };
    ([(header::SET_COOKIE, cookie)], Redirect::to(&back)).into_response()
}
