//! Measures the speech detector: `measure_speech FOLDER` with `pauses.json` and clips in it, as they lie in
//! the folder `VIVA_SHARED` names under `speech`. Prints what it finds on generated sounds and on the clips.
fn main() {}
