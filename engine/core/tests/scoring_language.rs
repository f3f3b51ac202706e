//! What counts as what: forms, numbers, abbreviations, identifiers, synonyms, mis-hearings; and what does not.

use viva_core::assessment::{Assessment, How, Verdict};
use viva_core::bank::load;
use viva_core::scoring::Scorer;
use viva_core::transcript::{Transcript, Word};
use viva_core::units::Millis;

/// Scores an answer against one criterion that listens for `listen`.
fn assess(listen: &str, extra: &str, answer: &Transcript) -> Assessment {
    let text = format!(
        "[pack]\nid = \"p\"\ntitle = \"P\"\nlicence = \"MIT\"\nversion = 1\n\n[[question]]\nid = \"p.q\"\n\
         ask = \"What happens?\"\ntopic = \"t\"\nmodel_answer = \"\"\"\nIt happens.\n\"\"\"\n\n\
         [[question.criterion]]\nid = \"c\"\nsays = \"It happens\"\nlisten = {listen}\n{extra}"
    );
    let pack = load(&text, "p.toml").unwrap_or_else(|errors| panic!("{errors:?}\n{text}"));
    Scorer::shared().prepare(&pack.questions[0]).assess(answer)
}

#[track_caller]
fn heard(listen: &str, answer: &str, words: &str, how: How) {
    let result = assess(listen, "", &Transcript::typed(answer));
    let evidence = &result.criteria[0].evidence;
    assert_eq!(result.criteria[0].verdict, Verdict::Met, "{listen} in {answer:?}: {:#?}", result.criteria[0]);
    let found: Vec<(&str, How)> = evidence.iter().map(|e| (e.text.as_str(), e.how)).collect();
    assert_eq!(found, [(words, how)], "{listen} in {answer:?}");
    let chars: Vec<char> = answer.chars().collect();
    let marked: String = chars[evidence[0].start..evidence[0].end].iter().collect();
    assert_eq!(marked, words, "offsets count characters");
}

#[track_caller]
fn not_heard(listen: &str, answer: &str) {
    let result = assess(listen, "", &Transcript::typed(answer));
    assert_eq!(
        result.criteria[0].verdict,
        Verdict::Missed,
        "{listen} in {answer:?}: {:#?}",
        result.criteria[0]
    );
}

