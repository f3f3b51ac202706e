//! Cutting text into tokens, each with its place in the text.
//!
//! A token is a whole word in lower case, a number in figures or a part of an identifier; "HashMap.putAll"
//! gives four. Offsets count Unicode scalar values of the text as it was given, so evidence can be marked
//! in it. Nothing is thrown away but punctuation and the noises of thinking.

use super::function_words::is_filler;
use super::number::{canonical_figures, read_words};
use super::{Frequency, Stemmer};

/// One word, number or part of an identifier.
#[derive(Debug, Clone, PartialEq)]
pub struct Token {
    /// First character in the text.
    pub start: usize,
    /// The character after the last.
    pub end: usize,
    /// Lower case, contractions undone, numbers in figures.
    pub norm: String,
    /// What its forms share.
    pub stem: String,
    /// Which sentence of the text it stands in, from 0.
    pub sentence: usize,
    /// Which clause of the text it stands in, from 0; clauses end at commas, colons and semicolons too.
    pub clause: usize,
    /// A number.
    pub is_number: bool,
    /// It was written in words and is kept in figures.
    pub is_spelt_number: bool,
}

/// A stretch of characters that belongs to one token, before numbers are read.
struct Piece {
    start: usize,
    end: usize,
    norm: String,
    sentence: usize,
    clause: usize,
}

/// Cuts `text` into tokens.
///
/// `known` decides whether a word in camel case is one word of the language ("JavaScript") or an
/// identifier to be taken apart ("putIfAbsent").
pub fn tokenise(text: &str, stemmer: &Stemmer, known: &Frequency) -> Vec<Token> {
    let pieces = cut(text, known);
    join_numbers(pieces, stemmer)
}

fn cut(text: &str, known: &Frequency) -> Vec<Piece> {
    let chars: Vec<char> = text.chars().collect();
    let mut pieces = Vec::with_capacity(chars.len() / 5);
    let (mut sentence, mut clause) = (0, 0);
    let mut at = 0;
    while at < chars.len() {
        let c = chars[at];
        if c.is_alphanumeric() {
            let end = run_end(&chars, at);
            for (start, end, norm) in split_run(&chars, at, end, known) {
                if !is_filler(&norm) {
                    pieces.push(Piece { start, end, norm, sentence, clause });
                }
            }
            at = end;
            continue;
        }
        match c {
            '.' | '!' | '?' => {
                let ends = chars
                    .get(at + 1)
                    .is_none_or(|n| n.is_whitespace() || matches!(n, '"' | '\'' | ')' | '”'));
                if ends && !ends_abbreviation(&chars, at) {
                    sentence += 1;
                    clause += 1;
                }
            }
            '\n' => {
                sentence += 1;
                clause += 1;
            }
            ',' | ';' | ':' | '(' | ')' | '—' | '–' => clause += 1,
            '%' => pieces.push(Piece { start: at, end: at + 1, norm: "percent".into(), sentence, clause }),
            '&' if chars.get(at + 1) != Some(&'&') => {
                pieces.push(Piece { start: at, end: at + 1, norm: "and".into(), sentence, clause });
            }
            _ => {}
        }
        at += 1;
    }
    pieces
}

/// "e.g." and "i.e." end no sentence.
fn ends_abbreviation(chars: &[char], dot: usize) -> bool {
    let from = dot.saturating_sub(3);
    let tail: String = chars[from..dot].iter().collect::<String>().to_lowercase();
    tail.ends_with("e.g") || tail.ends_with("i.e") || tail.ends_with(" vs") || tail.ends_with("etc")
}

/// Where a run of letters, figures and the marks inside words ends.
fn run_end(chars: &[char], from: usize) -> usize {
    let mut at = from;
    while at < chars.len() {
        let c = chars[at];
        let next = chars.get(at + 1).copied().unwrap_or(' ');
        let inside = match c {
            _ if c.is_alphanumeric() => true,
            '\'' | '’' => at > from && next.is_alphabetic(),
            '.' => at > from && chars[at - 1].is_ascii_digit() && next.is_ascii_digit(),
            ',' => {
                // A separator of thousands: three figures follow, and no more.
                at > from
                    && chars[at - 1].is_ascii_digit()
                    && (1..=3).all(|n| chars.get(at + n).is_some_and(char::is_ascii_digit))
                    && !chars.get(at + 4).is_some_and(char::is_ascii_digit)
            }
            '+' => next == '+' || (at > from && chars[at - 1] == '+'),
            '#' => at == from + 1 && matches!(chars[from].to_ascii_lowercase(), 'c' | 'f'),
            _ => false,
        };
        if !inside {
            break;
        }
        at += 1;
    }
    at
}

