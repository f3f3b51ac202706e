use std::io::{Cursor, Write};

use super::synthetic::{self, VOCABULARY_TEXT, Width};
use crate::models::convert::{ConversionError, convert, requantise};
use crate::models::manifest::Form;

fn converted(model: &[u8], form: Form) -> Result<Vec<u8>, ConversionError> {
    let mut out = Vec::new();
    convert(Cursor::new(model), VOCABULARY_TEXT, form, &mut out, &mut |_| true)?;
    Ok(out)
}

#[track_caller]
fn check(model: &[u8], form: Form) {
    let (found, expected) = (converted(model, form).expect("convertible"), synthetic::ggml_file(form));
    let differs = found.iter().zip(&expected).position(|(a, b)| a != b);
    assert_eq!((found.len(), differs), (expected.len(), None), "length and first byte that differs");
}

#[test]
fn a_small_model_becomes_the_expected_bytes_in_sixteen_bits() {
    check(&synthetic::model_bin(Width::Half), Form::F16);
}

#[test]
fn a_small_model_becomes_the_expected_bytes_in_eight_bits() {
    check(&synthetic::model_bin(Width::Half), Form::Q8_0);
}

#[test]
fn weights_in_thirty_two_bits_are_narrowed() {
    check(&synthetic::model_bin(Width::Single), Form::F16);
}

#[test]
fn a_sixteen_bit_file_is_quantised_to_the_same_bytes_as_its_source() {
    let mut file = tempfile::NamedTempFile::new().expect("a temporary file");
    file.write_all(&synthetic::ggml_file(Form::F16)).expect("written");
    let mut out = Vec::new();
    requantise(file.path(), &mut out, &mut |_| true).expect("convertible");
    assert!(out == synthetic::ggml_file(Form::Q8_0));
}

#[test]
fn the_caller_can_stop_a_conversion() {
    let model = synthetic::model_bin(Width::Half);
    let stopped = convert(Cursor::new(model), VOCABULARY_TEXT, Form::F16, &mut Vec::new(), &mut |_| false);
    assert!(matches!(stopped, Err(ConversionError::Cancelled)));
}

#[test]
fn weights_that_are_cut_short_are_refused_wherever_the_cut_is() {
    let model = synthetic::model_bin(Width::Half);
    for keep in [0, 3, 10, 40, 1_000, model.len() / 2, model.len() - 1] {
        assert!(converted(&model[..keep], Form::F16).is_err(), "{keep} bytes passed");
    }
}

#[test]
fn another_kind_of_model_is_named() {
    let mut model = synthetic::model_bin(Width::Half);
    model[6..17].copy_from_slice(b"Transformer");
    match converted(&model, Form::F16) {
        Err(ConversionError::NotWhisper(what)) => assert_eq!(what, "Transformer"),
        other => panic!("{other:?}"),
    }
}

#[test]
fn an_unknown_version_is_named() {
    let mut model = synthetic::model_bin(Width::Half);
    model[0] = 9;
    assert!(matches!(converted(&model, Form::F16), Err(ConversionError::UnknownVersion(9))));
}

#[test]
fn a_missing_variable_is_named() {
    let mut model = synthetic::model_bin(Width::Half);
    let name = b"encoder/conv2/weight";
    let at = model.windows(name.len()).position(|w| w == name).expect("there");
    model[at] = b'X';
    let error = converted(&model, Form::F16).expect_err("refused").to_string();
    assert!(error.contains("encoder/conv2/weight"), "{error}");
}
