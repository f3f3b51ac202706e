//! Files that are no documents: refused clearly and quickly, or read without harm.

use std::io::Write;
use std::time::{Duration, Instant};
use viva_import::{Import, ImportError, Source};

/// Reads within a time that would show anything quadratic, even unoptimised on a busy machine.
#[track_caller]
fn quickly(name: &str, bytes: &[u8]) -> Result<Import, ImportError> {
    let start = Instant::now();
    let result = viva_import::read(Source { bytes, name: Some(name), format: None });
    assert!(start.elapsed() < Duration::from_secs(60), "{name} took {:?}", start.elapsed());
    result
}

#[test]
fn empty_and_binary_files_are_refused() {
    assert!(matches!(quickly("a.txt", b""), Err(ImportError::Empty)));
    assert!(matches!(quickly("a.txt", b" \r\n\t\n"), Err(ImportError::Empty)));
    let noise: Vec<u8> = (0..50_000u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    for name in ["a.txt", "a.md", "a.csv", "a.json"] {
        assert!(matches!(quickly(name, &noise), Err(ImportError::Binary)), "{name}");
    }
    assert!(quickly("a.apkg", b"PK\x03\x04 and no more").is_err());
    assert!(quickly("a.pdf", b"%PDF-1.7\nnothing").is_err());
}

#[test]
fn an_endless_line_is_refused() {
    let line = vec![b'x'; 3_000_000];
    assert!(matches!(quickly("a.txt", &line), Err(ImportError::EndlessLine { line: 1, megabytes: 3 })));
    let marks = "?".repeat(900_000);
    assert!(quickly("a.txt", marks.as_bytes()).is_ok());
}

#[test]
fn two_hundred_thousand_bullets_are_read_in_time() {
    let bullets = "- a bullet that says little\n".repeat(200_000);
    let import = quickly("a.txt", bullets.as_bytes()).expect("it is text");
    assert_eq!((import.questions.len(), import.left_out.len()), (0, 1));
    let import =
        quickly("a.txt", format!("Q: What is this?\n{bullets}Q: And that?\nA: Little.\n").as_bytes())
            .expect("it is text");
    assert_eq!(import.questions.len(), 2);
}

#[test]
fn a_million_bullets_are_read_in_time() {
    let import = quickly("a.txt", "- x\n".repeat(1_000_000).as_bytes()).expect("it is text");
    assert_eq!((import.questions.len(), import.left_out.len()), (0, 1));
}

#[test]
fn a_million_bullets_under_a_question_are_an_answer() {
    let text = format!("Q: What is this?\n{}Q: And that?\nA: Little.\n", "- x y\n".repeat(1_000_000));
    let import = quickly("a.txt", text.as_bytes()).expect("it is text");
    assert_eq!(import.questions.len(), 2);
}

#[test]
fn tens_of_thousands_of_follow_ups_and_records_are_read_in_time() {
    let text =
        "Q: What is a lease?\nA: A lock that ends by itself.\nFollow-up: And why?\nBecause it was asked.\n"
            .repeat(20_000);
    assert!(quickly("a.txt", text.as_bytes()).is_ok());
    let rows: String = (0..50_000).map(|n| format!("What is number {n}?,It is {n}.\n")).collect();
    let import = quickly("a.csv", format!("question,answer\n{rows}").as_bytes()).expect("it is a table");
    assert_eq!(import.questions.len(), 50_000);
}

#[test]
fn transcripts_of_a_day_are_cut_in_time() {
    let start = Instant::now();
    let cue = |n: u32| {
        format!(
            "{:02}:{:02}:{:02}.000 --> {:02}:{:02}:{:02}.900\n<v Ada>So this is the cue with number {n}.\n\n",
            n / 3600,
            n / 60 % 60,
            n % 60,
            n / 3600,
            n / 60 % 60,
            n % 60
        )
    };
    let text: String = std::iter::once("WEBVTT\n\n".to_owned()).chain((0..80_000).map(cue)).collect();
    let spoken = viva_import::transcript::open(text.as_bytes()).expect("it is a transcript");
    assert_eq!(spoken.stretches.len(), 80_000);
    assert!(start.elapsed() < Duration::from_secs(60), "{:?}", start.elapsed());
}

#[test]
fn a_zip_bomb_is_not_unpacked() {
    for (name, entry) in [("a.apkg", "collection.anki2"), ("a.docx", "word/document.xml")] {
        let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
        zip.start_file(entry, zip::write::SimpleFileOptions::default()).unwrap();
        let block = vec![0u8; 1_000_000];
        for _ in 0..210 {
            zip.write_all(&block).unwrap();
        }
        let bytes = zip.finish().unwrap().into_inner();
        assert!(bytes.len() < 2_000_000);
        assert!(matches!(quickly(name, &bytes), Err(ImportError::Expands)), "{name}");
    }
}

#[test]
fn entities_are_never_multiplied() {
    let bomb = "<?xml version=\"1.0\"?><!DOCTYPE d [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b \"&a;&a;&a;&a;&a;&a;&a;&a;\">]><w:document xmlns:w=\"w\"><w:body><w:p><w:r><w:t>x&b;&b;&b;</w:t></w:r></w:p></w:body></w:document>";
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    zip.start_file("word/document.xml", zip::write::SimpleFileOptions::default()).unwrap();
    zip.write_all(bomb.as_bytes()).unwrap();
    let import = quickly("a.docx", &zip.finish().unwrap().into_inner()).expect("it is a document");
    assert!(serde_json::to_string(&import).unwrap().len() < 1_000);
    let mut yaml = String::from("a: &a [x, x, x, x, x, x, x, x, x, x]\n");
    for level in b'b'..=b'k' {
        let (this, before) = (level as char, (level - 1) as char);
        yaml.push_str(&format!("{this}: &{this} [{}]\n", vec![format!("*{before}"); 10].join(", ")));
    }
    assert!(quickly("a.yaml", yaml.as_bytes()).is_err(), "aliases that multiply are refused");
}

#[test]
fn deep_nesting_is_refused_or_read() {
    let _ = quickly("a.json", "[".repeat(100_000).as_bytes());
    let _ = quickly("a.yaml", "- ".repeat(50_000).as_bytes());
    let _ = quickly("a.md", ">".repeat(50_000).as_bytes());
    let _ = quickly("a.html", "<div><ul><li>".repeat(50_000).as_bytes());
    let _ = quickly("a.txt", "(".repeat(500_000).as_bytes());
}
