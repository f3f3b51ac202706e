//! The use cases through the front door: real storage, a file or a tone in the place of the microphone.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where it stopped")]

mod around_an_answer;
mod in_pieces;
mod one_answer;
mod own_data;
mod own_microphone;
mod rounds;
mod world;
