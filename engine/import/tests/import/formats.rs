//! The formats that state their questions, and how a format is told.

use super::{check, outline, read};
use std::io::Write;
use viva_import::{Format, ImportError, Source};

#[test]
fn rows_of_a_table_are_questions_by_the_names_of_the_columns() {
    let import = check(
        "a.csv",
        "Category,Question,Answer,Level\nWeb,\"What is CORS, and who enforces it?\",\"The browser.\nServers only send headers.\",mid\n\nDB,Name the four isolation levels.,,senior\n",
        &["2-3: What is CORS, and who enforces it?", "5-5 unanswered: Name the four isolation levels."],
    );
    assert_eq!(import.questions[0].topic.as_deref(), Some("Web"));
    assert_eq!(import.questions[0].model_answer, "The browser.\nServers only send headers.");
    check(
        "b.tsv",
        "question\tanswer\r\nWhat is a lease?\tA lock with an end.\r\n",
        &["2-2: What is a lease?"],
    );
    check(
        "c.csv",
        "What is a lease?;A lock, with an end.\nWho renews it?;Its holder.\n",
        &["1-1: What is a lease?", "2-2: Who renews it?"],
    );
    check("d.csv", "\u{feff}term,definition\nlease,a lock with an end\n", &["2-2: What is lease?"]);
}

#[test]
fn an_anki_text_export_keeps_its_guids() {
    let import = check(
        "a.txt",
        "#separator:tab\n#html:true\n#guid column:1\n#tags column:4\nabc1\tWhat is a <b>semaphore</b>?\tA counter.<br>It admits &lt;N&gt; holders.\tos sync\nabc2\t{{c1::Mutex}} admits one holder\t\tos\n",
        &["5-5: What is a semaphore?", "6-6: ____ admits one holder"],
    );
    assert_eq!(import.format, "anki");
    assert_eq!(import.questions[0].source_id.as_deref(), Some("abc1"));
    assert_eq!(import.questions[0].model_answer, "A counter.\nIt admits <N> holders.");
    assert_eq!(import.questions[0].tags, ["os", "sync"]);
    assert_eq!(import.questions[1].model_answer, "Mutex admits one holder");
}

/// An Anki package as the newer and older versions write it.
fn apkg(name: &str, compressed: bool) -> Vec<u8> {
    let connection = rusqlite::Connection::open_in_memory().unwrap();
    connection
        .execute_batch(
            "CREATE TABLE notes (id INTEGER PRIMARY KEY, guid TEXT, mid INTEGER, mod INTEGER, usn INTEGER, tags TEXT, flds TEXT, sfld TEXT, csum INTEGER, flags INTEGER, data TEXT);
             CREATE TABLE cards (id INTEGER PRIMARY KEY, nid INTEGER, did INTEGER, ord INTEGER);
             CREATE TABLE col (id INTEGER, decks TEXT, models TEXT);
             INSERT INTO col VALUES (1, '{\"7\":{\"name\":\"Work::Queues\"}}', '{\"9\":{\"flds\":[{\"name\":\"Front\"},{\"name\":\"Back\"}]}}');
             INSERT INTO notes VALUES (1, 'gu;1', 9, 0, 0, ' mq ', 'What is a <i>dead letter</i> queue?' || char(31) || 'Where failed messages go.[sound:x.mp3]', '', 0, 0, '');
             INSERT INTO notes VALUES (2, 'gu;2', 9, 0, 0, '', '<img src=x>' || char(31) || 'a picture', '', 0, 0, '');
             INSERT INTO cards VALUES (1, 1, 7, 0);",
        )
        .unwrap();
    let database = connection.serialize("main").unwrap().to_vec();
    let database = if compressed {
        ruzstd::encoding::compress_to_vec(database.as_slice(), ruzstd::encoding::CompressionLevel::Fastest)
    } else {
        database
    };
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    zip.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
    zip.write_all(&database).unwrap();
    zip.finish().unwrap().into_inner()
}

#[test]
fn anki_packages_are_read_plain_and_compressed() {
    for (name, compressed) in
        [("collection.anki2", false), ("collection.anki21", false), ("collection.anki21b", true)]
    {
        let bytes = apkg(name, compressed);
        let import =
            viva_import::read(Source { bytes: &bytes, name: Some("deck.apkg"), format: None }).expect(name);
        assert_eq!(outline(&import), ["1-1: What is a dead letter queue?"], "{name}");
        let question = &import.questions[0];
        assert_eq!(
            (question.source_id.as_deref(), question.topic.as_deref()),
            (Some("gu;1"), Some("Work / Queues"))
        );
        assert_eq!(question.model_answer, "Where failed messages go.");
        assert_eq!((import.unit.as_deref(), import.left_out.len()), (Some("record"), 1));
    }
}

