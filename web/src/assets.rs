//! Style sheets, scripts and the font, compiled in. Each is served under its content's hash, so a browser
//! keeps it for good and never shows an old one after an update.

use axum::extract::Path;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::sync::OnceLock;

struct Asset {
    name: &'static str,
    media_type: &'static str,
    bytes: &'static [u8],
}

macro_rules! asset {
    ($name:literal, $media_type:literal) => {
        Asset { name: $name, media_type: $media_type, bytes: include_bytes!(concat!("../static/", $name)) }
    };
}

const ASSETS: &[Asset] = &[
    asset!("tokens.css", "text/css; charset=utf-8"),
    asset!("base.css", "text/css; charset=utf-8"),
    asset!("viva.css", "text/css; charset=utf-8"),
    asset!("bench.css", "text/css; charset=utf-8"),
    asset!("progress.css", "text/css; charset=utf-8"),
    asset!("decide.css", "text/css; charset=utf-8"),
    asset!("data.css", "text/css; charset=utf-8"),
    asset!("corrections.css", "text/css; charset=utf-8"),
    asset!("people.css", "text/css; charset=utf-8"),
    asset!("keys.js", "text/javascript; charset=utf-8"),
    asset!("microphone.js", "text/javascript; charset=utf-8"),
    asset!("room.js", "text/javascript; charset=utf-8"),
    asset!("own-room.js", "text/javascript; charset=utf-8"),
    asset!("recorder.css", "text/css; charset=utf-8"),
    asset!("recorder.js", "text/javascript; charset=utf-8"),
    asset!("recorder-microphone.js", "text/javascript; charset=utf-8"),
    asset!("recorder-sender.js", "text/javascript; charset=utf-8"),
    asset!("recorder-store.js", "text/javascript; charset=utf-8"),
    asset!("recorder-worklet.js", "text/javascript; charset=utf-8"),
    asset!("player.css", "text/css; charset=utf-8"),
    asset!("player.js", "text/javascript; charset=utf-8"),
    asset!("vendor/wavesurfer/wavesurfer.esm.js", "text/javascript; charset=utf-8"),
    asset!("import.css", "text/css; charset=utf-8"),
    asset!("import.js", "text/javascript; charset=utf-8"),
    asset!("rounds.css", "text/css; charset=utf-8"),
    asset!("rounds.js", "text/javascript; charset=utf-8"),
    asset!("icon.svg", "image/svg+xml"),
    asset!("fonts/source-serif-4-latin-wght-normal.woff2", "font/woff2"),
];

/// The address of an asset, with a stamp that changes with its content.
///
/// # Panics
/// When no such asset is compiled in: every template is rendered in a test, so a typing error is found there.
pub fn href(name: &str) -> String {
    let stamp = stamps().get(name).unwrap_or_else(|| unreachable!("no asset {name} is compiled in"));
    format!("/static/{stamp}/{name}")
}

/// One stamp over all assets: style sheets name the font relative to themselves, so they move together.
fn stamps() -> &'static HashMap<&'static str, String> {
    static STAMPS: OnceLock<HashMap<&'static str, String>> = OnceLock::new();
    STAMPS.get_or_init(|| {
        let mut all = Sha256::new();
        for asset in ASSETS {
            all.update(asset.bytes);
        }
        let stamp: String = all.finalize().iter().take(6).map(|byte| format!("{byte:02x}")).collect();
        ASSETS.iter().map(|asset| (asset.name, stamp.clone())).collect()
    })
}

/// `GET /static/{stamp}/{*name}`
pub async fn serve(Path((_stamp, name)): Path<(String, String)>) -> Response {
    match ASSETS.iter().find(|asset| asset.name == name) {
        Some(asset) => (
            [
                (header::CONTENT_TYPE, asset.media_type),
                (header::CACHE_CONTROL, "public, max-age=31536000, immutable"),
            ],
            asset.bytes,
        )
            .into_response(),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}
