//! Text cut into pieces by what its words earned: the answer by its evidence, the model answer by which of
//! its sentences were said. Offsets count Unicode scalar values, as the assessment's do.

use viva_core::assessment::{Assessment, Verdict};
use viva_core::transcript::Transcript;
use viva_core::units::Millis;

/// A stretch of text and what it belongs to.
#[derive(Debug, Clone, PartialEq)]
pub struct Piece {
    /// The words.
    pub text: String,
    /// The class that draws it: `met`, `partly`, `missed` or `mistake`.
    pub verdict: &'static str,
    /// Criteria and mistakes it leads to; empty for plain text.
    pub marks: Vec<Mark>,
    /// Where it is heard, in ms from the start of the take.
    pub at_ms: Option<u64>,
}

/// A link from a marked piece to its criterion.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mark {
    /// The id it leads to.
    pub target: String,
    /// What is printed: the criterion's number, or a diamond.
    pub says: String,
    /// What is read out.
    pub label: String,
}

/// The class and word of a verdict.
pub fn class(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Met => "met",
        Verdict::Partly => "partly",
        Verdict::Missed => "missed",
    }
}

/// Words of one criterion or mistake in the answer.
#[derive(Debug, Clone)]
struct Claim {
    start: usize,
    end: usize,
    verdict: &'static str,
    mark: Mark,
}

/// Evidence of one criterion this close together reads as one phrase. In characters, about four words.
const JOIN_WITHIN: usize = 24;

/// The answer cut at its evidence.
pub fn said(transcript: &Transcript, assessment: &Assessment) -> Vec<Piece> {
    let mut claims = Vec::new();
    for (index, criterion) in assessment.criteria.iter().enumerate() {
        let word = class(criterion.verdict);
        let mark = Mark {
            target: format!("c{}", index + 1),
            says: (index + 1).to_string(),
            label: format!("criterion {}, {word}", index + 1),
        };
        let spans = criterion.evidence.iter().map(|evidence| (evidence.start, evidence.end));
        claims.extend(joined(spans).into_iter().map(|(start, end)| Claim {
            start,
            end,
            verdict: word,
            mark: mark.clone(),
        }));
    }
    for mistake in &assessment.mistakes {
        let mark = Mark { target: "mistakes".into(), says: "◆".into(), label: "mistake".into() };
        let spans = mistake.evidence.iter().map(|evidence| (evidence.start, evidence.end));
        claims.extend(joined(spans).into_iter().map(|(start, end)| Claim {
            start,
            end,
            verdict: "mistake",
            mark: mark.clone(),
        }));
    }
    let times = WordTimes::of(transcript);
    cut(&transcript.text, &claims, &times)
}

/// The model answer cut into sentences, each marked with the criteria it earns and whether they were said.
///
/// `own` is the assessment of the model answer on the same rubric: it says which sentence earns what.
pub fn model(text: &str, own: &Assessment, answer: &Assessment) -> Vec<Piece> {
    let sentences = sentences(text);
    let says = |index: usize, start: usize, end: usize| {
        own.criteria[index].evidence.iter().filter(|e| e.start >= start && e.start < end).count()
    };
    // A criterion stands where most of it is said; a word of it in passing elsewhere is not marked.
    let most: Vec<usize> = (0..own.criteria.len())
        .map(|index| sentences.iter().map(|(start, end, _)| says(index, *start, *end)).max().unwrap_or(0))
        .collect();
    sentences
        .into_iter()
        .map(|(start, end, sentence)| {
            let here: Vec<usize> = (0..own.criteria.len())
                .filter(|&index| most[index] > 0 && says(index, start, end) == most[index])
                .collect();
            let verdicts = here.iter().filter_map(|&index| answer.criteria.get(index)).map(|c| c.verdict);
            let worst = verdicts.max().map_or("", class);
            let marks = here
                .iter()
                .filter_map(|&index| answer.criteria.get(index).map(|c| (index + 1, class(c.verdict))))
                .map(|(number, word)| Mark {
                    target: format!("c{number}"),
                    says: number.to_string(),
                    label: format!("criterion {number}, {word}"),
                })
                .collect();
            Piece { text: sentence, verdict: worst, marks, at_ms: None }
        })
        .collect()
}

/// Cuts a text at its claims. Where claims overlap, the piece carries all of them and looks like the first.
fn cut(text: &str, claims: &[Claim], times: &WordTimes) -> Vec<Piece> {
    let letters: Vec<char> = text.chars().collect();
    let mut edges: Vec<usize> =
        claims.iter().flat_map(|c| [c.start, c.end]).chain([0, letters.len()]).collect();
    edges.retain(|&edge| edge <= letters.len());
    edges.sort_unstable();
    edges.dedup();
    let mut pieces: Vec<Piece> = Vec::new();
    for pair in edges.windows(2) {
        let (start, end) = (pair[0], pair[1]);
        let over: Vec<&Claim> = claims.iter().filter(|c| c.start <= start && c.end >= end).collect();
        let words: String = letters[start..end].iter().collect();
        // A number stands where its phrase ends, once.
        let mut ending: Vec<Mark> = over.iter().filter(|c| c.end == end).map(|c| c.mark.clone()).collect();
        ending.dedup();
        match over.first() {
            None => pieces.push(Piece { text: words, verdict: "", marks: Vec::new(), at_ms: None }),
            Some(first) => {
                let mut marks = ending;
                if marks.is_empty() {
                    marks = over.iter().map(|c| c.mark.clone()).collect();
                    marks.dedup();
                }
                pieces.push(Piece {
                    text: words,
                    verdict: first.verdict,
                    marks,
                    at_ms: times.at(start).map(|t| t.0),
                });
            }
        }
    }
    pieces
}

