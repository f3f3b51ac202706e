//! Transcripts in every form, and what must never be made up.

use viva_import::ImportError;
use viva_import::transcript::{Bank, BankQuestion, Review, review};

/// Reads a transcript; one line an answer: `line-end @start speaker [asked]: text`.
#[track_caller]
fn check(text: &str, expected: &[&str]) -> Review {
    let found = review(text.as_bytes()).expect("the transcript can be read");
    let told: Vec<String> = found
        .answers
        .iter()
        .map(|a| {
            let start = a.start_ms.map_or_else(String::new, |ms| format!(" @{ms}"));
            let speaker = a.speaker.as_ref().map_or_else(String::new, |s| format!(" {s}"));
            let asked = a.asked.as_ref().map_or_else(String::new, |q| format!(" [{q}]"));
            format!("{}-{}{start}{speaker}{asked}: {}", a.line, a.end_line, a.text)
        })
        .collect();
    assert_eq!(told, expected, "left out: {:?}", found.left_out);
    for (number, line) in (1u32..).zip(text.split('\n')) {
        let held = found.answers.iter().any(|a| a.line <= number && number <= a.end_line)
            || found.left_out.iter().any(|l| l.line <= number && number <= l.end_line);
        assert!(
            held || line.trim_matches(|c: char| c.is_whitespace() || c == '\u{feff}').is_empty(),
            "line {number} is lost: {line:?}"
        );
    }
    found
}

const LONG: &str = "It is a lock that ends by itself after a while";

#[test]
fn voices_of_webvtt_are_turns() {
    check(
        &format!(
            "\u{feff}WEBVTT\r\n\r\nNOTE made by hand\r\n\r\n1\r\n00:00:01.000 --> 00:00:03.000\r\n<v Ann Lee>What is a lease?</v>\r\n\r\n00:00:03.500 --> 00:00:06.000 align:start\r\n<v Bo>{LONG},\r\n\r\n00:07.000 --> 00:09.000\r\n<v Bo>and the <c>holder</c> renews it &amp; goes on.</v>\r\n"
        ),
        &[&format!("9-13 @3500 Bo [What is a lease?]: {LONG}, and the holder renews it & goes on.")],
    );
}

#[test]
fn names_before_colons_are_speakers_only_where_they_come_again() {
    check(
        &format!(
            "WEBVTT\n\n00:01.000 --> 00:03.000\nAnn: What is a lease?\n\n00:03.000 --> 00:06.000\nBo: {LONG}.\n\n00:06.000 --> 00:07.000\nAnn: And who renews it?\n\n00:07.000 --> 00:12.000\nBo: Its holder does so shortly before it ends, always.\n"
        ),
        &[
            &format!("6-7 @3000 Bo [What is a lease?]: {LONG}."),
            "12-13 @7000 Bo [And who renews it?]: Its holder does so shortly before it ends, always.",
        ],
    );
    let found =
        review(format!("10:30 Meeting: we talked about leases and locks and ends.\n{LONG}.\n").as_bytes())
            .unwrap();
    assert!(found.answers.iter().all(|a| a.speaker.is_none() && a.start_ms.is_none()), "{found:?}");
}

#[test]
fn srt_with_commas_and_missing_blank_lines_is_read() {
    let found = check(
        &format!(
            "1\n00:00:01,000 --> 00:00:04,000\n{LONG}\n2\n00:00:04,000 --> 00:00:06,500\nand nobody has to free it by hand.\n"
        ),
        &[&format!("2-6 @1000: {LONG} and nobody has to free it by hand.")],
    );
    assert_eq!(found.format, "srt");
    assert_eq!(found.answers[0].end_ms, Some(6_500));
    assert_eq!(found.warnings.len(), 1, "nobody is named and nothing is asked");
}

#[test]
fn json_of_the_recognisers_is_read() {
    let whisper_cpp = "{\"transcription\": [\n{\"offsets\": {\"from\": 500, \"to\": 2000}, \"text\": \" What is a lease in a cluster?\"},\n{\"offsets\": {\"from\": 2000, \"to\": 9000}, \"text\": \"[_BEG_] It is a lock that ends by itself after a while.<|endoftext|>\"}\n]}\n";
    check(
        whisper_cpp,
        &["3-3 @2000 [What is a lease in a cluster?]: It is a lock that ends by itself after a while."],
    );
    let openai = "{\"text\": \"...\", \"segments\": [\n{\"start\": 0.5, \"end\": 4.25, \"text\": \"It is a lock that ends by itself after a while.\", \"words\": [{\"word\": \"It\"}]}\n]}";
    check(openai, &["2-2 @500: It is a lock that ends by itself after a while."]);
    let ours = "{\"text\":\"It is a lock that ends by itself after a while.\",\"model\":\"base\",\"language\":\"en\",\"audio_ms\":900,\"speech\":[[0,900]],\"words\":[{\"text\":\"It\",\"start_ms\":120,\"end_ms\":400,\"confidence\":0.9}]}";
    check(ours, &["1-1 @120: It is a lock that ends by itself after a while."]);
}

