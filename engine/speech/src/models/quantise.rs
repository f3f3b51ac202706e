//! Eight-bit weights: ggml's Q8_0, blocks of 32 weights behind one 16-bit scale.

use half::f16;

/// Weights that share a scale.
pub(super) const BLOCK: usize = 32;
/// Bytes of one block: the scale and 32 signed bytes.
pub(super) const BLOCK_BYTES: usize = 2 + BLOCK;

/// Appends `weights` to `out` in Q8_0; their number must be a multiple of [`BLOCK`].
///
/// The scale that divides is the exact one, the scale that is stored is rounded to 16 bits, as ggml does.
pub(super) fn q8_0(weights: &[f32], out: &mut Vec<u8>) {
    debug_assert!(weights.len().is_multiple_of(BLOCK), "a row is a whole number of blocks");
    for block in weights.chunks_exact(BLOCK) {
        let largest = block.iter().fold(0.0_f32, |max, w| max.max(w.abs()));
        let scale = largest / 127.0;
        let inverse = if scale == 0.0 { 0.0 } else { 1.0 / scale };
        out.extend_from_slice(&f16::from_f32(scale).to_le_bytes());
        out.extend(block.iter().map(|w| ((w * inverse).round() as i8).cast_unsigned()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn back(bytes: &[u8]) -> Vec<f32> {
        let scale = f16::from_le_bytes([bytes[0], bytes[1]]).to_f32();
        bytes[2..].iter().map(|b| f32::from(b.cast_signed()) * scale).collect()
    }

    #[test]
    fn a_block_of_zeros_is_a_zero_scale_and_zeros() {
        let mut out = Vec::new();
        q8_0(&[0.0; BLOCK], &mut out);
        assert_eq!(out, [0; BLOCK_BYTES]);
    }

    #[test]
    fn the_largest_weight_becomes_127() {
        let mut block = [0.0; BLOCK];
        block[3] = -2.0;
        block[4] = 1.0;
        let mut out = Vec::new();
        q8_0(&block, &mut out);
        assert_eq!(out[2 + 3].cast_signed(), -127);
        assert_eq!(out[2 + 4].cast_signed(), 64, "63.5 rounds away from zero");
    }

    proptest! {
        #[test]
        fn no_weight_moves_by_more_than_one_step(block in proptest::array::uniform32(-4.0_f32..4.0)) {
            let mut out = Vec::new();
            q8_0(&block, &mut out);
            let step = block.iter().fold(0.0_f32, |max, w| max.max(w.abs())) / 127.0;
            for (before, after) in block.iter().zip(back(&out)) {
                prop_assert!((before - after).abs() <= step * 0.6 + 1e-4);
            }
        }
    }
}
