//! How loud it is: what the meter shows while recording and what a take says of itself afterwards.
//!
//! Levels are in dBFS, decibels below full scale: 0 is the loudest a sample can be. Silence and clipping
//! are told apart here, and both from an ordinary level.

use serde::Serialize;

/// The level that stands for no signal at all.
pub const FLOOR_DBFS: f32 = -120.0;
/// Below this, in the loudest tenth of a second, nothing was heard: a muted or wrong microphone.
const SILENT_DBFS: f32 = -60.0;
/// Speech peaks below this are too quiet to be heard well.
const QUIET_PEAK_DBFS: f32 = -32.0;
/// A sample at or beyond this is as far as a converter goes.
pub(crate) const FULL_SCALE: f32 = 0.999;
/// One sample at full scale is a loud one, this many in a row are a cut-off peak.
const CLIPPED_RUN: u32 = 3;

/// What the meter shows.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Level {
    /// The highest sample of the last third of a second.
    pub peak_dbfs: f32,
    /// The mean power of the last third of a second.
    pub rms_dbfs: f32,
    /// Whether peaks were cut off within the last three seconds.
    pub clipping: bool,
    /// The word beside the meter.
    pub word: LevelWord,
}

impl Level {
    /// No signal.
    pub const NONE: Self =
        Self { peak_dbfs: FLOOR_DBFS, rms_dbfs: FLOOR_DBFS, clipping: false, word: LevelWord::Silent };
}

/// The level in a word, over the last three seconds so that it does not flicker between words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum LevelWord {
    /// Nothing is heard at all.
    Silent,
    /// Speech would be hard to make out.
    TooQuiet,
    /// Fine.
    Good,
    /// Peaks are cut off.
    TooLoud,
}

impl LevelWord {
    /// What to show and, where something is wrong, what to do.
    pub fn words(self) -> &'static str {
        match self {
            Self::Silent => "Nothing is heard. Is this the right microphone?",
            Self::TooQuiet => "Too quiet: come closer or raise the input.",
            Self::Good => "Good",
            Self::TooLoud => "Too loud: the peaks are cut off.",
        }
    }
}

/// Amplitude, 1.0 being full scale, as dBFS.
pub fn dbfs(amplitude: f32) -> f32 {
    if amplitude <= 0.0 { FLOOR_DBFS } else { (20.0 * amplitude.log10()).max(FLOOR_DBFS) }
}

/// Counts samples that belong to cut-off peaks, across pieces.
#[derive(Debug, Clone, Default)]
pub(crate) struct ClipCounter {
    run: u32,
    /// Samples in runs at full scale so far.
    pub(crate) clipped: u64,
}

impl ClipCounter {
    pub(crate) fn push(&mut self, samples: impl IntoIterator<Item = f32>) {
        for sample in samples {
            if sample.abs() < FULL_SCALE {
                self.run = 0;
                continue;
            }
            self.run += 1;
            match self.run.cmp(&CLIPPED_RUN) {
                std::cmp::Ordering::Less => {}
                std::cmp::Ordering::Equal => self.clipped += u64::from(CLIPPED_RUN),
                std::cmp::Ordering::Greater => self.clipped += 1,
            }
        }
    }
}

/// Blocks of this many samples at 16 kHz: a tenth of a second.
const BLOCK: usize = 1600;
/// The meter's window: three blocks.
const METER_BLOCKS: usize = 3;
/// The word's window: thirty blocks.
const WORD_BLOCKS: usize = 30;

#[derive(Debug, Clone, Copy, Default)]
struct Block {
    peak: f32,
    power: f32,
    clipped: bool,
}

/// Follows the level of a recording; fed with 16 kHz mono.
#[derive(Debug, Clone)]
pub(crate) struct Meter {
    recent: std::collections::VecDeque<Block>,
    sum: f64,
    peak: f32,
    count: usize,
    clipped: bool,
    all_sum: f64,
    all_peak: f32,
    all_count: u64,
    loudest_power: f32,
}

impl Meter {
    pub(crate) fn new() -> Self {
        Self {
            recent: std::collections::VecDeque::with_capacity(WORD_BLOCKS),
            sum: 0.0,
            peak: 0.0,
            count: 0,
            clipped: false,
            all_sum: 0.0,
            all_peak: 0.0,
            all_count: 0,
            loudest_power: 0.0,
        }
    }

    /// Takes samples and whether peaks among them were cut off at the source.
    pub(crate) fn push(&mut self, samples: &[f32], clipped: bool) {
        self.clipped |= clipped;
        for sample in samples {
            self.sum += f64::from(sample * sample);
            self.peak = self.peak.max(sample.abs());
            self.count += 1;
            if self.count == BLOCK {
                self.end_block();
            }
        }
    }

    fn end_block(&mut self) {
        let power = (self.sum / self.count as f64) as f32;
        self.all_sum += self.sum;
        self.all_count += self.count as u64;
        self.all_peak = self.all_peak.max(self.peak);
        self.loudest_power = self.loudest_power.max(power);
        if self.recent.len() == WORD_BLOCKS {
            self.recent.pop_front();
        }
        self.recent.push_back(Block { peak: self.peak, power, clipped: self.clipped });
        (self.sum, self.peak, self.count, self.clipped) = (0.0, 0.0, 0, false);
    }

    /// The level now.
    pub(crate) fn level(&self) -> Level {
        let shown = self.recent.iter().rev().take(METER_BLOCKS);
        let peak = shown.clone().map(|block| block.peak).fold(0.0, f32::max);
        let blocks = shown.len().max(1) as f32;
        let power = shown.map(|block| block.power).sum::<f32>() / blocks;
        let clipping = self.recent.iter().any(|block| block.clipped);
        let word_peak = self.recent.iter().map(|block| block.peak).fold(0.0, f32::max);
        let loudest = self.recent.iter().map(|block| block.power).fold(0.0, f32::max);
        let word = if clipping {
            LevelWord::TooLoud
        } else if dbfs(loudest.sqrt()) < SILENT_DBFS {
            LevelWord::Silent
        } else if dbfs(word_peak) < QUIET_PEAK_DBFS {
            LevelWord::TooQuiet
        } else {
            LevelWord::Good
        };
        Level { peak_dbfs: dbfs(peak), rms_dbfs: dbfs(power.sqrt()), clipping, word }
    }

    /// Peak and mean level of everything, and whether it was silent throughout.
    pub(crate) fn whole(mut self) -> (f32, f32, bool) {
        if self.count > 0 {
            self.end_block();
        }
        let rms = (self.all_sum / self.all_count.max(1) as f64).sqrt() as f32;
        (dbfs(self.all_peak), dbfs(rms), dbfs(self.loudest_power.sqrt()) < SILENT_DBFS)
    }
}