/// Takes a run apart: contractions, camel case, figures beside letters.
fn split_run(chars: &[char], start: usize, end: usize, known: &Frequency) -> Vec<(usize, usize, String)> {
    let run = &chars[start..end];
    if run[0].is_ascii_digit() && run.iter().all(|c| c.is_ascii_digit() || matches!(c, '.' | ',')) {
        return vec![(start, end, canonical_figures(&run.iter().collect::<String>()))];
    }
    let lower: String = run.iter().flat_map(|c| fold(*c)).collect();
    match lower.as_str() {
        "c++" => return vec![(start, end, "cplusplus".into())],
        "c#" => return vec![(start, end, "csharp".into())],
        "f#" => return vec![(start, end, "fsharp".into())],
        "1st" => return vec![(start, end, "first".into())],
        "2nd" => return vec![(start, end, "second".into())],
        "3rd" => return vec![(start, end, "third".into())],
        _ => {}
    }
    if let Some(words) = contraction(&lower) {
        return words.iter().map(|w| (start, end, (*w).to_owned())).collect();
    }
    // A possessive adds nothing to the word.
    let run = if lower.ends_with("'s") { &run[..run.len() - 2] } else { run };
    let mut parts = Vec::with_capacity(2);
    let camel = run.iter().skip(1).any(|c| c.is_uppercase()) && run.iter().any(|c| c.is_lowercase());
    let take_apart = camel && !known.knows(&lower);
    let mut from = 0;
    for at in 1..=run.len() {
        let boundary = at == run.len() || {
            let (a, b) = (run[at - 1], run[at]);
            let next_lower = run.get(at + 1).is_some_and(|c| c.is_lowercase());
            let case = take_apart
                && ((a.is_lowercase() && b.is_uppercase())
                    || (a.is_uppercase() && b.is_uppercase() && next_lower));
            let figures =
                a.is_ascii_digit() != b.is_ascii_digit() && a.is_alphanumeric() && b.is_alphanumeric();
            case || figures
        };
        if boundary {
            let word: String = run[from..at]
                .iter()
                .flat_map(|c| fold(*c))
                .filter(|c| c.is_alphanumeric() || *c == '.')
                .collect();
            let word = word.strip_suffix('.').unwrap_or(&word).to_owned();
            if !word.is_empty() {
                let word = if word.as_bytes()[0].is_ascii_digit() { canonical_figures(&word) } else { word };
                parts.push((start + from, start + at, word));
            }
            from = at;
        }
    }
    parts
}

/// Lower case without accents, for the letters English borrows.
fn fold(c: char) -> impl Iterator<Item = char> {
    let plain = match c {
        'á' | 'à' | 'â' | 'ä' | 'ã' | 'å' | 'Á' | 'À' | 'Â' | 'Ä' | 'Å' => 'a',
        'é' | 'è' | 'ê' | 'ë' | 'É' | 'È' => 'e',
        'í' | 'ì' | 'î' | 'ï' | 'Í' => 'i',
        'ó' | 'ò' | 'ô' | 'ö' | 'õ' | 'Ó' | 'Ö' => 'o',
        'ú' | 'ù' | 'û' | 'ü' | 'Ú' | 'Ü' => 'u',
        'ç' | 'Ç' => 'c',
        'ñ' | 'Ñ' => 'n',
        '’' => '\'',
        _ => c,
    };
    plain.to_lowercase()
}

