//! The self-paced session: its states, and the picker.
