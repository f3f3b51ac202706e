//! Which part of a recording is the answer. One microphone in a room hears everybody, and so does a candidate's own beside
//! a loudspeaker, so the interviewer marks by key where the answer begins and ends, and only what lies between is
//! transcribed and scored.

use crate::transcript::{Span, Transcript};
use crate::units::Millis;

/// The marked parts of one take, in order and apart.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Marks {
    closed: Vec<Span>,
    open: Option<Millis>,
}

/// Where an answer of a round was recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum AnswerSource {
    /// By one microphone that hears the whole room.
    Room,
    /// By the candidate's own browser elsewhere, whose loudspeaker says what the interviewer says.
    Candidate,
}

/// A key press of the interviewer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MarkEvent {
    /// The answer begins.
    Begin,
    /// The answer ends.
    End,
}

impl AnswerSource {
    /// Its stable name, as stored.
    pub fn name(self) -> &'static str {
        match self {
            Self::Room => "room",
            Self::Candidate => "candidate",
        }
    }

    /// The value of a stored name.
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Room, Self::Candidate].into_iter().find(|source| source.name() == name)
    }
}

/// Why a mark cannot be set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum MarksRefused {
    /// It began already.
    #[error("the answer is marked as begun already; mark its end first")]
    Begun,
    /// It has not begun.
    #[error("no answer is marked as begun; mark its start first")]
    NotBegun,
    /// It lies before the last mark.
    #[error("a mark cannot lie before the one before it")]
    BeforeLast,
    /// There are too many.
    #[error("one recording has at most {} marked parts", Marks::MOST)]
    TooMany,
}

impl Marks {
    /// Parts one take may have.
    pub const MOST: usize = 200;

    /// Marks as they were kept: the parts that have an end, and the start of one that has none.
    pub fn restore(closed: Vec<Span>, open: Option<Millis>) -> Self {
        Self { closed, open }
    }

    /// The candidate begins to answer.
    pub fn begin(mut self, at: Millis) -> Result<Self, MarksRefused> {
        if self.open.is_some() {
            return Err(MarksRefused::Begun);
        }
        if self.closed.len() >= Self::MOST {
            return Err(MarksRefused::TooMany);
        }
        if self.closed.last().is_some_and(|last| at < last.end) {
            return Err(MarksRefused::BeforeLast);
        }
        self.open = Some(at);
        Ok(self)
    }

    /// The answer is over, or interrupted by a probe.
    pub fn end(mut self, at: Millis) -> Result<Self, MarksRefused> {
        let start = self.open.take().ok_or(MarksRefused::NotBegun)?;
        if at < start {
            return Err(MarksRefused::BeforeLast);
        }
        self.closed.push(Span { start, end: at });
        Ok(self)
    }

    /// One key press.
    pub fn after(self, event: MarkEvent, at: Millis) -> Result<Self, MarksRefused> {
        match event {
            MarkEvent::Begin => self.begin(at),
            MarkEvent::End => self.end(at),
        }
    }

    /// Where the last mark lies; none where nothing is marked.
    pub fn last(&self) -> Option<Millis> {
        self.open.or_else(|| self.closed.last().map(|span| span.end))
    }

    /// Where an answer has begun and not ended.
    pub fn open(&self) -> Option<Millis> {
        self.open
    }

    /// The parts with start and end.
    pub fn closed(&self) -> &[Span] {
        &self.closed
    }

    /// The answer within a take of this length: an open mark ends with the take, and nothing lies beyond it.
    pub fn within(&self, length: Millis) -> Vec<Span> {
        let open = self.open.map(|start| Span { start, end: length });
        self.closed
            .iter()
            .copied()
            .chain(open)
            .map(|span| Span { start: span.start.min(length), end: span.end.min(length) })
            .filter(|span| span.end > span.start)
            .collect()
    }

    /// Joins what was heard in each marked part to one transcript, with the times of the whole take.
    ///
    /// Each part comes with where it starts. Nothing of what lies between the parts is in it.
    pub fn join(parts: Vec<(Millis, Transcript)>, length: Millis, model: &str, language: &str) -> Transcript {
        let mut whole = Transcript {
            text: String::new(),
            model: model.to_owned(),
            language: language.to_owned(),
            audio: length,
            speech: Vec::new(),
            words: Vec::new(),
            helped: Vec::new(),
            hesitations: None,
        };
        for (start, part) in parts {
            if !part.text.is_empty() {
                if !whole.text.is_empty() {
                    whole.text.push(' ');
                }
                whole.text.push_str(&part.text);
            }
            let moved = |span: Span| Span { start: span.start + start, end: span.end + start };
            whole.speech.extend(part.speech.into_iter().map(moved));
            whole.words.extend(part.words.into_iter().map(|mut word| {
                (word.start, word.end) = (word.start + start, word.end + start);
                word
            }));
            whole.helped.extend(part.helped.into_iter().map(|mut place| {
                place.start = place.start + start;
                place
            }));
            if let Some(sounds) = part.hesitations {
                let moved = sounds.into_iter().map(|mut sound| {
                    sound.start = sound.start + start;
                    sound
                });
                whole.hesitations.get_or_insert_default().extend(moved);
            }
        }
        whole
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transcript::Word;

    #[test]
    fn marks_come_in_pairs_and_in_order() {
        let marks = Marks::default().begin(Millis(500)).unwrap();
        assert_eq!(marks.clone().begin(Millis(600)), Err(MarksRefused::Begun));
        assert_eq!(marks.clone().end(Millis(400)), Err(MarksRefused::BeforeLast));
        let marks = marks.end(Millis(900)).unwrap();
        assert_eq!(marks.clone().end(Millis(950)), Err(MarksRefused::NotBegun));
        assert_eq!(marks.clone().begin(Millis(899)), Err(MarksRefused::BeforeLast));
        let marks = marks.begin(Millis(900)).unwrap();
        assert_eq!(marks.within(Millis(1_200)), [Span::from((500, 900)), Span::from((900, 1_200))]);
        assert_eq!(marks.within(Millis(700)), [Span::from((500, 700))], "nothing lies beyond the take");
        assert_eq!(Marks::default().within(Millis(700)), [], "what was not marked is no answer");
    }

    #[test]
    fn parts_keep_the_times_of_the_whole_take() {
        let heard = |text: &str| Transcript {
            text: text.into(),
            model: "base".into(),
            language: "en".into(),
            audio: Millis(400),
            speech: vec![Span::from((10, 300))],
            words: vec![Word { text: text.into(), start: Millis(10), end: Millis(300), confidence: 0.9 }],
            helped: Vec::new(),
            hesitations: None,
        };
        let parts =
            vec![(Millis(500), heard("one")), (Millis(2_000), heard("")), (Millis(3_000), heard("two"))];
        let whole = Marks::join(parts, Millis(9_000), "base", "en");
        assert_eq!(whole.text, "one two");
        assert_eq!(whole.words[2].start, Millis(3_010));
        assert_eq!(whole.speech[0], Span::from((510, 800)));
        assert_eq!(whole.audio, Millis(9_000));
    }
}