/// The words a contraction stands for; none where it is a plain word or a possessive.
fn contraction(lower: &str) -> Option<&'static [&'static str]> {
    if !lower.contains('\'') {
        return match lower {
            "cannot" => Some(&["can", "not"]),
            "dont" => Some(&["do", "not"]),
            "doesnt" => Some(&["does", "not"]),
            "didnt" => Some(&["did", "not"]),
            "isnt" => Some(&["is", "not"]),
            "arent" => Some(&["are", "not"]),
            "wasnt" => Some(&["was", "not"]),
            "wont" => Some(&["will", "not"]),
            "cant" => Some(&["can", "not"]),
            "shouldnt" => Some(&["should", "not"]),
            "wouldnt" => Some(&["would", "not"]),
            "couldnt" => Some(&["could", "not"]),
            "hasnt" => Some(&["has", "not"]),
            "havent" => Some(&["have", "not"]),
            _ => None,
        };
    }
    Some(match lower {
        "can't" => &["can", "not"],
        "won't" => &["will", "not"],
        "shan't" => &["shall", "not"],
        "don't" => &["do", "not"],
        "doesn't" => &["does", "not"],
        "didn't" => &["did", "not"],
        "isn't" | "ain't" => &["is", "not"],
        "aren't" => &["are", "not"],
        "wasn't" => &["was", "not"],
        "weren't" => &["were", "not"],
        "hasn't" => &["has", "not"],
        "haven't" => &["have", "not"],
        "hadn't" => &["had", "not"],
        "wouldn't" => &["would", "not"],
        "shouldn't" => &["should", "not"],
        "couldn't" => &["could", "not"],
        "mustn't" => &["must", "not"],
        "needn't" => &["need", "not"],
        "it's" => &["it", "is"],
        "that's" => &["that", "is"],
        "there's" => &["there", "is"],
        "what's" => &["what", "is"],
        "let's" => &["let", "us"],
        "i'm" => &["i", "am"],
        "i've" => &["i", "have"],
        "i'd" => &["i", "would"],
        "i'll" => &["i", "will"],
        "you're" => &["you", "are"],
        "you've" => &["you", "have"],
        "you'll" => &["you", "will"],
        "you'd" => &["you", "would"],
        "we're" => &["we", "are"],
        "we've" => &["we", "have"],
        "we'll" => &["we", "will"],
        "we'd" => &["we", "would"],
        "they're" => &["they", "are"],
        "they've" => &["they", "have"],
        "they'll" => &["they", "will"],
        "it'll" => &["it", "will"],
        _ => return None,
    })
}

/// Reads number words, and gives every piece its stem.
fn join_numbers(pieces: Vec<Piece>, stemmer: &Stemmer) -> Vec<Token> {
    let mut tokens = Vec::with_capacity(pieces.len());
    let mut at = 0;
    while at < pieces.len() {
        let piece = &pieces[at];
        let same_clause = pieces[at..].iter().take(8).take_while(|p| p.clause == piece.clause).count();
        let words: Vec<&str> = pieces[at..at + same_clause].iter().map(|p| p.norm.as_str()).collect();
        if let Some((value, used)) = read_words(&words) {
            let last = &pieces[at + used - 1];
            let figures = value.to_string();
            tokens.push(Token {
                start: piece.start,
                end: last.end,
                stem: figures.clone(),
                norm: figures,
                sentence: piece.sentence,
                clause: piece.clause,
                is_number: true,
                is_spelt_number: true,
            });
            at += used;
            continue;
        }
        let is_number = piece.norm.as_bytes().first().is_some_and(u8::is_ascii_digit);
        let word = piece.norm.strip_suffix("'s").unwrap_or(&piece.norm).to_owned();
        tokens.push(Token {
            start: piece.start,
            end: piece.end,
            stem: stemmer.stem(&word),
            norm: word,
            sentence: piece.sentence,
            clause: piece.clause,
            is_number,
            is_spelt_number: false,
        });
        at += 1;
    }
    tokens
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &[&str]) {
        let tokens = tokenise(text, &Stemmer::english(), &Frequency::embedded());
        let norms: Vec<&str> = tokens.iter().map(|t| t.norm.as_str()).collect();
        assert_eq!(norms, expected, "{text}");
    }

    #[test]
    fn text_is_cut_into_whole_words_numbers_and_parts_of_identifiers() {
        check("A red-black tree.", &["a", "red", "black", "tree"]);
        check("putIfAbsent on JavaScript", &["put", "if", "absent", "on", "javascript"]);
        check("HTTPServer2 max_pool_size", &["http", "server", "2", "max", "pool", "size"]);
        check("at sixty-four slots, 1,000 or 0.75", &["at", "64", "slots", "1000", "or", "0.75"]);
        check("It doesn't block; C++ can’t", &["it", "does", "not", "block", "cplusplus", "can", "not"]);
        check("um, the thread's, uh, stack", &["the", "thread", "stack"]);
        check("200ms is 5%", &["200", "ms", "is", "5", "percent"]);
        check("O(n log n)", &["o", "n", "log", "n"]);
    }

    #[test]
    fn offsets_count_characters_and_sentences_end_at_full_stops_only() {
        let tokens = tokenise("Ünïcode e.g. here. Next, one", &Stemmer::english(), &Frequency::embedded());
        let last = tokens.last().map(|t| (t.start, t.end, t.sentence, t.norm.clone()));
        assert_eq!(last, Some((25, 28, 1, "1".into())));
        assert_eq!(tokens[0].end, 7);
    }
}
