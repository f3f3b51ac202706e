//! Delivery as it is shown: each figure with one label that says how far it can be trusted, none with a verdict.

use super::At;
use super::marks::WordTimes;
use viva_audio::waveform::Facts;
use viva_core::bank::Question;
use viva_core::delivery::{self, Delivery, Mention, Pauses};
use viva_core::transcript::Transcript;
use viva_core::units::{Millis, SampleRate};

/// One figure of delivery.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fact {
    pub name: &'static str,
    /// `measured`, `from the words` or `at least`.
    pub label: &'static str,
    pub figure: String,
    pub says: String,
    pub at: Option<At>,
}

/// The figures of a spoken answer; none for a typed one. Those of its sound where the recording is there.
pub fn facts(question: &Question, transcript: &Transcript, sound: Option<&Facts>) -> Vec<Fact> {
    let observed = delivery::observe(transcript);
    let Some(spoken) = &observed.spoken else { return Vec::new() };
    let times = WordTimes::of(transcript);
    let mut facts = Vec::new();
    if let (Some(pace), Some(voiced)) = (spoken.pace, spoken.voiced_pace) {
        facts.push(Fact {
            name: "Pace",
            label: "from the words",
            figure: format!("{pace:.0}"),
            says: format!("words a minute; {voiced:.0} while speaking. Usual: 100 to 165."),
            at: None,
        });
    }
    facts.push(pauses(&spoken.pauses));
    facts.push(Fact {
        name: "First word",
        label: "measured",
        figure: format!("{:.1}", spoken.first_word.as_secs()),
        says: "s after the start".into(),
        at: None,
    });
    facts.extend(fillers(&observed));
    if let Some(hedges) = &observed.hedges {
        facts.push(Fact {
            name: "Hedges",
            label: "from the words",
            figure: hedges.len().to_string(),
            says: counted(hedges),
            at: hedges.first().and_then(|hedge| times.at(hedge.start)).map(At::new),
        });
    }
    facts.push(Fact {
        name: "Length",
        label: "measured",
        figure: spoken.length.to_string(),
        says: format!("of {} asked", Millis(u64::from(question.seconds) * 1000)),
        at: None,
    });
    facts.extend(sound.and_then(loudness));
    facts
}

/// The share of the samples of speech from which cut-off peaks are worth a remark: half a millisecond in a second.
const HEARD_CUT: f64 = 0.0005;

/// How loud the speech is, how far above the room, and whether peaks were cut off.
fn loudness(sound: &Facts) -> Option<Fact> {
    let speech = sound.speech_dbfs?;
    let above = sound.snr_db.map_or_else(String::new, |snr| format!("{snr:.0} dB above the room; "));
    let cut = sound.clipped_samples;
    let is_heard = cut as f64 > HEARD_CUT * sound.speech.to_samples(SampleRate::WHISPER) as f64;
    let cut = match (cut, is_heard) {
        (0, _) => "no peak was cut off.".to_owned(),
        (1, false) => "1 sample was cut off, too little to matter.".to_owned(),
        (cut, false) => format!("{cut} samples were cut off, too few to matter."),
        (cut, true) => {
            format!("{cut} samples were cut off: move back a little, or turn the microphone down.")
        }
    };
    Some(Fact {
        name: "Sound",
        label: "measured",
        figure: format!("{speech:.0}").replace('-', "\u{2212}"),
        says: format!("dBFS where you speak, {above}{cut}"),
        at: None,
    })
}

