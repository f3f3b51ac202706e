//! Whisper itself: a bounded number of decoders, each on a thread of its own.
//!
//! [`WhisperEngine`] is cheap to start: it checks the model's file and starts its threads, which sleep. The
//! weights are loaded with the first piece, or in the background after [`WhisperEngine::warm`]. This module
//! hears single pieces; where they are cut and when a decode is doubted is decided in
//! [`settled`](crate::settled).

mod abort;
mod gpu;
mod model_file;
mod queue;
mod worker;

pub use gpu::{Computes, computes};

use crate::error::SpeechError;
use crate::hearing::{Ear, HearJob, Heard};
use crate::settled;
use crate::transcriber::{TranscribeOptions, Transcriber};
use queue::{CANCEL_POLL, Queue, Request};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{RecvTimeoutError, sync_channel};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use viva_core::transcript::Transcript;
use worker::{Model, Worker};

/// How many pieces wait in line before callers wait too.
const QUEUE_CAPACITY: usize = 64;

/// How much of the machine the engine may use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EngineOptions {
    /// Threads one decode computes on.
    pub threads: usize,
    /// Decoders that may run at once; each holds its own buffers (about 100 MB for `base`).
    pub states: usize,
}

impl Default for EngineOptions {
    /// One decoder on up to four cores: two decoders on the same cores are slower than one after the other.
    fn default() -> Self {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        Self { threads: cores.min(4), states: 1 }
    }
}

/// Whisper with one model.
pub struct WhisperEngine {
    model: Arc<Model>,
    queue: Arc<Queue>,
    workers: Vec<JoinHandle<()>>,
}

impl WhisperEngine {
    /// Checks the model's file and starts the threads. Loads nothing yet.
    pub fn start(model_path: impl Into<PathBuf>, options: EngineOptions) -> Result<Self, SpeechError> {
        // Otherwise whisper.cpp writes its log to the terminal.
        whisper_rs::install_logging_hooks();
        let path = model_path.into();
        let header = model_file::read(&path)?;
        let model = Arc::new(Model { name: name_of(&path), path, header, context: Mutex::default() });
        let queue = Arc::new(Queue::new(QUEUE_CAPACITY));
        let mut engine = Self { model, queue, workers: Vec::new() };
        for number in 1..=options.states.max(1) {
            let worker = Worker::new(engine.model.clone(), engine.queue.clone(), options.threads.max(1));
            let thread = std::thread::Builder::new()
                .name(format!("whisper-{number}"))
                .spawn(move || worker.run())
                .map_err(|error| SpeechError::NoThread(error.to_string()))?;
            engine.workers.push(thread);
        }
        Ok(engine)
    }

    /// Loads the model in the background, so that the first answer need not wait for it.
    pub fn warm(&self) {
        self.queue.warm();
    }

    /// The name of a model by its file: `ggml-base.bin` is `base`.
    pub fn name_of(path: &Path) -> String {
        name_of(path)
    }
}

impl Ear for WhisperEngine {
    fn hear(&self, sound: Arc<[f32]>, job: HearJob) -> Result<Heard, SpeechError> {
        if job.language != "en" {
            self.model.check_language(&job.language)?;
        }
        let cancel = job.cancel.clone();
        let (reply, answer) = sync_channel(1);
        self.queue.push(Request { sound, job, reply })?;
        loop {
            match answer.recv_timeout(CANCEL_POLL) {
                Ok(heard) => return heard,
                Err(RecvTimeoutError::Timeout) => cancel.check()?,
                Err(RecvTimeoutError::Disconnected) => return Err(SpeechError::EngineStopped),
            }
        }
    }

    fn model(&self) -> &str {
        &self.model.name
    }
}

impl Transcriber for WhisperEngine {
    fn transcribe(&self, audio: Arc<[f32]>, job: TranscribeOptions) -> Result<Transcript, SpeechError> {
        settled::transcribe(self, &audio, &job)
    }

    fn model(&self) -> &str {
        &self.model.name
    }

    fn ear(&self) -> Option<&dyn Ear> {
        Some(self)
    }
}

impl Drop for WhisperEngine {
    fn drop(&mut self) {
        self.queue.close();
        for worker in self.workers.drain(..) {
            if worker.join().is_err() {
                tracing::error!(model = %self.model.name, "a speech thread had died");
            }
        }
    }
}

fn name_of(path: &Path) -> String {
    let stem = path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
    stem.strip_prefix("ggml-").map_or(stem.clone(), str::to_owned)
}
