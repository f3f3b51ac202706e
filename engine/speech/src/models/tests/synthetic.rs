//! A Whisper model of one layer, as CTranslate2 would store it and as the ggml file must come out.
//!
//! Every value is a function of the tensor's OpenAI name and its index, so both files are made from the same
//! numbers by two different ways; the list of names here is written out by hand on purpose.

use half::f16;

use crate::models::manifest::Form;
use crate::models::{ggml, mel, quantise};

const STATE: u32 = 32;
const VOCABULARY: u32 = 51_864;
const TEXT_CONTEXT: u32 = 3;
const AUDIO_CONTEXT: u32 = 4;
const MELS: u32 = 80;
/// The vocabulary of the synthetic model: three tokens and the end.
pub(super) const VOCABULARY_TEXT: &str = "!\nĠthe\nĊ\n<|endoftext|>\n<|startoftranscript|>\n";

fn values(name: &str, count: u32) -> Vec<f32> {
    let seed = name.bytes().fold(7_u32, |seed, byte| seed.wrapping_mul(31).wrapping_add(u32::from(byte)));
    (0..count).map(|i| ((seed.wrapping_add(i * 7) % 255) as f32 - 127.0) / 64.0).collect()
}

fn block(name: &str, crossed: bool) -> Vec<(String, Vec<u32>)> {
    let s = STATE;
    let mut list = vec![
        ("mlp_ln.weight", vec![s]),
        ("mlp_ln.bias", vec![s]),
        ("mlp.0.weight", vec![4 * s, s]),
        ("mlp.0.bias", vec![4 * s]),
        ("mlp.2.weight", vec![s, 4 * s]),
        ("mlp.2.bias", vec![s]),
        ("attn_ln.weight", vec![s]),
        ("attn_ln.bias", vec![s]),
        ("attn.query.weight", vec![s, s]),
        ("attn.query.bias", vec![s]),
        ("attn.key.weight", vec![s, s]),
        ("attn.value.weight", vec![s, s]),
        ("attn.value.bias", vec![s]),
        ("attn.out.weight", vec![s, s]),
        ("attn.out.bias", vec![s]),
    ];
    if crossed {
        list.extend([
            ("cross_attn_ln.weight", vec![s]),
            ("cross_attn_ln.bias", vec![s]),
            ("cross_attn.query.weight", vec![s, s]),
            ("cross_attn.query.bias", vec![s]),
            ("cross_attn.key.weight", vec![s, s]),
            ("cross_attn.value.weight", vec![s, s]),
            ("cross_attn.value.bias", vec![s]),
            ("cross_attn.out.weight", vec![s, s]),
            ("cross_attn.out.bias", vec![s]),
        ]);
    }
    list.into_iter().map(|(part, shape)| (format!("{name}.{part}"), shape)).collect()
}

fn tensors() -> Vec<(String, Vec<u32>)> {
    let mut list = vec![
        ("decoder.positional_embedding".to_owned(), vec![TEXT_CONTEXT, STATE]),
        ("encoder.positional_embedding".to_owned(), vec![AUDIO_CONTEXT, STATE]),
        ("decoder.token_embedding.weight".to_owned(), vec![VOCABULARY, STATE]),
    ];
    list.extend(block("decoder.blocks.0", true));
    list.push(("decoder.ln.weight".to_owned(), vec![STATE]));
    list.push(("decoder.ln.bias".to_owned(), vec![STATE]));
    list.push(("encoder.conv1.weight".to_owned(), vec![STATE, MELS, 3]));
    list.push(("encoder.conv1.bias".to_owned(), vec![STATE, 1]));
    list.push(("encoder.conv2.weight".to_owned(), vec![STATE, STATE, 3]));
    list.push(("encoder.conv2.bias".to_owned(), vec![STATE, 1]));
    list.extend(block("encoder.blocks.0", false));
    list.push(("encoder.ln_post.weight".to_owned(), vec![STATE]));
    list.push(("encoder.ln_post.bias".to_owned(), vec![STATE]));
    list
}

