//! Shows what is found in a file: one line a question, then what was left out.
#![allow(clippy::print_stdout, clippy::unwrap_used, reason = "a tool, run by hand")]
fn main() {
    for name in std::env::args().skip(1) {
        let bytes = std::fs::read(&name).unwrap();
        match viva_import::read(viva_import::Source { bytes: &bytes, name: Some(&name), format: None }) {
            Ok(import) => {
                println!("{name}: {} {:?} {} questions", import.format, import.unit, import.questions.len());
                for q in &import.questions {
                    println!(
                        "  {}-{} {:?} f{:?} also{:?} [{}] {} || {} || {} crit {:.2}",
                        q.line,
                        q.end_line,
                        q.kind,
                        q.follows,
                        q.also_lines,
                        q.topic.as_deref().unwrap_or(""),
                        q.ask,
                        q.model_answer.replace('\n', "⏎").chars().take(70).collect::<String>(),
                        q.criteria.len(),
                        q.confidence
                    );
                }
                for l in &import.left_out {
                    println!("  - {}-{} {}", l.line, l.end_line, l.why);
                }
                for w in &import.warnings {
                    println!("  ! {w}");
                }
            }
            Err(e) => println!("{name}: {e}"),
        }
    }
}
