//! The one place with unsafe code in this crate: stopping Whisper in the middle of a decode.
//!
//! whisper-rs 0.16 offers a safe abort callback, but its trampoline is typed with the closure while the
//! user data is a box around a box, so calling it is undefined behaviour. Here the raw callback is given a
//! pointer to two flags that live on the stack of the very call that uses them.
#![expect(unsafe_code, reason = "the raw abort callback is the only sound way to stop whisper.cpp early")]

use std::ffi::c_void;
use std::sync::atomic::{AtomicBool, Ordering};
use whisper_rs::{FullParams, WhisperError, WhisperState};

/// What ends a decode before its time.
pub(super) struct Stop<'a> {
    /// Set by whoever asked for the decode.
    pub cancelled: &'a AtomicBool,
    /// Set when the engine closes.
    pub closing: &'a AtomicBool,
}

impl Stop<'_> {
    /// Whether the decode is to end.
    pub(super) fn is_wanted(&self) -> bool {
        self.cancelled.load(Ordering::Acquire) || self.closing.load(Ordering::Acquire)
    }
}

/// Runs one decode that ends early, with some error, when `stop` is wanted.
pub(super) fn decode(
    state: &mut WhisperState,
    mut params: FullParams<'_, '_>,
    sound: &[f32],
    stop: &Stop<'_>,
) -> Result<(), WhisperError> {
    // SAFETY: whisper.cpp calls `stop_is_wanted` only inside `state.full` below, from its own compute
    // threads, and passes the pointer unchanged. `stop` is borrowed for longer than that call, it is only
    // read, and its fields are atomics, so reading them from several threads at once is sound. `params`
    // is consumed by the call, so no copy of the pointer outlives it; whisper.cpp keeps neither.
    unsafe {
        params.set_abort_callback(Some(stop_is_wanted));
        params.set_abort_callback_user_data(std::ptr::from_ref(stop).cast_mut().cast::<c_void>());
    }
    state.full(params, sound)
}

/// Called by whisper.cpp between the steps of a decode.
///
/// # Safety
/// `stop` must point to a live [`Stop`].
unsafe extern "C" fn stop_is_wanted(stop: *mut c_void) -> bool {
    // SAFETY: `decode` passes a pointer to a `Stop` that outlives the call; see there.
    let stop = unsafe { &*stop.cast::<Stop<'_>>().cast_const() };
    stop.is_wanted()
}
