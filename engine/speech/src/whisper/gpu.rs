//! Which graphics processor Whisper computes on, in a build that can use one.
//!
//! whisper.cpp falls back to the processor by itself where it finds none; here it is found out, so that it can be said.
#![expect(unsafe_code, reason = "ggml names its devices through C functions only")]

use std::ffi::CStr;
use whisper_rs::whisper_rs_sys as sys;

/// What Whisper computes on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Computes {
    /// The processor: this build can use nothing else.
    OnProcessor,
    /// The processor, though this build could use a graphics processor: none was found.
    NoDevice {
        /// What the build is for: `cuda`, `vulkan` or `metal`.
        built_for: &'static str,
    },
    /// A graphics processor.
    OnDevice {
        /// What the build is for.
        built_for: &'static str,
        /// The device's own name.
        name: String,
    },
}

/// The kind of graphics processor this build can use.
const fn built_for() -> Option<&'static str> {
    if cfg!(feature = "cuda") {
        Some("cuda")
    } else if cfg!(feature = "vulkan") {
        Some("vulkan")
    } else if cfg!(feature = "metal") {
        Some("metal")
    } else {
        None
    }
}

/// Looks for a graphics processor. Takes a moment in a build that can use one, and none in any other.
pub fn computes() -> Computes {
    let Some(built_for) = built_for() else { return Computes::OnProcessor };
    match device_name() {
        Some(name) => Computes::OnDevice { built_for, name },
        None => Computes::NoDevice { built_for },
    }
}

/// The first graphics processor ggml finds, dedicated before built-in.
fn device_name() -> Option<String> {
    let kinds = [
        sys::ggml_backend_dev_type_GGML_BACKEND_DEVICE_TYPE_GPU,
        sys::ggml_backend_dev_type_GGML_BACKEND_DEVICE_TYPE_IGPU,
    ];
    kinds.into_iter().find_map(|kind| {
        // SAFETY: the registry of devices is built by ggml on first use and lives as long as the process. Both calls take
        // no memory of ours; a device that is not null gives a text that ends in zero and lives as long as it does.
        unsafe {
            let device = sys::ggml_backend_dev_by_type(kind);
            if device.is_null() {
                return None;
            }
            let name = sys::ggml_backend_dev_description(device);
            (!name.is_null()).then(|| CStr::from_ptr(name).to_string_lossy().into_owned())
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_build_without_a_graphics_processor_looks_for_none() {
        if built_for().is_none() {
            assert_eq!(computes(), Computes::OnProcessor);
        }
    }
}
