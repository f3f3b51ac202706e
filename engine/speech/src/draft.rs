//! Words shown while somebody speaks, from short stretches of sound.
//!
//! Settled pieces are long, so their words come late. A draft decodes what was said since its last border,
//! over and over while it grows, and sets the next border in a pause, or between two words where somebody
//! speaks without one. Words before the border do not change any more, so a draft hardly flickers. Nothing
//! here enters the settled transcript.

use crate::doubt::{Doubt, break_circles, doubt};
use crate::error::SpeechError;
use crate::hearing::{Context, Ear, HearJob};
use crate::pieces::{Piece, Sound};
use crate::words;
use viva_core::transcript::{Span, Word};
use viva_core::units::Millis;

/// How much sound before the speech a stretch begins with.
const RUN_UP: Millis = Millis(300);
/// A pause is a border once the stretch before it is this long: shorter ones make Whisper stammer.
const SHORTEST: Millis = Millis(3_000);
/// A stretch is not longer than this; its border is then set between two words.
const LONGEST: Millis = Millis(8_000);
/// Where a draft has fallen behind, no more than this is decoded at once; Whisper's window is 30 s.
const MOST_AT_ONCE: Millis = Millis(16_000);
/// A silence longer than this never becomes part of a stretch.
const LONG_SILENCE: Millis = Millis(700);
/// So many of the last words may be cut off by the end of the sound.
const UNSURE_WORDS: usize = 2;

/// The draft of what is not settled yet.
#[derive(Debug, Default)]
pub(crate) struct Draft {
    /// Words before the border.
    fixed: Vec<Word>,
    /// Where the open stretch begins.
    border: Millis,
    /// Words of the open stretch, as of its last decode.
    open: Vec<Word>,
    /// Up to where speech was found, and up to where it was decoded.
    spoken_until: Millis,
    decoded_until: Millis,
    /// The end of the last speech that has ended.
    paused_at: Option<Millis>,
}

impl Draft {
    /// Learns of speech, ended or not.
    pub(crate) fn spoken(&mut self, span: Span) {
        let start = span.start.saturating_sub(RUN_UP);
        let silence = start.saturating_sub(self.decoded_until.max(self.border));
        if silence > LONG_SILENCE || (self.open.is_empty() && silence > Millis(0)) {
            self.fixed.append(&mut self.open);
            self.border = start;
        }
        self.spoken_until = self.spoken_until.max(span.end);
    }

    /// Learns of speech that has ended.
    pub(crate) fn paused(&mut self, span: Span) {
        self.spoken(span);
        self.paused_at = Some(span.end);
        self.set_border();
    }

    /// Whether something was said that is not in the draft.
    pub(crate) fn is_stale(&self) -> bool {
        self.spoken_until > self.decoded_until
    }

    /// Whether one decode would not do to bring it up to what was said.
    pub(crate) fn is_far_behind(&self) -> bool {
        self.spoken_until.saturating_sub(self.border) > MOST_AT_ONCE
    }

    /// The sound that would be decoded next, in a recording that goes on to `until`.
    pub(crate) fn stretch(&self, until: Millis) -> Option<Span> {
        let end = (self.spoken_until + RUN_UP).min(until).min(self.border + MOST_AT_ONCE);
        (end > self.border).then_some(Span { start: self.border, end })
    }

    /// Decodes the open stretch as far as it was spoken.
    pub(crate) fn decode(
        &mut self,
        ear: &dyn Ear,
        sound: Sound<'_>,
        until: Millis,
        job: HearJob,
    ) -> Result<(), SpeechError> {
        let Some(stretch) = self.stretch(until) else { return Ok(()) };
        let piece = Piece { parts: vec![stretch], speech: vec![stretch] };
        let job = HearJob { context: Context::Cut, ..job };
        let heard = ear.hear(piece.sound(sound).into(), job)?;
        let mut words = words::words(&heard.tokens, &piece);
        if !matches!(doubt(&words, piece.voiced(), heard.ran_on), None | Some(Doubt::TooFew)) {
            break_circles(&mut words);
        }
        self.open = words;
        self.decoded_until = stretch.end;
        self.set_border();
        Ok(())
    }

    /// Forgets the words of what is settled.
    pub(crate) fn settled_until(&mut self, end: Millis) {
        for words in [&mut self.fixed, &mut self.open] {
            words.retain(|word| word.start >= end);
        }
        self.border = self.border.max(end);
    }

    /// The words, in order.
    pub(crate) fn words(&self) -> impl Iterator<Item = &Word> {
        self.fixed.iter().chain(&self.open)
    }