/// Spans in order, those close together made one.
pub fn joined(spans: impl IntoIterator<Item = (usize, usize)>) -> Vec<(usize, usize)> {
    let mut spans: Vec<(usize, usize)> = spans.into_iter().collect();
    spans.sort_unstable();
    let mut out: Vec<(usize, usize)> = Vec::new();
    for (start, end) in spans {
        match out.last_mut() {
            Some(last) if start <= last.1 + JOIN_WITHIN => last.1 = last.1.max(end),
            _ => out.push((start, end)),
        }
    }
    out
}

/// Where in the sound a character of the text is, through the words' times.
#[derive(Debug, Default)]
pub struct WordTimes(Vec<(usize, usize, Millis, Millis)>);

impl WordTimes {
    /// Empty for a typed or edited answer, whose words have no time.
    pub fn of(transcript: &Transcript) -> Self {
        let mut spans = Vec::with_capacity(transcript.words.len());
        let mut at = 0;
        for word in &transcript.words {
            let length = word.text.chars().count();
            spans.push((at, at + length, word.start, word.end));
            at += length + 1;
        }
        let total = at.saturating_sub(1);
        if total == transcript.text.chars().count() { Self(spans) } else { Self::default() }
    }

    /// Beginning and end of every word in ms, with spaces between them.
    pub fn listed(&self) -> String {
        let times = self.0.iter().flat_map(|&(_, _, start, end)| [start.0, end.0]);
        times.map(|ms| ms.to_string()).collect::<Vec<_>>().join(" ")
    }

    /// When the word with this character begins.
    pub fn at(&self, character: usize) -> Option<Millis> {
        let index = self.0.partition_point(|&(_, end, _, _)| end <= character);
        self.0.get(index).map(|&(_, _, start, _)| start)
    }

    /// When the word with the character before this one ends.
    pub fn until(&self, character: usize) -> Option<Millis> {
        let index = self.0.partition_point(|&(start, _, _, _)| start < character);
        index.checked_sub(1).and_then(|index| self.0.get(index)).map(|&(_, _, _, end)| end)
    }
}

/// Sentences with their offsets; the space between them goes with the sentence before.
pub fn sentences(text: &str) -> Vec<(usize, usize, String)> {
    let letters: Vec<char> = text.chars().collect();
    let mut out = Vec::new();
    let mut start = 0;
    let mut index = 0;
    while index < letters.len() {
        let ends = matches!(letters[index], '.' | '!' | '?')
            && letters.get(index + 1).is_none_or(|next| next.is_whitespace());
        index += 1;
        if ends {
            while index < letters.len() && letters[index].is_whitespace() {
                index += 1;
            }
            out.push((start, index, letters[start..index].iter().collect()));
            start = index;
        }
    }
    if start < letters.len() {
        out.push((start, letters.len(), letters[start..].iter().collect()));
    }
    out
}

/// The words between two offsets.
pub fn slice(text: &str, start: usize, end: usize) -> String {
    text.chars().skip(start).take(end.saturating_sub(start)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use viva_core::transcript::Word;

    fn claim(start: usize, end: usize, number: &str) -> Claim {
        let mark = Mark { target: format!("c{number}"), says: number.into(), label: String::new() };
        Claim { start, end, verdict: "met", mark }
    }

    #[test]
    fn the_pieces_of_an_answer_join_to_the_answer_whatever_overlaps() {
        let text = "Über die Brücke gehen wir";
        for claims in [
            vec![],
            vec![claim(0, 4, "1")],
            vec![claim(0, 8, "1"), claim(5, 15, "2")],
            vec![claim(0, 25, "1"), claim(5, 8, "2"), claim(5, 8, "2")],
        ] {
            let pieces = cut(text, &claims, &WordTimes::default());
            assert_eq!(pieces.iter().map(|p| p.text.as_str()).collect::<String>(), text);
        }
    }

    #[test]
    fn a_number_stands_where_its_phrase_ends() {
        let pieces = cut("abcdef", &[claim(1, 3, "1")], &WordTimes::default());
        assert_eq!(pieces[1].text, "bc");
        assert_eq!(pieces[1].marks[0].says, "1");
    }

    #[test]
    fn sentences_keep_their_space_and_their_abbreviating_dots() {
        let texts: Vec<String> =
            sentences("Java 1.8 does it. It splits!  And then?").into_iter().map(|s| s.2).collect();
        assert_eq!(texts, ["Java 1.8 does it. ", "It splits!  ", "And then?"]);
    }

    #[test]
    fn a_character_is_heard_where_its_word_begins() {
        let word = |text: &str, start, end| Word {
            text: text.into(),
            start: Millis(start),
            end: Millis(end),
            confidence: 1.0,
        };
        let mut transcript = Transcript::typed("one two");
        transcript.words = vec![word("one", 100, 400), word("two", 500, 900)];
        let times = WordTimes::of(&transcript);
        assert_eq!(times.at(1), Some(Millis(100)));
        assert_eq!(times.at(4), Some(Millis(500)));
        assert_eq!(times.until(7), Some(Millis(900)));
        transcript.text = "edited words".into();
        assert_eq!(WordTimes::of(&transcript).at(0), None);
    }
}