/// Fillers: a lower bound from the words, an estimate where they were listened for.
fn fillers(observed: &Delivery) -> Option<Fact> {
    let counts = observed.fillers_by_word()?;
    let count: usize = counts.iter().map(|(_, count)| count).sum();
    let list = counts.iter().map(|(word, count)| format!("{word} {count}")).collect::<Vec<_>>().join(", ");
    let rate =
        observed.fillers_per_minute().map_or_else(String::new, |rate| format!("about {rate:.0} a minute"));
    let first = observed.hesitations.as_deref().and_then(|sounds| sounds.first());
    Some(Fact {
        name: "Fillers",
        label: if observed.hesitations.is_some() { "heard twice" } else { "at least" },
        figure: if observed.hesitations.is_some() { format!("{count}") } else { format!("≥ {count}") },
        says: match (rate.as_str(), list.as_str()) {
            (_, "") => "Up to 5 a minute is fine.".into(),
            ("", list) => format!("{list}. Up to 5 a minute is fine."),
            (rate, list) => format!("{rate}: {list}. Up to 5 a minute is fine."),
        },
        at: first.map(|sound| At::new(sound.start)),
    })
}

fn pauses(pauses: &Pauses) -> Fact {
    let mut says = "of half a second or more".to_owned();
    match (pauses.two_seconds, pauses.five_seconds) {
        (0, _) => says += ", none over two seconds.",
        (two, 0) => says += &format!(", {two} over two seconds, none over five."),
        (two, five) => says += &format!(", {two} over two seconds, {five} over five."),
    }
    if let Some(longest) = pauses.longest {
        says += &format!(" Longest {:.1} s at", longest.length().as_secs());
    }
    Fact {
        name: "Pauses",
        label: "measured",
        figure: pauses.half_second.to_string(),
        says,
        at: pauses.longest.map(|longest| At::new(longest.start)),
    }
}

/// `um 3, like 1`, the most frequent first.
fn counted(mentions: &[Mention]) -> String {
    let mut counts: Vec<(&str, usize)> = Vec::new();
    for mention in mentions {
        match counts.iter_mut().find(|(word, _)| *word == mention.listed) {
            Some((_, count)) => *count += 1,
            None => counts.push((&mention.listed, 1)),
        }
    }
    counts.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(b.0)));
    counts.iter().map(|(word, count)| format!("{word} {count}")).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sound(clipped_samples: u64) -> Facts {
        Facts {
            length: Millis(9_000),
            speech: Millis(7_000),
            peak_dbfs: -3.0,
            rms_dbfs: -24.0,
            speech_dbfs: Some(-22.4),
            noise_dbfs: Some(-58.0),
            snr_db: Some(35.6),
            clipped_samples,
        }
    }

    #[test]
    fn the_sound_is_told_with_its_room_and_its_cut_off_peaks() {
        let fact = loudness(&sound(0)).unwrap();
        assert_eq!((fact.figure.as_str(), fact.label), ("\u{2212}22", "measured"));
        assert_eq!(fact.says, "dBFS where you speak, 36 dB above the room; no peak was cut off.");
        assert!(loudness(&sound(12)).unwrap().says.ends_with("12 samples were cut off, too few to matter."));
        let heard = loudness(&sound(60)).unwrap().says;
        assert!(heard.contains("60 samples were cut off: move back a little"), "{heard}");
        assert_eq!(loudness(&Facts { speech_dbfs: None, ..sound(0) }), None, "silence has no loudness");
    }

    #[test]
    fn fillers_that_were_listened_for_are_no_lower_bound() {
        let mut heard = Transcript::typed("um so it is a tree you know and it is balanced at eight");
        heard.speech = vec![viva_core::transcript::Span { start: Millis(0), end: Millis(20_000) }];
        let fact = fillers(&delivery::observe(&heard)).unwrap();
        assert_eq!((fact.label, fact.figure.as_str(), fact.at.is_none()), ("at least", "≥ 2", true));
        heard.hesitations =
            Some(vec![viva_core::transcript::Hesitation { said: "uh".into(), start: Millis(900) }]);
        let fact = fillers(&delivery::observe(&heard)).unwrap();
        assert_eq!((fact.label, fact.figure.as_str()), ("heard twice", "2"));
        assert!(fact.says.contains("uh 1") && fact.at.is_some(), "{fact:?}");
    }
}