    /// Moves the border over words that will not change by what is said next.
    fn set_border(&mut self) {
        let in_pause = self
            .paused_at
            .filter(|&at| at <= self.decoded_until && at.saturating_sub(self.border) >= SHORTEST);
        let too_long = self.decoded_until.saturating_sub(self.border) > LONGEST;
        let full = self.decoded_until.saturating_sub(self.border) >= MOST_AT_ONCE;
        let sure = self.open.len().saturating_sub(UNSURE_WORDS);
        let border = match in_pause {
            Some(at) => at,
            None if too_long && sure > 0 => self.open[sure].start,
            // Speech with hardly a word in it: no more is to be expected of it.
            None if too_long && (self.open.is_empty() || full) => self.decoded_until,
            None => return,
        };
        let after = self.open.iter().position(|word| word.start >= border).unwrap_or(self.open.len());
        self.fixed.extend(self.open.drain(..after));
        self.border = self.border.max(border);
        self.paused_at = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hearing::{Heard, HeardToken};
    use crate::transcriber::{CancelToken, Priority};
    use std::sync::Arc;

    /// Hears a word in every half second.
    struct Clockwork;

    impl Ear for Clockwork {
        fn hear(&self, sound: Arc<[f32]>, _job: HearJob) -> Result<Heard, SpeechError> {
            let words = sound.len() as u64 / 8_000;
            let token = |index: u64| HeardToken {
                bytes: format!(" w{index}").into_bytes(),
                probability: 1.0,
                end: Some(Millis((index + 1) * 500)),
            };
            Ok(Heard { tokens: (0..words).map(token).collect(), ran_on: false })
        }

        fn model(&self) -> &str {
            "clockwork"
        }
    }

    fn job() -> HearJob {
        HearJob {
            language: "en".into(),
            context: Context::Cut,
            prompt: None,
            priority: Priority::Draft,
            urgent: CancelToken::new(),
            cancel: CancelToken::new(),
        }
    }

    /// Drafts every second of somebody who speaks from second 1 to `until` and pauses after each of `pauses`.
    fn drafted(until: u64, pauses: &[u64]) -> Draft {
        let sound = vec![0.1; 16_000 * 60];
        let mut draft = Draft::default();
        for second in 2..=until {
            let span = Span { start: Millis(1_000), end: Millis(second * 1_000) };
            if pauses.contains(&second) {
                draft.paused(span)
            } else {
                draft.spoken(span)
            }
            let sound = Sound { samples: &sound, skipped: 0 };
            draft.decode(&Clockwork, sound, Millis(second * 1_000), job()).unwrap();
        }
        draft
    }

    #[test]
    fn a_stretch_grows_until_a_pause_and_then_begins_anew() {
        let draft = drafted(7, &[3, 6]);
        assert_eq!(draft.border, Millis(6_000), "the pause at three comes too early");
        assert_eq!((draft.fixed.len(), draft.open.len()), (10, 2));
    }

    #[test]
    fn without_a_pause_the_border_lies_between_words_and_decodes_stay_short() {
        let draft = drafted(40, &[]);
        let stretch = draft.stretch(Millis(40_000)).unwrap();
        assert!(stretch.length() <= Millis(9_000), "{stretch:?}");
        let words = draft.words().count();
        assert!((74..=80).contains(&words), "{words} words in 39 seconds");
    }

    #[test]
    fn what_is_settled_leaves_the_draft() {
        let mut draft = drafted(7, &[3, 6]);
        draft.settled_until(Millis(6_000));
        assert_eq!(draft.words().count(), 2);
        assert!(!draft.is_stale());
        draft.spoken(Span { start: Millis(8_000), end: Millis(9_000) });
        assert!(draft.is_stale());
    }

    #[test]
    fn a_draft_that_fell_behind_never_decodes_more_than_a_window() {
        let mut draft = Draft::default();
        draft.spoken(Span { start: Millis(1_000), end: Millis(50_000) });
        assert!(draft.is_far_behind());
        assert_eq!(draft.stretch(Millis(50_000)).unwrap().length(), MOST_AT_ONCE);
        let sound = vec![0.1; 16_000 * 60];
        let sound = Sound { samples: &sound, skipped: 0 };
        while draft.is_stale() {
            draft.decode(&Clockwork, sound, Millis(50_000), job()).unwrap();
        }
        assert!((96..=100).contains(&draft.words().count()), "{}", draft.words().count());
    }

    #[test]
    fn a_long_silence_is_no_part_of_the_next_stretch() {
        let mut draft = Draft::default();
        draft.spoken(Span { start: Millis(30_000), end: Millis(31_000) });
        assert_eq!(draft.stretch(Millis(31_000)), Some(Span { start: Millis(29_700), end: Millis(31_000) }));
    }
}