/// The ggml file that must come out.
pub(super) fn ggml_file(form: Form) -> Vec<u8> {
    let file_type = match form {
        Form::F16 => 1,
        Form::Q8_0 => 2_007,
    };
    let mut out = Vec::new();
    let header = [
        0x6767_6d6c,
        VOCABULARY,
        AUDIO_CONTEXT,
        STATE,
        2,
        1,
        TEXT_CONTEXT,
        STATE,
        2,
        1,
        MELS,
        file_type,
        MELS,
        201,
    ];
    ggml::write_numbers(&mut out, &header).expect("memory");
    mel::filters(80).iter().for_each(|weight| out.extend(weight.to_le_bytes()));
    out.extend(4_u32.to_le_bytes());
    for token in [&b"!"[..], b" the", b"\n", b"<|endoftext|>"] {
        out.extend((token.len() as u32).to_le_bytes());
        out.extend(token);
    }
    for (name, shape) in tensors() {
        let values = values(&name, shape.iter().product());
        let single = shape.len() == 1 || name.ends_with("positional_embedding") || name.ends_with(".bias");
        let kind = match (single, shape.len(), form) {
            (true, ..) => 0,
            (false, 2, Form::Q8_0) => 8,
            _ => 1_u32,
        };
        ggml::write_numbers(&mut out, &[shape.len() as u32, name.len() as u32, kind]).expect("memory");
        shape.iter().rev().for_each(|n| out.extend(n.to_le_bytes()));
        out.extend(name.as_bytes());
        match kind {
            0 => values.iter().for_each(|v| out.extend(v.to_le_bytes())),
            8 => quantise::q8_0(&values, &mut out),
            _ => values.iter().for_each(|v| out.extend(f16::from_f32(*v).to_le_bytes())),
        }
    }
    out
}

/// How CTranslate2 stores the weights of a variable.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Width {
    Half,
    Single,
}

/// The same model as CTranslate2's `model.bin`.
pub(super) fn model_bin(width: Width) -> Vec<u8> {
    let mut file = ModelBin { width, variables: Vec::new(), count: 0 };
    let whole = |file: &mut ModelBin, name: &str, shape: &[u32], from: &str| {
        file.push(name, shape, &values(from, shape.iter().product()));
    };
    let s = STATE;
    whole(&mut file, "decoder/embeddings/weight", &[VOCABULARY, s], "decoder.token_embedding.weight");
    for (side, context, last) in
        [("decoder", TEXT_CONTEXT, "decoder.ln"), ("encoder", AUDIO_CONTEXT, "encoder.ln_post")]
    {
        let (layer, name) = (format!("{side}/layer_0"), format!("{side}.blocks.0"));
        let norm = |file: &mut ModelBin, to: &str, from: &str| {
            whole(file, &format!("{to}/gamma"), &[s], &format!("{from}.weight"));
            whole(file, &format!("{to}/beta"), &[s], &format!("{from}.bias"));
        };
        let linear = |file: &mut ModelBin, to: &str, rows: u32, columns: u32, from: &str| {
            whole(file, &format!("{to}/weight"), &[rows, columns], &format!("{from}.weight"));
            whole(file, &format!("{to}/bias"), &[rows], &format!("{from}.bias"));
        };
        file.raw(&format!("{side}/num_heads"), &[], 2, &2_i16.to_le_bytes());
        whole(
            &mut file,
            &format!("{side}/position_encodings/encodings"),
            &[context, s],
            &format!("{side}.positional_embedding"),
        );
        norm(&mut file, &format!("{side}/layer_norm"), last);
        norm(&mut file, &format!("{layer}/ffn/layer_norm"), &format!("{name}.mlp_ln"));
        linear(&mut file, &format!("{layer}/ffn/linear_0"), 4 * s, s, &format!("{name}.mlp.0"));
        linear(&mut file, &format!("{layer}/ffn/linear_1"), s, 4 * s, &format!("{name}.mlp.2"));
        norm(&mut file, &format!("{layer}/self_attention/layer_norm"), &format!("{name}.attn_ln"));
        file.fused(
            &format!("{layer}/self_attention/linear_0"),
            &format!("{name}.attn"),
            &["query", "key", "value"],
        );
        linear(&mut file, &format!("{layer}/self_attention/linear_1"), s, s, &format!("{name}.attn.out"));
        if side == "decoder" {
            norm(&mut file, &format!("{layer}/attention/layer_norm"), &format!("{name}.cross_attn_ln"));
            file.fused(&format!("{layer}/attention/linear_0"), &format!("{name}.cross_attn"), &["query"]);
            file.fused(
                &format!("{layer}/attention/linear_1"),
                &format!("{name}.cross_attn"),
                &["key", "value"],
            );
            linear(
                &mut file,
                &format!("{layer}/attention/linear_2"),
                s,
                s,
                &format!("{name}.cross_attn.out"),
            );
        }
    }
    for (number, inputs) in [(1, MELS), (2, s)] {
        let (to, from) = (format!("encoder/conv{number}"), format!("encoder.conv{number}"));
        whole(&mut file, &format!("{to}/weight"), &[s, inputs, 3], &format!("{from}.weight"));
        whole(&mut file, &format!("{to}/bias"), &[s], &format!("{from}.bias"));
    }
    file.finish()
}

