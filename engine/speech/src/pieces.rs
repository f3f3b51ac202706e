//! Where a recording is cut into the pieces Whisper decodes.
//!
//! The rule looks at the speech spans alone, so the same recording is cut the same way whether it is whole
//! or still being spoken, and however fast the machine is. A [`Cutter`] is told of spans as they end and
//! says which pieces stand for good. The rule, in order:
//!
//! 1. A piece is cut in a pause of `EARLY_PAUSE` once it is `EARLY_AFTER` long.
//! 2. Before it grows beyond `LONGEST`, it is cut in the longest pause after `NOT_BEFORE`.
//! 3. What is left at the end and shorter than `FLOOR` joins the piece before: short pieces make Whisper
//!    stammer. So a piece stands for good only when that much has been said after it.
//!
//! Pauses beyond `KEPT_PAUSE` are shortened within a piece, so that silence does not reach Whisper.

use viva_core::transcript::Span;
use viva_core::units::{Millis, SampleRate};

/// How long a pause ends a piece that is long enough.
const EARLY_PAUSE: Millis = Millis(700);
/// From which length on a pause ends a piece.
const EARLY_AFTER: Millis = Millis(20_000);
/// A piece is not cut earlier than this if it can be helped.
const NOT_BEFORE: Millis = Millis(12_000);
/// The most sound in a piece, before a short rest joins it; Whisper's window is 30 s.
const LONGEST: Millis = Millis(24_000);
/// A rest shorter than this joins the piece before.
const FLOOR: Millis = Millis(2_500);
/// How much of the silence around speech is kept on each side, at most half of it. With 300 ms of it base-q8_0 had
/// 0.8 points more word error on real clips.
const MARGIN: Millis = Millis(1_000);
/// Longer pauses are shortened to this within a piece.
const KEPT_PAUSE: Millis = Millis(1_000);

/// The sound of one decode: stretches of the recording, in order, played without a break.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Piece {
    /// Where the sound comes from.
    pub parts: Vec<Span>,
    /// The speech in it.
    pub speech: Vec<Span>,
}

impl Piece {
    /// How much speech is in it.
    pub fn voiced(&self) -> Millis {
        self.speech.iter().fold(Millis(0), |sum, span| sum + span.length())
    }

    /// How long its sound is.
    pub fn length(&self) -> Millis {
        self.parts.iter().fold(Millis(0), |sum, part| sum + part.length())
    }

    /// The recording's time at a time of the piece.
    pub fn to_recording(&self, at: Millis) -> Millis {
        let mut left = at;
        for part in &self.parts {
            if left <= part.length() {
                return part.start + left;
            }
            left = left - part.length();
        }
        self.parts.last().map_or(Millis(0), |part| part.end)
    }

    /// The piece's sound out of a recording.
    pub fn sound(&self, recording: Sound<'_>) -> Vec<f32> {
        self.parts.iter().flat_map(|&part| recording.between(part)).copied().collect()
    }
}

/// A recording, or what of it is still at hand.
#[derive(Debug, Clone, Copy)]
pub struct Sound<'a> {
    /// The samples at hand.
    pub samples: &'a [f32],
    /// How many samples of the recording came before them.
    pub skipped: u64,
}

impl<'a> Sound<'a> {
    fn between(self, span: Span) -> &'a [f32] {
        let index = |at: Millis| {
            let sample = at.to_samples(SampleRate::WHISPER).saturating_sub(self.skipped);
            usize::try_from(sample).unwrap_or(usize::MAX).min(self.samples.len())
        };
        &self.samples[index(span.start)..index(span.end)]
    }
}

/// A span without a pause longer than this is parted where it is quietest.
const LONGEST_SPAN: Millis = Millis(20_000);
/// How long a stretch is compared when the quietest is looked for.
const QUIET_STRETCH: usize = 2_560;

