//! Damaged documents: small ones of every format are changed at random, from a seed, and read again. Nothing may panic,
//! and text formats account for every line. `VIVA_FUZZ_SECONDS` and `VIVA_FUZZ_SEED` make it longer or other.

use std::time::{Duration, Instant};
use viva_import::{Format, Source, transcript};

const CORPUS: &[(&str, &[u8])] = &[
    ("text", include_bytes!("../data/list.txt")),
    ("text", include_bytes!("../data/guide.txt")),
    ("markdown", include_bytes!("../data/list.md")),
    ("html", include_bytes!("../data/page.html")),
    ("csv", include_bytes!("../data/table.csv")),
    ("tsv", include_bytes!("../data/table.csv")),
    ("anki", include_bytes!("../data/anki.txt")),
    ("gift", include_bytes!("../data/quiz.gift")),
    ("json", include_bytes!("../data/bank.json")),
    ("yaml", include_bytes!("../data/bank.yaml")),
    ("toml", include_bytes!("../data/pack.toml")),
    ("apkg", include_bytes!("../data/deck.apkg")),
    ("docx", include_bytes!("../data/notes.docx")),
    ("pdf", include_bytes!("../data/notes.pdf")),
    ("transcript", include_bytes!("../data/talk.vtt")),
    ("transcript", include_bytes!("../data/talk.srt")),
    ("transcript", include_bytes!("../data/talk.json")),
    ("transcript", include_bytes!("../data/otter.txt")),
];

/// A small generator of its own: the same seed gives the same run on every machine.
struct Dice(u64);

impl Dice {
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
    b"\"",
    b"\\",
    b"::",
    b"####",
    b"\xff",
    b"\xc3\xa9",
    "\u{2028}".as_bytes(),
    "“".as_bytes(),
    "—".as_bytes(),
    "ß".as_bytes(),
    "İ".as_bytes(),
    "\u{feff}".as_bytes(),
    b"\t",
    b"#",
    b"1. ",
    b"0",
    b"-->",
    b"00:00:01.000",
    b"9999999999999999999999",
    b"What is ",
    b"vs ",
    b"&amp;",
    b"&#x110000;",
    b"[",
    b"]",
    b"*a",
    b"&a ",
    b"- ",
    b": ",
    b"\0",
];

fn changed(original: &[u8], dice: &mut Dice) -> Vec<u8> {
    let mut bytes = original.to_vec();
    for _ in 0..=dice.below(6) {
        let at = dice.below(bytes.len() + 1);
        match dice.below(6) {
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
            3 => bytes.truncate(at),
            _ => {
                let spice = SPICE[dice.below(SPICE.len())];
                let times = if dice.below(8) == 0 { 1 + dice.below(300) } else { 1 };
                bytes.splice(at..at, spice.repeat(times));
            }
        }
    }
    bytes
}

fn read(kind: &str, bytes: &[u8]) {
    if kind == "transcript" {
        let _ = transcript::review(bytes);
        return;
    }
    let format: Format = kind.parse().expect("a format's name");
    // As the format it is, and as whatever it looks like now.
    let forced = viva_import::read(Source { bytes, name: None, format: Some(format) });
    if let (Ok(import), Ok(text)) = (&forced, std::str::from_utf8(bytes))
        && matches!(format, Format::Text | Format::Markdown | Format::Html)
        && !text.starts_with('\u{feff}')
    {
        super::accounting::every_line_is_accounted_for(text, import);
    }
    let _ = viva_import::read(Source { bytes, name: None, format: None });
}

#[test]
fn damaged_documents_of_every_format_are_read_or_refused() {
    let from_env =
        |name: &str, default: u64| std::env::var(name).ok().and_then(|v| v.parse().ok()).unwrap_or(default);
    let seconds = from_env("VIVA_FUZZ_SECONDS", 10);
    let seed = from_env("VIVA_FUZZ_SEED", 20_260_101);
    let only = std::env::var("VIVA_FUZZ_ONLY").ok();
    // A damaged PDF makes its library panic; that is caught and told, and need not be printed.
    let loud = std::panic::take_hook();
    std::panic::set_hook(Box::new(|_| {}));
    let end = Instant::now() + Duration::from_secs(seconds);
    let mut runs = 0u64;
    let mut failure = None;
    'all: for (kind, original) in CORPUS {
        if std::panic::catch_unwind(|| read(kind, original)).is_err() {
            failure = Some((0, *kind, original.to_vec()));
            break 'all;
        }
    }
    while failure.is_none() && (runs < 200 || Instant::now() < end) {
        let mut dice = Dice((seed + runs).wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
        let (kind, original) = CORPUS[dice.below(CORPUS.len())];
        runs += 1;
        if only.as_deref().is_some_and(|wanted| wanted != kind) {
            continue;
        }
        let bytes = changed(original, &mut dice);
        if std::panic::catch_unwind(|| read(kind, &bytes)).is_err() {
            failure = Some((runs - 1, kind, bytes));
        }
    }
    std::panic::set_hook(loud);
    if let Some((run, kind, bytes)) = failure {
        panic!("run {run} from seed {seed}, as {kind}: {:?}", String::from_utf8_lossy(&bytes));
    }
    if seconds > 10 {
        eprintln!("{runs} damaged documents from seed {seed} without a finding");
    }
}