#[test]
fn whole_words_in_any_form_count() {
    heard(r#"[["linked list"]]"#, "It is a linked list, naïvely.", "linked list", How::Exact);
    heard(r#"[["resize"]]"#, "Then the table was resized.", "resized", How::Inflected);
    heard(r#"[["write"]]"#, "It has been written to disk.", "written", How::Inflected);
    not_heard(r#"[["log"]]"#, "The logo is blue and the logic is sound.");
    not_heard(r#"[["tree"]]"#, "The street has treetops.");
}

#[test]
fn hyphens_compounds_and_spaces_are_one() {
    heard(r#"[["red-black tree"]]"#, "a red black tree", "red black tree", How::Exact);
    heard(r#"[["hash map"]]"#, "the hashmap grows", "hashmap", How::Exact);
    heard(r#"[["deadlock"]]"#, "we get a dead lock there", "dead lock", How::Exact);
}

#[test]
fn numbers_in_words_and_figures_are_one() {
    heard(r#"[["64"]]"#, "at least sixty-four slots", "sixty-four", How::Number);
    heard(r#"[["eight"]]"#, "more than 8 entries", "8", How::Number);
    heard(r#"[["1000"]]"#, "about one thousand rows", "one thousand", How::Number);
    not_heard(r#"[["8"]]"#, "at 80 percent");
}

#[test]
fn abbreviations_and_expansions_stand_for_each_other() {
    heard(r#"[["compare and swap"]]"#, "a CAS on the slot", "CAS", How::Abbreviation);
    heard(r#"[["CAS"]]"#, "it does a compare and swap first", "compare and swap", How::Abbreviation);
    heard(r#"[["CAS"]]"#, "with a C A S loop", "C A S", How::Abbreviation);
    heard(r#"[["O(n log n)"]]"#, "sorting is n log n in time", "n log n", How::Exact);
}

#[test]
fn identifiers_count_as_code_and_as_spoken() {
    heard(r#"[["putIfAbsent"]]"#, "I call put if absent there", "put if absent", How::Identifier);
    heard(r#"[["max_pool_size"]]"#, "set maxPoolSize to ten", "maxPoolSize", How::Identifier);
}

#[test]
fn other_names_from_the_lexicon_count() {
    heard(r#"[["idempotent"]]"#, "so it is safe to retry", "safe to retry", How::Synonym);
    heard(r#"[["hash table"]]"#, "a dictionary would do", "dictionary", How::Synonym);
}

#[test]
fn slips_of_the_pen_and_of_the_ear_count() {
    heard(r#"[["constructor"]]"#, "the construtor runs", "construtor", How::Spelling);
    heard(r#"[["idempotent"]]"#, "the call is item potent", "item potent", How::Sound);
    heard(r#"[["idempotent"]]"#, "it must be eye and potent", "eye and potent", How::Sound);
    heard(r#"[["Kubernetes"]]"#, "we run coobernetes there", "coobernetes", How::Sound);
}

#[test]
fn ordinary_words_are_not_bent_into_terms() {
    not_heard(r#"[["mutex"]]"#, "It will take months to do.");
    not_heard(r#"[["semaphore"]]"#, "I had some afternoon free for it.");
    not_heard(r#"[["serializable"]]"#, "A series of readable tables.");
    not_heard(r#"[["thread"]]"#, "There was a threat to it.");
}

#[test]
fn what_is_denied_or_set_aside_earns_nothing_and_is_shown() {
    let result = assess(r#"[["blocks"]]"#, "", &Transcript::typed("It never blocks a reader."));
    assert_eq!(result.criteria[0].verdict, Verdict::Missed);
    assert_eq!(result.criteria[0].near[0].why, "denied");
    not_heard(r#"[["mutex"]]"#, "Unlike a mutex, it spins.");
    not_heard(r#"[["six"]]"#, "The limit is six, sorry, I mean eight.");
    heard(r#"[["eight"]]"#, "The limit is six, sorry, I mean eight.", "eight", How::Exact);
    heard(r#"[["does not block"]]"#, "Unlike X, Y never blocks.", "blocks", How::Inflected);
    not_heard(r#"[["does not block"]]"#, "It blocks.");
    heard(r#"[["tree"]]"#, "It does not become a tree until there are eight.", "tree", How::Exact);
}

#[test]
fn order_and_nearness_count_where_the_criterion_says_so() {
    let check = |extra: &str, answer: &str, verdict: Verdict| {
        let result = assess(r#"[["write"], ["commit"]]"#, extra, &Transcript::typed(answer));
        assert_eq!(result.criteria[0].verdict, verdict, "{extra} {answer}");
    };
    check("order = true\n", "First we write the log and then commit it.", Verdict::Met);
    check("order = true\n", "First we commit and then write the log.", Verdict::Partly);
    check("within = 6\n", "We write it and commit.", Verdict::Met);
    check(
        "within = 6\n",
        "We write the whole of the log to the disk at the end of the day, then commit.",
        Verdict::Partly,
    );
}

#[test]
fn a_mistake_costs_unless_it_is_denied() {
    let mistake =
        "\n[[question.mistake]]\nsays = \"It locks\"\nlisten = [[\"locks the table\"]]\ncost = 30\n";
    let wrong = assess(r#"[["row"]]"#, mistake, &Transcript::typed("It reads the row and locks the table."));
    let right =
        assess(r#"[["row"]]"#, mistake, &Transcript::typed("It reads the row and never locks the table."));
    assert_eq!((wrong.score, wrong.mistakes.len()), (70.0, 1));
    assert_eq!((right.score, right.mistakes.len()), (100.0, 0));
}

#[test]
fn unsure_words_give_the_range() {
    let word =
        |text: &str, confidence| Word { text: text.into(), start: Millis(0), end: Millis(1), confidence };
    let mut transcript = Transcript::typed("it uses a semaphore and a queue");
    transcript.words = vec![
        word("it", 0.9),
        word("uses", 0.9),
        word("a", 0.9),
        word("semaphore", 0.2),
        word("and", 0.9),
        word("a", 0.9),
        word("queue", 0.9),
    ];
    let result = assess(r#"[["semaphore"], ["queue"]]"#, "", &transcript);
    assert_eq!((result.low, result.score, result.high), (50.0, 100.0, 100.0));
    transcript.text = "it uses a sentence fore and a queue".into();
    transcript.words[3] = word("sentence", 0.2);
    let result = assess(r#"[["queue"]]"#, "", &transcript);
    assert_eq!(
        (result.low, result.high),
        (100.0, 100.0),
        "an unsure word that matters to nothing changes nothing"
    );
}

#[test]
fn a_phrase_run_together_keeps_the_words_that_make_its_meaning() {
    heard(
        r#"[["into a linked list again"]]"#,
        "it turns into a linked list again",
        "linked list again",
        How::Exact,
    );
    not_heard(r#"[["into a linked list again"]]"#, "it is a linked list");
    heard(r#"[["linked list"]]"#, "it is a linkedlist", "linkedlist", How::Exact);
}