/// Parts a span that is too long for one piece, each time at the quietest moment of its second ten seconds.
pub fn split_long(span: Span, sound: Sound<'_>) -> Vec<Span> {
    let mut parts = Vec::new();
    let mut rest = span;
    while rest.length() > LONGEST_SPAN {
        let search = Span { start: rest.start + Millis(LONGEST_SPAN.0 / 2), end: rest.start + LONGEST_SPAN };
        let loudness = |stretch: &[f32]| stretch.iter().map(|sample| f64::from(sample * sample)).sum::<f64>();
        let quietest = sound
            .between(search)
            .chunks_exact(QUIET_STRETCH)
            .enumerate()
            .min_by(|(_, a), (_, b)| loudness(a).total_cmp(&loudness(b)))
            .map_or(0, |(index, _)| index * QUIET_STRETCH + QUIET_STRETCH / 2);
        let cut = search.start + Millis::of_samples(quietest as u64, SampleRate::WHISPER);
        parts.push(Span { start: rest.start, end: cut });
        rest.start = cut;
    }
    parts.push(rest);
    parts
}

/// Cuts speech into pieces as it comes.
#[derive(Debug, Clone, Default)]
pub struct Cutter {
    /// Spans after the last cut.
    open: Vec<Span>,
    /// From where on their sound may be taken: the middle of the pause before.
    open_from: Millis,
    /// The piece that was cut last; a short rest may still join it.
    loose: Option<Loose>,
}

#[derive(Debug, Clone)]
struct Loose {
    spans: Vec<Span>,
    from: Millis,
    until: Millis,
}

impl Loose {
    fn piece(&self) -> Piece {
        piece(&self.spans, self.from, self.until)
    }
}

impl Cutter {
    /// A cutter at the beginning of a recording.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes the next span of speech, once it has ended. Returns the pieces that now stand for good.
    pub fn push(&mut self, span: Span) -> Vec<Piece> {
        debug_assert!(self.open.last().is_none_or(|last| last.end <= span.start), "spans come in order");
        let mut firm = self.silent_until(span.start);
        if self.open.is_empty() {
            self.open_from = self.loose_end().map_or(Millis(0), |end| middle(end, span.start));
        }
        while !self.open.is_empty() && cost(&self.open) + cost_of_next(&self.open, span) > LONGEST {
            firm.extend(self.cut(best_cut(&self.open, span), span.start));
        }
        self.open.push(span);
        if cost(&self.open) >= FLOOR {
            firm.extend(self.loose.take().map(|loose| loose.piece()));
        }
        firm
    }

    /// Learns that nobody speaks between the last span and `until`. Returns pieces that now stand for good.
    pub fn silent_until(&mut self, until: Millis) -> Vec<Piece> {
        let Some(last) = self.open.last() else { return Vec::new() };
        if until.saturating_sub(last.end) < EARLY_PAUSE || cost(&self.open) < EARLY_AFTER {
            return Vec::new();
        }
        self.cut(self.open.len(), until).into_iter().collect()
    }

    /// The piece that was cut last, as long as a short rest may still join it.
    pub fn loose(&self) -> Option<Piece> {
        self.loose.as_ref().map(Loose::piece)
    }

    /// What was said since the last cut; the recording goes on to `until`.
    pub fn rest(&self, until: Millis) -> Option<Piece> {
        (!self.open.is_empty()).then(|| piece(&self.open, self.open_from, until))
    }

    /// Ends the recording. Returns the pieces that did not stand yet.
    pub fn finish(mut self, end: Millis) -> Vec<Piece> {
        let mut last = self.silent_until(end);
        match self.loose.take() {
            Some(mut loose) if cost(&self.open) < FLOOR => {
                loose.spans.append(&mut self.open);
                last.push(piece(&loose.spans, loose.from, end));
            }
            loose => {
                last.extend(loose.map(|loose| loose.piece()));
                last.extend(self.rest(end));
            }
        }
        last
    }

