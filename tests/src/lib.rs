//! What the end-to-end tests share: a microphone without hardware, a browser, a server, a data folder that
//! goes away again. The tests know Viva only from outside: its command line, its pages, its files.
//!
//! Everything started here is stopped when its value is dropped, also where a test fails.

pub mod accessibility;
pub mod browser;
pub mod checkout;
pub mod installation;
pub mod microphone;
pub mod network;
pub mod page;
pub mod practice;
pub mod server;
pub mod speech;
pub mod waiting;

/// Says on stderr why a test did not do its work here, in one form that can be searched for in a log.
pub fn skipped(test: &str, why: &str) {
    eprintln!("skipped: {test}: {why}");
}
