//! The tensors of a Whisper model: their names, shapes and order in the ggml file, and where each is found
//! among CTranslate2's variables.
//!
//! The order is the one of OpenAI's checkpoints, so that a converted file agrees byte for byte with the
//! published one. Shapes are written outermost dimension first; the file has them the other way round.

use super::ggml::{Header, TensorType};

/// One tensor of the model file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Tensor {
    /// OpenAI's name.
    pub name: String,
    /// Outermost dimension first.
    pub shape: Vec<u32>,
    /// How it may be stored.
    pub storage: Storage,
    /// Where it is among CTranslate2's variables.
    pub origin: Origin,
}

/// How much precision a tensor keeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Storage {
    /// Always 32 bits: biases, norms, positions.
    Single,
    /// 16 bits even in a quantised file: the convolutions.
    Kernel,
    /// Whatever the file's weights are.
    Matrix,
}

/// A variable, or one of several equal slices of it along the first dimension.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Origin {
    /// CTranslate2's name.
    pub variable: String,
    /// Which slice, from 0.
    pub slice: u32,
    /// How many slices the variable holds.
    pub slices: u32,
}

impl Tensor {
    /// The number of values.
    pub fn len(&self) -> u64 {
        self.shape.iter().map(|&n| u64::from(n)).product()
    }

    /// How this tensor is stored in a file whose weights are `weights`.
    pub fn stored_as(&self, weights: TensorType) -> TensorType {
        match self.storage {
            Storage::Single => TensorType::F32,
            Storage::Kernel if weights == TensorType::F32 => TensorType::F32,
            Storage::Kernel => TensorType::F16,
            Storage::Matrix => weights,
        }
    }
}

/// All tensors of a model with these dimensions, in file order.
pub(super) fn tensors(header: &Header) -> Vec<Tensor> {
    let mut list = Listing { tensors: Vec::new() };
    let (audio, text) = (header.audio_state, header.text_state);

    list.position("decoder", header.text_context, text);
    list.position("encoder", header.audio_context, audio);
    list.push(
        "decoder.token_embedding.weight",
        &[header.vocabulary, text],
        Storage::Matrix,
        whole("decoder/embeddings/weight"),
    );
    for layer in 0..header.text_layers {
        let (name, from) = (format!("decoder.blocks.{layer}"), format!("decoder/layer_{layer}"));
        list.feed_forward_and_self_attention(&name, &from, text);
        list.norm(&format!("{name}.cross_attn_ln"), &format!("{from}/attention/layer_norm"), text);
        list.cross_attention(&format!("{name}.cross_attn"), &format!("{from}/attention"), text);
    }
    list.norm("decoder.ln", "decoder/layer_norm", text);
    list.convolution(1, header.mel_bands, audio);
    list.convolution(2, audio, audio);
    for layer in 0..header.audio_layers {
        let (name, from) = (format!("encoder.blocks.{layer}"), format!("encoder/layer_{layer}"));
        list.feed_forward_and_self_attention(&name, &from, audio);
    }
    list.norm("encoder.ln_post", "encoder/layer_norm", audio);
    list.tensors
}

fn whole(variable: &str) -> Origin {
    Origin { variable: variable.to_owned(), slice: 0, slices: 1 }
}

struct Listing {
    tensors: Vec<Tensor>,
}

impl Listing {
    fn push(&mut self, name: &str, shape: &[u32], storage: Storage, origin: Origin) {
        self.tensors.push(Tensor { name: name.to_owned(), shape: shape.to_vec(), storage, origin });
    }

    fn position(&mut self, side: &str, context: u32, state: u32) {
        let from = whole(&format!("{side}/position_encodings/encodings"));
        self.push(&format!("{side}.positional_embedding"), &[context, state], Storage::Single, from);
    }