    /// Cuts after the first `count` open spans; `next` is where the following speech may begin.
    /// Returns the piece before, which can no longer change.
    fn cut(&mut self, count: usize, next: Millis) -> Option<Piece> {
        let rest = self.open.split_off(count);
        let spans = std::mem::replace(&mut self.open, rest);
        let end = spans[spans.len() - 1].end;
        let until = middle(end, self.open.first().map_or(next, |span| span.start));
        let from = std::mem::replace(&mut self.open_from, until);
        self.loose.replace(Loose { spans, from, until }).map(|loose| loose.piece())
    }

    fn loose_end(&self) -> Option<Millis> {
        self.loose.as_ref().and_then(|loose| loose.spans.last()).map(|span| span.end)
    }
}

/// After how many of the open spans to cut, when `next` is too much.
fn best_cut(open: &[Span], next: Span) -> usize {
    let pause_after = |count: usize| {
        let following = open.get(count).copied().unwrap_or(next);
        following.start - open[count - 1].end
    };
    (1..=open.len())
        .filter(|&count| cost(&open[..count]) >= NOT_BEFORE)
        .max_by_key(|&count| pause_after(count))
        .unwrap_or(open.len())
}

fn piece(speech: &[Span], from: Millis, until: Millis) -> Piece {
    let mut parts: Vec<Span> = Vec::new();
    for (index, span) in speech.iter().enumerate() {
        let start = match index.checked_sub(1) {
            None => span.start.saturating_sub(MARGIN).max(from),
            Some(before) if span.start - speech[before].end <= KEPT_PAUSE => {
                if let Some(part) = parts.last_mut() {
                    part.end = span.end;
                }
                continue;
            }
            Some(_) => {
                if let Some(part) = parts.last_mut() {
                    part.end = part.end + Millis(KEPT_PAUSE.0 / 2);
                }
                span.start - Millis(KEPT_PAUSE.0 / 2)
            }
        };
        parts.push(Span { start, end: span.end });
    }
    if let Some(part) = parts.last_mut() {
        part.end = (part.end + MARGIN).min(until).max(part.end);
    }
    Piece { parts, speech: speech.to_vec() }
}

/// How long the sound of these spans would be, without the margins.
fn cost(spans: &[Span]) -> Millis {
    let mut sum = Millis(0);
    for (index, span) in spans.iter().enumerate() {
        sum = sum + if index == 0 { span.length() } else { cost_of_next(&spans[..index], *span) };
    }
    sum
}

fn cost_of_next(spans: &[Span], next: Span) -> Millis {
    let pause = spans.last().map_or(Millis(0), |last| next.start - last.end);
    pause.min(KEPT_PAUSE) + next.length()
}