struct ModelBin {
    width: Width,
    variables: Vec<u8>,
    count: u32,
}

impl ModelBin {
    fn fused(&mut self, to: &str, from: &str, parts: &[&str]) {
        let (rows, s) = (parts.len() as u32 * STATE, STATE);
        let weights: Vec<f32> =
            parts.iter().flat_map(|p| values(&format!("{from}.{p}.weight"), s * s)).collect();
        let bias = |p: &&str| {
            if *p == "key" { vec![0.0; s as usize] } else { values(&format!("{from}.{p}.bias"), s) }
        };
        let biases: Vec<f32> = parts.iter().flat_map(bias).collect();
        self.push(&format!("{to}/weight"), &[rows, s], &weights);
        self.push(&format!("{to}/bias"), &[rows], &biases);
    }

    fn push(&mut self, name: &str, shape: &[u32], values: &[f32]) {
        match self.width {
            Width::Half => {
                let bytes: Vec<u8> = values.iter().flat_map(|v| f16::from_f32(*v).to_le_bytes()).collect();
                self.raw(name, shape, 4, &bytes);
            }
            Width::Single => {
                let bytes: Vec<u8> = values.iter().flat_map(|v| v.to_le_bytes()).collect();
                self.raw(name, shape, 0, &bytes);
            }
        }
    }

    fn raw(&mut self, name: &str, shape: &[u32], kind: u8, bytes: &[u8]) {
        self.variables.extend(string(name));
        self.variables.push(shape.len() as u8);
        shape.iter().for_each(|n| self.variables.extend(n.to_le_bytes()));
        self.variables.push(kind);
        self.variables.extend((bytes.len() as u32).to_le_bytes());
        self.variables.extend(bytes);
        self.count += 1;
    }

    fn finish(self) -> Vec<u8> {
        let mut file = 6_u32.to_le_bytes().to_vec();
        file.extend(string("WhisperSpec"));
        file.extend(3_u32.to_le_bytes());
        file.extend(self.count.to_le_bytes());
        file.extend(self.variables);
        file.extend(1_u32.to_le_bytes());
        file.extend(string("decoder/projection/weight"));
        file.extend(string("decoder/embeddings/weight"));
        file
    }
}

fn string(text: &str) -> Vec<u8> {
    let mut bytes = (text.len() as u16 + 1).to_le_bytes().to_vec();
    bytes.extend(text.as_bytes());
    bytes.push(0);
    bytes
}