#[test]
fn gift_gives_the_right_answers() {
    let import = check(
        "quiz.gift",
        "// quiz\n$CATEGORY: tom/net\n\n::Ports:: Which port does HTTPS use? {=443 ~80 ~22#no}\n\nWhat does DNS map? {\n =names to addresses\n =%50%names\n ####A directory.\n}\n\nThe word {=REST} stands for state transfer.\n\nIs a \\{brace\\} escaped? {T}\n\nDescribe the TLS handshake. {}\n",
        &[
            "4-4: Which port does HTTPS use?",
            "6-10: What does DNS map?",
            "12-12: The word ____ stands for state transfer.",
            "14-14: Is a {brace} escaped?",
            "16-16 unanswered: Describe the TLS handshake.",
        ],
    );
    let answers: Vec<&str> = import.questions.iter().map(|q| q.model_answer.as_str()).collect();
    assert_eq!(answers, ["443", "names to addresses\nnames\nA directory.", "REST", "True", ""]);
    assert_eq!(import.questions[0].topic.as_deref(), Some("net"));
    assert_eq!(import.questions[0].criteria[0].listen, [["443"]]);
}

#[test]
fn json_and_yaml_are_searched_for_what_asks() {
    let import = check(
        "a.json",
        "{\n  \"topic\": \"Queues\",\n  \"questions\": [\n    {\"question\": \"What is a dead letter queue?\", \"answer\": \"Where messages go after too many failed attempts.\", \"id\": \"dlq\"},\n    {\"question\": \"Why retry with jitter?\", \"keyPoints\": [\"Spreads load over time\", \"Avoids synchronised retries\"],\n     \"followUps\": [\"What if the server stays down?\"]}\n  ]\n}\n",
        &[
            "4-4: What is a dead letter queue?",
            "5-6: Why retry with jitter?",
            "6-6 follow-up: What if the server stays down?",
        ],
    );
    assert_eq!(import.questions[0].source_id.as_deref(), Some("dlq"));
    assert_eq!(import.questions[1].criteria.len(), 2);
    assert_eq!(import.questions[2].follows, Some(5));
    let import = check(
        "a.yaml",
        "- section: Caching\n  items:\n    - q: What is a stampede?\n      a: |\n        Many clients miss at once.\n        All recompute one value.\n    - q: How do you prevent it?\n      a: Lock, or refresh early.\n- \"What is write-behind?\": It acknowledges before the store has the data.\n",
        &["3-6: What is a stampede?", "7-8: How do you prevent it?", "9-9: What is write-behind?"],
    );
    assert_eq!(import.questions[0].topic.as_deref(), Some("Caching"));
}

#[test]
fn html_is_read_without_its_page() {
    let import = check(
        "a.html",
        "<!doctype html>\n<html><head><title>x</title><style>p{}</style></head>\n<body><nav><a href=\"/\">What is here?</a></nav>\n<h1>Interview questions</h1>\n<h2>1. What is a pod?</h2>\n<p>The smallest unit that is\nscheduled.</p>\n<h2>2. How do probes differ?</h2>\n<ul><li>Liveness restarts.</li><li>Readiness takes out.</li></ul>\n<pre><code>probe:\n  get: {}\n</code></pre>\n<footer>Why not subscribe?</footer>\n</body></html>\n",
        &["5-7: What is a pod?", "8-14: How do probes differ?"],
    );
    assert_eq!(import.questions[0].model_answer, "The smallest unit that is scheduled.");
    assert!(
        import.questions[1]
            .model_answer
            .contains("- Liveness restarts.\n- Readiness takes out.\n```\nprobe:")
    );
}

fn docx(body: &str) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    zip.start_file("word/document.xml", zip::write::SimpleFileOptions::default()).unwrap();
    write!(zip, "<?xml version=\"1.0\"?><w:document xmlns:w=\"w\"><w:body>{body}</w:body></w:document>")
        .unwrap();
    zip.finish().unwrap().into_inner()
}

