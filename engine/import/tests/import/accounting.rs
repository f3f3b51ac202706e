//! Whatever the document: every line is accounted for, and the same bytes give the same import.

use super::read;
use proptest::prelude::*;
use viva_import::Import;

#[track_caller]
pub fn every_line_is_accounted_for(text: &str, import: &Import) {
    for (number, line) in (1u32..).zip(text.split('\n')) {
        let held = import.questions.iter().any(|q| q.line <= number && number <= q.end_line)
            || import.left_out.iter().any(|l| l.line <= number && number <= l.end_line);
        assert!(held || line.trim().is_empty(), "line {number} is lost: {line:?}");
    }
    let last = text.split('\n').count() as u32;
    for q in &import.questions {
        assert!(1 <= q.line && q.line <= q.end_line && q.end_line <= last, "range of {q:?}");
        assert!((0.0..=1.0).contains(&q.confidence));
        assert!(!q.ask.trim().is_empty());
        for c in &q.criteria {
            assert!(!c.listen.is_empty() && c.listen.iter().all(|i| !i.is_empty()), "{c:?}");
            assert!(c.from_lines.0 <= c.from_lines.1, "{c:?}");
        }
    }
}

/// Lines as documents have them, in any order.
fn line() -> impl Strategy<Value = String> {
    prop_oneof![
        Just(String::new()),
        Just("What is a lease, and who renews it?".to_owned()),
        Just("Q: Why are writes batched?".to_owned()),
        Just("A: Because each one costs a round trip.".to_owned()),
        Just("## Caches".to_owned()),
        Just("3. Explain the life of a request.".to_owned()),
        Just("=> A value goes stale. => It is read again.".to_owned()),
        Just("| Term | Meaning |".to_owned()),
        Just("|---|---|".to_owned()),
        Just("```".to_owned()),
        Just("if (a) {".to_owned()),
        Just("}".to_owned()),
        Just("It ends.Why does it end?".to_owned()),
        Just("Table of Contents".to_owned()),
        Just("<details><summary>How does it heal?</summary>".to_owned()),
        Just("\"How do you test this?\"".to_owned()),
        Just("References".to_owned()),
        Just("Follow-up: and then?".to_owned()),
        "[ -~]{0,60}",
        "\\PC{0,30}",
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, ..ProptestConfig::default() })]

    #[test]
    fn every_line_of_any_text_is_accounted_for(lines in prop::collection::vec(line(), 0..60), crlf in any::<bool>(), name in prop_oneof![Just("a.txt"), Just("a.md"), Just("a.html")]) {
        let text = lines.join(if crlf { "\r\n" } else { "\n" });
        prop_assume!(!text.trim().is_empty());
        prop_assume!(text.bytes().all(|b| b >= 32 || b == b'\n' || b == b'\r'));
        let import = read(name, &text);
        every_line_is_accounted_for(&text, &import);
        let again = read(name, &text);
        prop_assert_eq!(serde_json::to_string(&import).unwrap(), serde_json::to_string(&again).unwrap());
    }
}

#[test]
fn odd_line_ends_and_labels_without_words_are_accounted_for() {
    let glued = "A: words that are long enough\u{2028}A: and more of them.\nWhy: A:\u{2028}A: : x\n";
    let page = "<h2>1. What is a pod?</h2>\r\n<pre>one\r\r\rtwo</pre>\r\r\r<h2>2. What is\ra taint?</h2>\n<p>A mark.</p>";
    let labels = "# Questions\n\nQ: Q: Q: Q: Q: Q: Q: ** Q: Q: Q: Q: ? Q: **\n\n## Storage\n\nQ: Q:\nA: A:\n";
    for (name, text) in
        [("notes.txt", glued), ("page.html", page), ("notes.md", labels), ("notes.txt", labels)]
    {
        every_line_is_accounted_for(text, &read(name, text));
    }
}
