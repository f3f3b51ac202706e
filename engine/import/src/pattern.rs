//! One way to name a pattern that is compiled once.

/// Names a regular expression.
macro_rules! regex {
    ($name:ident, $pattern:expr $(,)?) => {
        static $name: std::sync::LazyLock<regex::Regex> = std::sync::LazyLock::new(|| {
            regex::Regex::new($pattern).expect("a constant pattern, compiled by the tests")
        });
    };
}