#[test]
fn word_documents_count_paragraphs() {
    let p = |style: &str, text: &str| {
        format!("<w:p><w:pPr>{style}</w:pPr><w:r><w:t xml:space=\"preserve\">{text}</w:t></w:r></w:p>")
    };
    let h = "<w:pStyle w:val=\"Heading2\"/>";
    let body = [
        p("<w:pStyle w:val=\"Title\"/>", "Notes"),
        p(h, "What is a lease?"),
        p("", "A lock &amp; an end."),
        "<w:p/>".into(),
        p(h, "Who renews it?"),
        p("<w:numPr/>", "Its holder, before it ends."),
    ]
    .concat();
    let import =
        viva_import::read(Source { bytes: &docx(&body), name: Some("a.docx"), format: None }).unwrap();
    assert_eq!(outline(&import), ["2-3: What is a lease?", "4-5: Who renews it?"]);
    assert_eq!(import.questions[0].model_answer, "A lock & an end.");
    assert_eq!(import.unit.as_deref(), Some("paragraph"));
}

#[test]
fn rubric_files_come_in_whole() {
    let toml = "[pack]\nid = \"net\"\ntitle = \"Net\"\nlicence = \"CC0-1.0\"\nversion = 1\n\n[[question]]\nid = \"net.lease\"\nask = \"What is a lease?\"\ntopic = \"locks\"\nlevel = \"mid\"\nkind = \"technical\"\nseconds = 60\nmodel_answer = \"A lock that ends by itself.\"\n\n[[question.criterion]]\nid = \"end\"\nsays = \"It ends by itself\"\nweight = 2\nrequired = true\nlisten = [[\"ends by itself\", \"expires\"]]\n";
    let import = check("net.toml", toml, &["7-21: What is a lease?"]);
    assert_eq!(import.questions[0].source_id.as_deref(), Some("net.lease"));
    assert_eq!(import.questions[0].criteria[0].listen, [["ends by itself", "expires"]]);
    let broken = viva_import::read(Source { bytes: b"[pack]\nid = 3\n", name: Some("x.toml"), format: None });
    assert!(matches!(broken, Err(ImportError::Pack(errors)) if !errors.is_empty()));
}

#[test]
fn the_format_is_told_by_the_words_and_can_be_overridden() {
    let cases = [
        ("x.txt", "# Title\n\n## What is a lease?\n\nA lock.\n", "markdown"),
        (
            "x.txt",
            "Settings\n## application.yml\nserver:\nport: 80\nmore words\nand more\nand more\n",
            "text",
        ),
        ("x.md", "<!DOCTYPE html><html><body><p>x</p></body></html>", "html"),
        ("x.txt", "[{\"question\": \"What is a lease?\"}]", "json"),
        ("x", "::a:: What? {=x}\n", "gift"),
        ("x.txt", "#separator:tab\nWhat is a lease?\tA lock\n", "anki"),
        ("x", "plain words\n", "text"),
    ];
    for (name, text, format) in cases {
        assert_eq!(read(name, text).format, format, "{name}: {text}");
    }
    let forced = viva_import::read(Source {
        bytes: b"What is a lease?\tA lock.\n",
        name: Some("x.txt"),
        format: Some(Format::Tsv),
    })
    .unwrap();
    assert_eq!(outline(&forced), ["1-1: What is a lease?"]);
    assert!(matches!("xls".parse::<Format>(), Err(ImportError::UnknownFormat(_))));
}

#[test]
fn other_encodings_are_read_and_told() {
    let utf16: Vec<u8> = [0xff, 0xfe]
        .into_iter()
        .chain("Q: What is a lease?\nA: A lock.\n".encode_utf16().flat_map(u16::to_le_bytes))
        .collect();
    let import = viva_import::read(Source { bytes: &utf16, name: None, format: None }).unwrap();
    assert_eq!(outline(&import), ["1-2: What is a lease?"]);
    let latin = b"Q: What is a caf\xe9?\nA: A place \x96 with chairs.\n";
    let import = viva_import::read(Source { bytes: latin, name: None, format: None }).unwrap();
    assert_eq!(import.questions[0].ask, "What is a café?");
    assert_eq!(import.warnings.len(), 1);
}

#[test]
fn pdfs_count_pages() {
    let bytes = include_bytes!("../data/notes.pdf");
    let import = viva_import::read(Source { bytes, name: Some("notes.pdf"), format: None }).unwrap();
    assert_eq!(outline(&import), ["1-1: What is a lease?", "2-2: Who renews a lease?"]);
    assert_eq!(import.questions[1].model_answer, "Its holder does, in time.");
    assert_eq!(import.unit.as_deref(), Some("page"));
}
