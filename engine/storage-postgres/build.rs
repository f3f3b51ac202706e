//! Compiles again when a migration changes, because they are embedded.

fn main() {
    println!("cargo:rerun-if-changed=../../migrations/postgres");
    println!("cargo:rerun-if-changed=sqlx.toml");
}