#[test]
fn otter_turns_are_read() {
    check(
        &format!(
            "Ann Lee  0:05\nWhat is a lease?\n\nBo  0:09\n{LONG},\nand it is renewed.\n\nAnn Lee  1:02:10\nThank you, that is all I wanted to know today.\n"
        ),
        &[&format!("5-6 @9000 Bo [What is a lease?]: {LONG}, and it is renewed.")],
    );
}

#[test]
fn roles_are_speakers_from_the_first_time_on() {
    check(
        &format!(
            "Interviewer: What is a lease?\nCandidate: {LONG}.\nInterviewer: Okay.\nCandidate: And the holder renews it.\n"
        ),
        &[&format!("2-4 Candidate [What is a lease?]: {LONG}. And the holder renews it.")],
    );
}

#[test]
fn spoken_paragraphs_are_answers_and_written_ones_are_not() {
    let spoken = |topic: &str| {
        format!(
            "So, uh, the {topic} is, um, you know, a thing that we used a lot, uh, in the last project that I worked on, and it went well."
        )
    };
    let text = format!(
        "Engineer with ten years of work on queues and caches.\nErlang\nPython\n{}\n{}\n{}\n",
        spoken("cache"),
        spoken("queue"),
        spoken("database")
    );
    let found = check(
        &text,
        &[
            &format!("4-4: {}", spoken("cache")),
            &format!("5-5: {}", spoken("queue")),
            &format!("6-6: {}", spoken("database")),
        ],
    );
    assert_eq!((found.left_out[0].line, found.left_out[0].end_line), (1, 3));
}

#[test]
fn questions_of_a_plain_transcript_hold_the_paragraphs_after_them() {
    check(
        "What is a lease?\n\nIt is a lock that ends by itself.\n\nThe holder renews it in time.\n\nWhy is it kept short?\n\nBecause a dead holder blocks everybody until it ends.\n",
        &[
            "3-5 [What is a lease?]: It is a lock that ends by itself.\nThe holder renews it in time.",
            "9-9 [Why is it kept short?]: Because a dead holder blocks everybody until it ends.",
        ],
    );
}

#[test]
fn transcripts_without_words_are_refused() {
    for text in ["WEBVTT\n\n00:01.000 --> 00:02.000\n\n", "{\"segments\": []}"] {
        assert!(matches!(review(text.as_bytes()), Err(ImportError::NoWords)), "{text}");
    }
    assert!(matches!(review(b""), Err(ImportError::Empty)));
}

#[test]
fn an_answer_is_matched_by_the_rare_words_it_shares() {
    let question = |id: &str, ask: &str, answer: &str| BankQuestion {
        id: id.into(),
        ask: ask.into(),
        topic: String::new(),
        answer: answer.into(),
    };
    let bank = Bank::new(&[
        question(
            "lease",
            "What is a lease in a cluster?",
            "A lock that expires unless its holder renews it.",
        ),
        question(
            "quorum",
            "What is a quorum?",
            "A majority of replicas that must agree before a write counts.",
        ),
        question(
            "jitter",
            "Why retry with jitter?",
            "Randomised waits keep clients from retrying at the same moment.",
        ),
    ]);
    let found = review(b"So, uh, most of the replicas, the majority, have to agree, um, before the write is acknowledged to the client.\n").unwrap();
    let candidates = bank.candidates(&found.answers[0]);
    assert_eq!(bank.chosen(&candidates), Some("quorum"));
    assert!(candidates[0].why.contains("replica"), "{}", candidates[0].why);
    assert!(candidates[0].confidence > candidates[1].confidence);
    let off = review(
        b"We went to the seaside with the whole family and it rained on every single day of that week.\n",
    )
    .unwrap();
    assert_eq!(bank.chosen(&bank.candidates(&off.answers[0])), None);
}
