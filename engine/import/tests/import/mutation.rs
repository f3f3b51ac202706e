//! Damaged documents: small ones of every format are changed at random, from a seed, and read again. Nothing may panic,
//! text formats account for every line, and every question that can be scored makes a pack that loads.
//!
//! Changes know the structure they damage: lines are moved, doubled and mixed with those of other documents; what lies
//! in an archive is changed inside it. Inputs that lead to a result not seen before are kept and changed further.
//! The suite runs a short form with a fixed seed. `scripts/fuzz` runs it longer and keeps a log, from which the next run
//! goes on.

use std::collections::HashSet;
use std::io::{Read, Write};
use std::path::PathBuf;
use std::time::{Duration, Instant};
use viva_import::{Format, ImportError, Source, transcript};

/// A parser: its name, and small documents of ours that it reads.
struct Parser {
    name: &'static str,
    corpus: &'static [&'static [u8]],
    /// The entry of the archive that is changed inside it.
    entry: Option<&'static str>,
}

const fn parser(name: &'static str, corpus: &'static [&'static [u8]]) -> Parser {
    Parser { name, corpus, entry: None }
}

const PARSERS: &[Parser] = &[
    parser("plain", &[include_bytes!("../data/list.txt"), include_bytes!("../data/guide.txt")]),
    parser("markdown", &[include_bytes!("../data/list.md")]),
    parser("html", &[include_bytes!("../data/page.html")]),
    parser("csv", &[include_bytes!("../data/table.csv"), include_bytes!("../data/bank.csv")]),
    parser("tsv", &[b"Question\tAnswer\tTags\nWhat is a lease?\tA lock that ends by itself.\tlocks\n"]),
    parser("anki", &[include_bytes!("../data/anki.txt")]),
    parser("gift", &[include_bytes!("../data/quiz.gift")]),
    parser("json", &[include_bytes!("../data/bank.json")]),
    parser("yaml", &[include_bytes!("../data/bank.yaml")]),
    parser("toml", &[include_bytes!("../data/pack.toml")]),
    Parser { name: "apkg", corpus: &[include_bytes!("../data/deck.apkg")], entry: Some("collection.anki2") },
    Parser { name: "docx", corpus: &[include_bytes!("../data/notes.docx")], entry: Some("word/document.xml") },
    parser("pdf", &[include_bytes!("../data/notes.pdf")]),
    parser("vtt", &[include_bytes!("../data/talk.vtt")]),
    parser("srt", &[include_bytes!("../data/talk.srt")]),
    parser("talk-json", &[
        include_bytes!("../data/talk.json"),
        br#"{"text":"What is it? A lock.","words":[{"text":"What","start_ms":0,"end_ms":200},{"text":"is","start_ms":200,"end_ms":300},{"text":"it?","start_ms":300,"end_ms":500},{"text":"A","start_ms":900,"end_ms":1000},{"text":"lock.","start_ms":1000,"end_ms":1400}],"speech":[[0,1400]],"audio_ms":1500}"#,
    ]),
    parser("otter", &[include_bytes!("../data/otter.txt")]),
    parser("talk", &[
        b"Uh, so a lease is, you know, a lock with an end. It ends by itself.\n\nOkay, so the token, um, it grows with each lease, and storage looks at it.\n",
        b"Ada: What is a lease?\nBen: Um, a lock that ends by itself, so that nobody waits for the dead.\n",
    ]),
];

const TALKS: [&str; 5] = ["vtt", "srt", "talk-json", "otter", "talk"];

/// A small generator of its own: the same seed gives the same run on every machine.
struct Dice(u64);

impl Dice {
    fn of(seed: u64, parser: &str, run: u64) -> Self {
        let name = parser.bytes().fold(seed, |mixed, b| (mixed ^ u64::from(b)).wrapping_mul(0x100_0000_01b3));
        Self((name.wrapping_add(run)).wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, n: usize) -> usize {
        (self.next() % n.max(1) as u64) as usize
    }
}

/// Pieces that parsers trip over.
const SPICE: &[&[u8]] = &[
    b"?",
    b"? ",
    b"\n",
    b"\r\n",
    b"\r",
    b"Q: ",
    b"A: ",
    b"=> ",
    b" - ",
    b"```",
    b"|",
    b"| --- |",
    b"{",
    b"}",
    b"<",
    b">",
    b"</",
    b"<details><summary>",
    b"<table><tr><td>",
    b"<!--",
    b"]]>",
    b"\"",
    b"\\",
    b"::",
    b"####",
    b"=\\",
    b"~%50%",
    b"\xff",
    b"\xc3\xa9",
    b"\xf0\x9f\x98\x80",
    "\u{2028}".as_bytes(),
    "“".as_bytes(),
    "—".as_bytes(),
    "ß".as_bytes(),
    "İ".as_bytes(),
    "\u{feff}".as_bytes(),
    "\u{202e}".as_bytes(),
    "e\u{301}".as_bytes(),
    b"\t",
    b"#",
    b"1. ",
    b"0",
    b"-1",
    b"-->",
    b"00:00:01.000",
    b"99:99:99.999 --> 0:0",
    b"9999999999999999999999",
    b"1e999",
    b"What is ",
    b"vs ",
    b"Points of a good answer",
    b"&amp;",
    b"&#x110000;",
    b"[",
    b"]",
    b"*a",
    b"&a ",
    b"- ",
    b": ",
    b"\0",
    b"pack,pack_title,id,question,answer,criteria\n",
    b"[[question]]\n",
    b"<v Ada>",
    b"#separator:",
    b"{{c1::x::y}}",
];

/// One change, by lines, by bytes, or with a piece of another document.
fn change(bytes: &mut Vec<u8>, others: &[Vec<u8>], dice: &mut Dice) {
    let at = dice.below(bytes.len() + 1);
    match dice.below(11) {
        0 if at < bytes.len() => bytes[at] = dice.next() as u8,
        1 => {
            let end = (at + dice.below(40)).min(bytes.len());
            bytes.drain(at..end);
        }
        2 => {
            let end = (at + dice.below(200)).min(bytes.len());
            let copy = bytes[at..end].to_vec();
            let to = dice.below(bytes.len() + 1);
            bytes.splice(to..to, copy);
        }
        3 if dice.below(3) == 0 => bytes.truncate(at),
        4..=6 => {
            let mut lines: Vec<Vec<u8>> = bytes.split(|b| *b == b'\n').map(<[u8]>::to_vec).collect();
            let (one, two) = (dice.below(lines.len()), dice.below(lines.len()));
            match dice.below(6) {
                0 => lines.swap(one, two),
                1 => {
                    lines.remove(one);
                }
                2 => {
                    let line = lines[one].clone();
                    let times = if dice.below(10) == 0 { 1 + dice.below(200) } else { 1 };
                    lines.splice(two..two, std::iter::repeat_n(line, times));
                }
                3 => {
                    // Two lines glued together, as scraping does.
                    let line = lines.remove(one);
                    if let Some(last) = lines.get_mut(one.saturating_sub(1)) {
                        last.extend(line);
                    }
                }
                4 => lines[one].splice(0..0, b"    ".repeat(1 + dice.below(4))).for_each(drop),
                _ => lines.insert(two, Vec::new()),
            }
            *bytes = lines.join(&b'\n');
        }
        7 if !others.is_empty() => {
            let other = &others[dice.below(others.len())];
            let from = dice.below(other.len() + 1);
            let to = (from + dice.below(300)).min(other.len());
            bytes.splice(at..at, other[from..to].iter().copied());
        }
        8 => {
            // Another number in the place of one.
            if let Some(digit) = bytes.iter().skip(at).position(u8::is_ascii_digit) {
                bytes[at + digit] = b"0179"[dice.below(4)];
            }
        }
        _ => {
            let spice = SPICE[dice.below(SPICE.len())];
            let times = if dice.below(8) == 0 { 1 + dice.below(300) } else { 1 };
            bytes.splice(at..at, spice.repeat(times));
        }
    }
}

fn changed(parser: &Parser, original: &[u8], others: &[Vec<u8>], dice: &mut Dice) -> Vec<u8> {
    let mut bytes = original.to_vec();
    let changes = 1 + dice.below(6);
    if let Some(entry) = parser.entry
        && dice.below(4) > 0
        && let Some(zipped) =
            inside(&bytes, entry, |inner| (0..changes).for_each(|_| change(inner, &[], dice)))
    {
        return zipped;
    }
    for _ in 0..changes {
        change(&mut bytes, others, dice);
    }
    bytes.truncate(200_000);
    bytes
}

/// Changes one entry of an archive and puts the archive together again.
fn inside(archive: &[u8], entry: &str, change: impl FnOnce(&mut Vec<u8>)) -> Option<Vec<u8>> {
    let mut read = zip::ZipArchive::new(std::io::Cursor::new(archive)).ok()?;
    let names: Vec<String> =
        read.file_names().filter_map(Result::ok).map(std::borrow::Cow::into_owned).collect();
    let mut out = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let mut change = Some(change);
    for name in names {
        let mut bytes = Vec::new();
        read.by_name(&name).ok()?.take(1_000_000).read_to_end(&mut bytes).ok()?;
        if name == entry
            && let Some(change) = change.take()
        {
            change(&mut bytes);
        }
        out.start_file(name, zip::write::SimpleFileOptions::default()).ok()?;
        out.write_all(&bytes).ok()?;
    }
    Some(out.finish().ok()?.into_inner())
}

/// Reads a document and tells what came of it, so roughly that only another kind of result looks new.
fn read(name: &str, bytes: &[u8]) -> String {
    if TALKS.contains(&name) {
        return match transcript::review(bytes) {
            Ok(found) => {
                let spoken = transcript::open(bytes).expect("what can be reviewed can be opened");
                assert_eq!(spoken.stretches.len(), spoken.answers.len());
                format!(
                    "{} {} {} {}",
                    found.format,
                    few(found.answers.len()),
                    few(found.left_out.len()),
                    found.warnings.len()
                )
            }
            Err(error) => told(&error),
        };
    }
    let format: Format = if name == "plain" { Format::Text } else { name.parse().expect("a format's name") };
    // As the format it is, and as whatever it looks like now.
    let forced = viva_import::read(Source { bytes, name: None, format: Some(format) });
    if let (Ok(import), Ok(text)) = (&forced, std::str::from_utf8(bytes))
        && matches!(format, Format::Text | Format::Markdown | Format::Html)
        && !text.starts_with('\u{feff}')
    {
        super::accounting::every_line_is_accounted_for(text, import);
    }
    let _ = viva_import::read(Source { bytes, name: None, format: None });
    match forced {
        Ok(import) => {
            let id = "fuzzed".parse().expect("a word is an id");
            if import.packs.is_empty()
                && let Ok(pack) = viva_import::to_pack(std::slice::from_ref(&import), &id, "Fuzzed")
            {
                let text = viva_core::bank::to_toml(&pack);
                let loaded = viva_core::bank::load(&text, "fuzzed.toml");
                assert!(loaded.is_ok(), "the pack would not load: {loaded:?}\n{text}");
            }
            let kinds: HashSet<_> = import.questions.iter().map(|q| format!("{:?}", q.kind)).collect();
            format!(
                "{} {} {} {} {}",
                import.format,
                few(import.questions.len()),
                few(import.left_out.len()),
                kinds.len(),
                import.warnings.len()
            )
        }
        Err(error) => told(&error),
    }
}

fn few(n: usize) -> usize {
    if n < 4 { n } else { 4 + n.ilog2() as usize }
}

fn told(error: &ImportError) -> String {
    let text: String = error.to_string();
    text.split(|c: char| c.is_ascii_digit() || c == ':').next().unwrap_or_default().to_owned()
}

/// What a stretch of runs came to.
struct Outcome {
    runs: u64,
    kept: usize,
    slowest: Duration,
    finding: Option<(u64, Vec<u8>)>,
}

fn fuzz(parser: &Parser, seed: u64, first: u64, most: u64, until: Instant) -> Outcome {
    let mut pool: Vec<Vec<u8>> = parser.corpus.iter().map(|bytes| bytes.to_vec()).collect();
    let mut seen: HashSet<String> = HashSet::new();
    let mut outcome = Outcome { runs: 0, kept: 0, slowest: Duration::ZERO, finding: None };
    for bytes in parser.corpus {
        match std::panic::catch_unwind(|| read(parser.name, bytes)) {
            Ok(told) => drop(seen.insert(told)),
            Err(_) => outcome.finding = Some((first, bytes.to_vec())),
        }
    }
    while outcome.finding.is_none() && outcome.runs < most && Instant::now() < until {
        let run = first + outcome.runs;
        let mut dice = Dice::of(seed, parser.name, run);
        let original = pool[dice.below(pool.len())].clone();
        let bytes = changed(parser, &original, &pool, &mut dice);
        outcome.runs += 1;
        let began = Instant::now();
        match std::panic::catch_unwind(|| read(parser.name, &bytes)) {
            Ok(told) => {
                if pool.len() < 200 && seen.insert(told) {
                    outcome.kept += 1;
                    pool.push(bytes);
                }
            }
            Err(_) => outcome.finding = Some((run, bytes)),
        }
        outcome.slowest = outcome.slowest.max(began.elapsed());
    }
    outcome
}

fn quietly<T>(work: impl FnOnce() -> T) -> T {
    // A damaged PDF makes its library panic; that is caught and told, and need not be printed.
    let loud = std::panic::take_hook();
    std::panic::set_hook(Box::new(|_| {}));
    let done = work();
    std::panic::set_hook(loud);
    done
}

const SEED: u64 = 20_260_101;

#[test]
fn damaged_documents_of_every_format_are_read_or_refused() {
    let until = Instant::now() + Duration::from_secs(40);
    for parser in PARSERS {
        let outcome = quietly(|| fuzz(parser, SEED, 0, 60, until));
        if let Some((run, bytes)) = outcome.finding {
            panic!("{} run {run} from seed {SEED}: {:?}", parser.name, String::from_utf8_lossy(&bytes));
        }
    }
}

/// The long form. Does nothing unless `VIVA_FUZZ_SECONDS` says for how long each parser is tried.
#[test]
fn long_form() {
    let var = |name: &str| std::env::var(name).ok();
    let Some(seconds) = var("VIVA_FUZZ_SECONDS").and_then(|v| v.parse::<u64>().ok()) else { return };
    let seed = var("VIVA_FUZZ_SEED").and_then(|v| v.parse().ok()).unwrap_or(SEED);
    let only: Vec<String> = var("VIVA_FUZZ_PARSERS")
        .map(|v| v.split_whitespace().map(str::to_owned).collect())
        .unwrap_or_default();
    let log = PathBuf::from(var("VIVA_FUZZ_LOG").expect("scripts/fuzz names the log"));
    let before = std::fs::read_to_string(&log).unwrap_or_default();
    for name in &only {
        assert!(PARSERS.iter().any(|p| p.name == name), "no parser is called {name}");
    }
    let mut findings = Vec::new();
    for parser in PARSERS.iter().filter(|p| only.is_empty() || only.iter().any(|name| name == p.name)) {
        // Goes on where the log ends for this parser and seed.
        let first = before
            .lines()
            .filter_map(|line| {
                let cells: Vec<&str> = line.split('\t').collect();
                (cells.first() == Some(&parser.name) && cells.get(1)?.parse() == Ok(seed))
                    .then(|| cells.get(3)?.parse::<u64>().ok())?
            })
            .max()
            .unwrap_or(0);
        let began = Instant::now();
        let outcome = quietly(|| fuzz(parser, seed, first, u64::MAX, began + Duration::from_secs(seconds)));
        let said = match &outcome.finding {
            None => "no finding".to_owned(),
            Some((run, bytes)) => {
                let file = log.with_file_name(format!("finding-{}-{run}", parser.name));
                std::fs::write(&file, bytes).expect("a finding can be written");
                findings.push(format!("{} run {run}: {}", parser.name, file.display()));
                format!("finding in run {run}")
            }
        };
        let line = format!(
            "{}\t{seed}\t{first}\t{}\t{}\t{}\t{}\t{said}\n",
            parser.name,
            first + outcome.runs,
            began.elapsed().as_secs(),
            outcome.kept,
            outcome.slowest.as_millis()
        );
        eprint!("{line}");
        let mut out =
            std::fs::OpenOptions::new().create(true).append(true).open(&log).expect("the log can be written");
        out.write_all(line.as_bytes()).expect("the log can be written");
    }
    assert!(findings.is_empty(), "{}", findings.join("\n"));
}

/// Reads what the long form found once more, and panics aloud. Does nothing unless `VIVA_FUZZ_AGAIN` names the file and
/// `VIVA_FUZZ_PARSERS` its parser.
#[test]
fn a_finding_again() {
    let Ok(file) = std::env::var("VIVA_FUZZ_AGAIN") else { return };
    let parser = std::env::var("VIVA_FUZZ_PARSERS").expect("scripts/fuzz names the parser");
    println!("{}", read(&parser, &std::fs::read(file).expect("the finding can be read")));
}
