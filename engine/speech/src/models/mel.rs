//! The mel filter bank that stands at the head of every Whisper model file.
//!
//! Slaney's scale: linear below 1 kHz, logarithmic above; triangles normalised to equal area. Whisper was
//! trained with the values librosa gives for 16 kHz and a 400-sample transform, in single precision with
//! two roundings (the triangle, then its area), and both roundings are repeated here so that the bytes agree.

/// Frequency bins of a 400-sample transform.
pub(super) const FFT_BINS: usize = 201;
/// Width of one bin in hertz: 16 000 Hz over 400 samples.
const BIN_HZ: f64 = 40.0;
const TOP_HZ: f64 = 8_000.0;
/// Hertz per mel in the linear part.
const LINEAR_HZ: f64 = 200.0 / 3.0;
/// Where the logarithmic part begins, in mel and hertz.
const KNEE_MEL: f64 = 15.0;
const KNEE_HZ: f64 = 1_000.0;

/// The filters, one row of [`FFT_BINS`] weights for each of `bands` mel bands.
pub(super) fn filters(bands: usize) -> Vec<f32> {
    let top = mel_of(TOP_HZ);
    let step = top / (bands + 1) as f64;
    let mut edges: Vec<f64> = (0..=bands).map(|i| hertz_of(i as f64 * step)).collect();
    edges.push(hertz_of(top));

    let mut weights = Vec::with_capacity(bands * FFT_BINS);
    for edge in edges.windows(3) {
        let (low, centre, high) = (edge[0], edge[1], edge[2]);
        let area = 2.0 / (high - low);
        for bin in 0..FFT_BINS {
            let hertz = bin as f64 * BIN_HZ;
            let rising = (hertz - low) / (centre - low);
            let falling = (high - hertz) / (high - centre);
            let triangle = rising.min(falling).max(0.0) as f32;
            weights.push((f64::from(triangle) * area) as f32);
        }
    }
    weights
}

fn log_step() -> f64 {
    6.4_f64.ln() / 27.0
}

fn mel_of(hertz: f64) -> f64 {
    if hertz >= KNEE_HZ { KNEE_MEL + (hertz / KNEE_HZ).ln() / log_step() } else { hertz / LINEAR_HZ }
}

fn hertz_of(mel: f64) -> f64 {
    if mel >= KNEE_MEL { KNEE_HZ * (log_step() * (mel - KNEE_MEL)).exp() } else { LINEAR_HZ * mel }
}

#[cfg(test)]
mod tests {
    use sha2::{Digest, Sha256};

    use super::*;

    #[test]
    fn eighty_bands_cover_the_spectrum_with_overlapping_triangles() {
        let filters = filters(80);
        assert_eq!(filters.len(), 80 * FFT_BINS);
        assert!(filters.iter().all(|w| (0.0..0.03).contains(w)));
        assert!(filters.chunks(FFT_BINS).all(|row| row.iter().any(|w| *w > 0.0)));
        assert_eq!(filters[0], 0.0, "the first filter starts at zero hertz");
    }

    #[test]
    fn the_bytes_are_those_of_the_published_filter_bank() {
        let bytes: Vec<u8> = filters(80).iter().flat_map(|weight| weight.to_le_bytes()).collect();
        let sha256 = "85818f156f7e189453901a515e4726d270d307f976e161cf9403e8caab405498";
        assert_eq!(crate::models::atomic::hexadecimal(&Sha256::digest(&bytes)), sha256);
    }

    #[test]
    fn the_scale_turns_back_into_itself() {
        for hertz in [0.0, 40.0, 999.0, 1_000.0, 4_321.0, 8_000.0] {
            assert!((hertz_of(mel_of(hertz)) - hertz).abs() < 1e-9 * hertz.max(1.0));
        }
    }
}
