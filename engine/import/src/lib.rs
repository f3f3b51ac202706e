//! Placeholder of the workspace skeleton; see ARCHITECTURE.md.
