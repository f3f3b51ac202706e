//! What axe-core has to say about a page (tests/vendor/axe-core, MPL-2.0).

use crate::browser::Browser;
use crate::checkout;
use std::fmt::Write as _;
use std::fs;

/// Holds the page to WCAG 2.2 AA and axe's best practices.
///
/// # Panics
/// When it breaks a rule, with the rule, the elements and what to do.
#[track_caller]
pub fn assert_accessible(browser: &Browser) {
    let violations = violations(browser);
    assert!(violations.is_empty(), "the page is not accessible:\n{violations}");
}

/// What is wrong, one line a rule and one an element; empty where nothing is.
pub fn violations(browser: &Browser) -> String {
    let axe = fs::read_to_string(checkout::root().join("tests/vendor/axe-core/axe.min.js"))
        .expect("axe-core is in the checkout");
    browser.script(&axe);
    // A change of colours fades over 90 ms, and a colour on its way is nobody's contrast.
    browser
        .script("document.getAnimations().filter(a => a instanceof CSSTransition).forEach(a => a.finish());");
    let result = browser.script_async(
        "const done = arguments[arguments.length - 1];
         axe.run(document, { resultTypes: ['violations'] })
            .then(result => done(result.violations), error => done(String(error)));",
        Vec::new(),
    );
    let Some(rules) = result.as_array() else { return format!("axe did not run: {result}") };
    let mut text = String::new();
    for rule in rules {
        let _ = writeln!(text, "{}: {}", rule["id"], rule["help"]);
        for node in rule["nodes"].as_array().into_iter().flatten() {
            let _ = writeln!(text, "    {} {}", node["target"], node["html"]);
        }
    }
    text
}