    fn convolution(&mut self, number: u32, inputs: u32, state: u32) {
        let (name, from) = (format!("encoder.conv{number}"), format!("encoder/conv{number}"));
        self.push(
            &format!("{name}.weight"),
            &[state, inputs, 3],
            Storage::Kernel,
            whole(&format!("{from}/weight")),
        );
        self.push(&format!("{name}.bias"), &[state, 1], Storage::Single, whole(&format!("{from}/bias")));
    }

    fn norm(&mut self, name: &str, from: &str, state: u32) {
        self.push(&format!("{name}.weight"), &[state], Storage::Single, whole(&format!("{from}/gamma")));
        self.push(&format!("{name}.bias"), &[state], Storage::Single, whole(&format!("{from}/beta")));
    }

    fn linear(&mut self, name: &str, from: &str, outputs: u32, inputs: u32) {
        self.push(
            &format!("{name}.weight"),
            &[outputs, inputs],
            Storage::Matrix,
            whole(&format!("{from}/weight")),
        );
        self.push(&format!("{name}.bias"), &[outputs], Storage::Single, whole(&format!("{from}/bias")));
    }

    fn feed_forward_and_self_attention(&mut self, name: &str, from: &str, state: u32) {
        self.norm(&format!("{name}.mlp_ln"), &format!("{from}/ffn/layer_norm"), state);
        self.linear(&format!("{name}.mlp.0"), &format!("{from}/ffn/linear_0"), 4 * state, state);
        self.linear(&format!("{name}.mlp.2"), &format!("{from}/ffn/linear_1"), state, 4 * state);
        self.norm(&format!("{name}.attn_ln"), &format!("{from}/self_attention/layer_norm"), state);
        let fused = format!("{from}/self_attention/linear_0");
        let slice = |slice| (fused.clone(), slice, 3);
        self.attention(
            &format!("{name}.attn"),
            [slice(0), slice(1), slice(2)],
            &format!("{from}/self_attention/linear_1"),
            state,
        );
    }

    /// CTranslate2 keeps the query by itself and fuses key and value, which read the encoder's output.
    fn cross_attention(&mut self, name: &str, from: &str, state: u32) {
        let (query, fused) = (format!("{from}/linear_0"), format!("{from}/linear_1"));
        self.attention(
            name,
            [(query, 0, 1), (fused.clone(), 0, 2), (fused, 1, 2)],
            &format!("{from}/linear_2"),
            state,
        );
    }

    /// Whisper's key projection has no bias; CTranslate2 fills its slice with zeros, which are left behind.
    fn attention(&mut self, name: &str, from: [(String, u32, u32); 3], out: &str, state: u32) {
        for (part, (variable, slice, slices)) in ["query", "key", "value"].into_iter().zip(from) {
            let origin = |what: &str| Origin { variable: format!("{variable}/{what}"), slice, slices };
            self.push(&format!("{name}.{part}.weight"), &[state, state], Storage::Matrix, origin("weight"));
            if part != "key" {
                self.push(&format!("{name}.{part}.bias"), &[state], Storage::Single, origin("bias"));
            }
        }
        self.linear(&format!("{name}.out"), out, state, state);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::models::ggml::tests::small_header;

    #[test]
    fn a_model_has_as_many_tensors_as_whisper_cpp_expects() {
        let header = Header { audio_layers: 6, text_layers: 6, ..small_header() };
        assert_eq!(tensors(&header).len(), 11 + 15 * 6 + 24 * 6);
    }

    #[test]
    fn query_key_and_value_are_slices_of_the_fused_variable() {
        let tensors = tensors(&small_header());
        let of = |name: &str| tensors.iter().find(|t| t.name == name).expect(name).origin.clone();
        let fused = "decoder/layer_0/self_attention/linear_0/weight".to_owned();
        assert_eq!(of("decoder.blocks.0.attn.value.weight"), Origin { variable: fused, slice: 2, slices: 3 });
        let cross = "decoder/layer_0/attention/linear_1/weight".to_owned();
        assert_eq!(
            of("decoder.blocks.0.cross_attn.key.weight"),
            Origin { variable: cross, slice: 0, slices: 2 }
        );
    }
}