fn middle(a: Millis, b: Millis) -> Millis {
    Millis(a.0.midpoint(b.0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Spans from pairs of pause and length in tenths of a second, and where the recording ends.
    fn spoken(pauses_and_lengths: &[(u64, u64)]) -> (Vec<Span>, Millis) {
        let mut at = 0;
        let spans = pauses_and_lengths
            .iter()
            .map(|&(pause, length)| {
                let start = at + pause * 100;
                at = start + length * 100;
                Span { start: Millis(start), end: Millis(at) }
            })
            .collect();
        (spans, Millis(at + 500))
    }

    fn cut(spans: &[Span], end: Millis) -> Vec<Piece> {
        let mut cutter = Cutter::new();
        let mut pieces: Vec<Piece> = spans.iter().flat_map(|&span| cutter.push(span)).collect();
        pieces.extend(cutter.finish(end));
        pieces
    }

    /// The speech of each piece in tenths of a second.
    #[track_caller]
    fn check(pauses_and_lengths: &[(u64, u64)], expected: &[(u64, u64)]) {
        let (spans, end) = spoken(pauses_and_lengths);
        let ends =
            |piece: &Piece| (piece.speech[0].start.0 / 100, piece.speech[piece.speech.len() - 1].end.0 / 100);
        assert_eq!(cut(&spans, end).iter().map(ends).collect::<Vec<_>>(), expected);
    }

    #[test]
    fn a_recording_without_speech_has_no_pieces() {
        check(&[], &[]);
    }

    #[test]
    fn a_short_answer_is_one_piece() {
        check(&[(5, 30), (8, 40)], &[(5, 83)]);
    }

    #[test]
    fn a_long_enough_piece_ends_in_the_next_real_pause() {
        check(&[(0, 110), (4, 70), (5, 30), (8, 90)], &[(0, 219), (227, 317)]);
    }

    #[test]
    fn without_a_real_pause_the_longest_one_cuts() {
        check(&[(0, 70), (4, 50), (6, 50), (4, 50), (4, 70)], &[(0, 124), (130, 308)]);
    }

    #[test]
    fn a_short_rest_joins_the_piece_before() {
        check(&[(0, 210), (9, 20)], &[(0, 239)]);
        check(&[(0, 210), (9, 45)], &[(0, 210), (219, 264)]);
    }

    #[test]
    fn long_silence_within_a_piece_is_shortened_and_times_still_fit() {
        let (spans, end) = spoken(&[(10, 20), (100, 20)]);
        let pieces = cut(&spans, end);
        assert_eq!(pieces.len(), 1);
        let piece = &pieces[0];
        assert_eq!(piece.length(), Millis(1_000 + 2_000 + 1_000 + 2_000 + 500));
        assert_eq!(piece.to_recording(Millis(1_000)), Millis(1_000));
        assert_eq!(piece.to_recording(Millis(1_000 + 2_000 + 1_000)), Millis(13_000));
    }

    #[test]
    fn a_span_without_pauses_is_parted_where_it_is_quietest() {
        let mut sound = vec![0.5_f32; 16_000 * 30];
        sound[16_000 * 15..16_000 * 15 + 8_000].fill(0.01);
        let span = Span { start: Millis(0), end: Millis(30_000) };
        let parts = split_long(span, Sound { samples: &sound, skipped: 0 });
        assert_eq!(parts.len(), 2);
        assert!((15_000..15_500).contains(&parts[0].end.0), "{:?}", parts[0]);
        assert_eq!((parts[0].end, parts[1].end), (parts[1].start, Millis(30_000)));
    }

    proptest! {
        #[test]
        fn pieces_hold_all_speech_once_and_fit_into_whispers_window(
            lengths in proptest::collection::vec((3_u64..60, 2_u64..200), 0..30),
        ) {
            let (spans, end) = spoken(&lengths);
            let pieces = cut(&spans, end);
            let speech: Vec<Span> = pieces.iter().flat_map(|piece| piece.speech.clone()).collect();
            prop_assert_eq!(speech, spans);
            for piece in &pieces {
                prop_assert!(piece.length() <= Millis(30_000), "{:?}", piece.length());
                prop_assert!(piece.parts.windows(2).all(|pair| pair[0].end <= pair[1].start));
            }
            let parts: Vec<Span> = pieces.iter().flat_map(|piece| piece.parts.clone()).collect();
            prop_assert!(parts.windows(2).all(|pair| pair[0].end <= pair[1].start));
        }

        #[test]
        fn knowing_of_silence_earlier_changes_no_cut(
            lengths in proptest::collection::vec((3_u64..60, 2_u64..150), 1..20),
        ) {
            let (spans, end) = spoken(&lengths);
            let mut cutter = Cutter::new();
            let mut pieces = Vec::new();
            for (index, &span) in spans.iter().enumerate() {
                pieces.extend(cutter.push(span));
                let next = spans.get(index + 1).map_or(end, |next| next.start);
                pieces.extend(cutter.silent_until(next));
            }
            pieces.extend(cutter.finish(end));
            prop_assert_eq!(pieces, cut(&spans, end));
        }
    }
}
