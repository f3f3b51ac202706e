//! The model store as its callers see it, over a tiny synthetic model and a pip that is a script.

mod conversion;
mod fetching;
mod files;
mod synthetic;
