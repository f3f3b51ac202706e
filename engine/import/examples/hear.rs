//! Cuts a transcript into answers and holds each against the questions of documents.
#![allow(clippy::print_stdout, clippy::unwrap_used, reason = "a tool, run by hand")]
use viva_import::transcript::{Bank, BankQuestion, review};
fn main() {
    let mut args = std::env::args().skip(1);
    let name = args.next().unwrap();
    let mut questions = Vec::new();
    for file in args {
        let bytes = std::fs::read(&file).unwrap();
        let import =
            viva_import::read(viva_import::Source { bytes: &bytes, name: Some(&file), format: None })
                .unwrap();
        for q in import.questions {
            questions.push(BankQuestion {
                id: format!(
                    "{}:{} {}",
                    &file.rsplit('/').next().unwrap()[10..15],
                    q.line,
                    q.ask.chars().take(70).collect::<String>()
                ),
                ask: q.ask,
                topic: q.topic.unwrap_or_default(),
                answer: q.model_answer,
            });
        }
    }
    let bank = Bank::new(&questions);
    let heard = review(&std::fs::read(&name).unwrap()).unwrap();
    println!("{} {} answers {:?}", heard.format, heard.answers.len(), heard.warnings);
    for a in &heard.answers {
        println!(
            "{}-{} {:?} {:?} asked {:?} :: {}",
            a.line,
            a.end_line,
            a.start_ms,
            a.speaker,
            a.asked.as_deref().map(|t| t.chars().take(60).collect::<String>()),
            a.text.chars().take(90).collect::<String>()
        );
        for c in bank.candidates(a).iter().take(3) {
            println!("     {:.2} {} | {}", c.confidence, c.question_id, c.why);
        }
    }
    for l in &heard.left_out {
        println!("- {}-{} {}", l.line, l.end_line, l.why);
    }
}
