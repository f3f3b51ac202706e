//! Routes that know themselves: a thin wrapper around axum's router, which cannot list what was added to it.
//!
//! Every module's `routes()` gives [`Routes`], and only they become the server's router, so no page can be reached
//! whose method and path the rights table was not held against.

use crate::app::App;
use axum::Router;
use axum::extract::Request;
use axum::handler::Handler;
use axum::response::IntoResponse;
use axum::routing::{MethodRouter, Route};
use std::convert::Infallible;
use tower::{Layer, Service};

/// The routes of a part of the pages.
#[derive(Debug, Default)]
pub struct Routes {
    router: Router<App>,
    listed: Vec<Listed>,
}

/// One route.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Listed {
    /// `GET` or `POST`; `HEAD` goes with the former.
    pub method: &'static str,
    /// With its parameters, such as `/sessions/{session}`.
    pub path: String,
}

/// What answers at one path, by method.
#[derive(Debug)]
pub struct Methods {
    handlers: MethodRouter<App>,
    listed: Vec<&'static str>,
}

impl Routes {
    /// None.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a path.
    #[must_use]
    pub fn route(mut self, path: &str, methods: Methods) -> Self {
        self.listed.extend(methods.listed.iter().map(|&method| Listed { method, path: path.to_owned() }));
        self.router = self.router.route(path, methods.handlers);
        self
    }

    /// Adds the routes of another part.
    #[must_use]
    pub fn merge(mut self, other: Self) -> Self {
        self.listed.extend(other.listed);
        self.router = self.router.merge(other.router);
        self
    }

    /// All routes.
    #[cfg(test)]
    pub fn listed(&self) -> &[Listed] {
        &self.listed
    }

    /// The same routes, each answering only that it was reached.
    #[cfg(test)]
    pub fn stubs(&self) -> Self {
        let mut stubs = Self::new();
        for Listed { method, path } in &self.listed {
            let stub = || async { "reached" };
            stubs = stubs.route(path, if *method == "GET" { get(stub) } else { post(stub) });
        }
        stubs
    }

    /// The router, whose routes can be listed no more.
    pub fn into_router(self) -> Router<App> {
        self.router
    }
}

/// Answers `GET`, and with it `HEAD`.
pub fn get<H: Handler<T, App>, T: 'static>(handler: H) -> Methods {
    Methods { handlers: axum::routing::get(handler), listed: vec!["GET"] }
}

/// Answers `POST`.
pub fn post<H: Handler<T, App>, T: 'static>(handler: H) -> Methods {
    Methods { handlers: axum::routing::post(handler), listed: vec!["POST"] }
}

impl Methods {
    /// Answers `POST` too.
    #[must_use]
    pub fn post<H: Handler<T, App>, T: 'static>(self, handler: H) -> Self {
        self.with("POST", |handlers| handlers.post(handler))
    }

    fn with(
        mut self,
        method: &'static str,
        add: impl FnOnce(MethodRouter<App>) -> MethodRouter<App>,
    ) -> Self {
        self.handlers = add(self.handlers);
        self.listed.push(method);
        self
    }

    /// Wraps the handlers added so far.
    #[must_use]
    pub fn layer<L>(mut self, layer: L) -> Self
    where
        L: Layer<Route> + Clone + Send + Sync + 'static,
        L::Service: Service<Request, Error: Into<Infallible>, Response: IntoResponse, Future: Send>
            + Clone
            + Send
            + Sync
            + 'static,
    {
        self.handlers = self.handlers.layer(layer);
        self
    }
}
