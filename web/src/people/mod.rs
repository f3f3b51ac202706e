//! People on this server: who sends a request, how they prove it, and the pages for it.

pub mod visitor;
