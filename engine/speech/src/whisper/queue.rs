//! What waits for Whisper: a bounded queue in which a waiting person goes before a batch.
//!
//! Each caller has one piece in it at a time, so callers of the same priority take turns piece by piece.
//! A full queue makes callers wait; sound is never dropped, it waits where it came from.

use crate::error::SpeechError;
use crate::hearing::{HearJob, Heard};
use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::SyncSender;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// One piece that waits, and where its words go.
pub(super) struct Request {
    pub sound: Arc<[f32]>,
    pub job: HearJob,
    pub reply: SyncSender<Result<Heard, SpeechError>>,
}

/// What a worker is to do next.
pub(super) enum Work {
    /// Load the model, so that the first piece need not wait for it.
    Warm,
    /// Decode a piece.
    Hear(Request),
}

/// The queue between callers and workers.
pub(super) struct Queue {
    lanes: Mutex<Lanes>,
    /// Told when work arrives or the queue closes.
    arrived: Condvar,
    /// Told when a place becomes free or the queue closes.
    freed: Condvar,
    closing: AtomicBool,
    capacity: usize,
}

#[derive(Default)]
struct Lanes {
    /// One lane for each [`Priority`](crate::Priority), first come, first served.
    waiting: [VecDeque<Request>; 3],
    warm: bool,
}

impl Lanes {
    /// The piece whose turn it is. One that somebody began to wait for goes with those that somebody waited for
    /// from the start.
    fn take(&mut self) -> Option<Request> {
        let [first, later @ ..] = &mut self.waiting;
        if let Some(request) = first.pop_front() {
            return Some(request);
        }
        for lane in later.iter_mut() {
            if let Some(at) = lane.iter().position(|request| request.job.urgent.is_cancelled()) {
                return lane.remove(at);
            }
        }
        later.iter_mut().find_map(VecDeque::pop_front)
    }

    fn len(&self) -> usize {
        self.waiting.iter().map(VecDeque::len).sum()
    }
}

/// How often a caller that waits looks whether it was cancelled.
pub(super) const CANCEL_POLL: Duration = Duration::from_millis(20);

impl Queue {
    pub(super) fn new(capacity: usize) -> Self {
        Self {
            lanes: Mutex::default(),
            arrived: Condvar::new(),
            freed: Condvar::new(),
            closing: AtomicBool::new(false),
            capacity,
        }
    }

    /// Puts a piece in line, and waits while the line is full.
    pub(super) fn push(&self, request: Request) -> Result<(), SpeechError> {
        let mut lanes = self.lock();
        loop {
            if self.closing.load(Ordering::Acquire) {
                return Err(SpeechError::EngineStopped);
            }
            request.job.cancel.check()?;
            if lanes.len() < self.capacity {
                break;
            }
            lanes = self.freed.wait_timeout(lanes, CANCEL_POLL).unwrap_or_else(PoisonError::into_inner).0;
        }
        lanes.waiting[request.job.priority as usize].push_back(request);
        self.arrived.notify_one();
        Ok(())
    }

    /// Asks one worker to load the model when it has nothing else to do.
    pub(super) fn warm(&self) {
        self.lock().warm = true;
        self.arrived.notify_one();
    }

    /// The next work, or nothing once the queue is closed. Blocks.
    pub(super) fn next(&self) -> Option<Work> {
        let mut lanes = self.lock();
        loop {
            if self.closing.load(Ordering::Acquire) {
                return None;
            }
            if let Some(request) = lanes.take() {
                self.freed.notify_one();
                return Some(Work::Hear(request));
            }
            if std::mem::take(&mut lanes.warm) {
                return Some(Work::Warm);
            }
            lanes = self.arrived.wait(lanes).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Ends everything: workers stop, waiting callers are told.
    pub(super) fn close(&self) {
        let mut lanes = self.lock();
        self.closing.store(true, Ordering::Release);
        for request in lanes.waiting.iter_mut().flat_map(|lane| lane.drain(..)) {
            // The caller may be gone; then nobody needs telling.
            let _ = request.reply.try_send(Err(SpeechError::EngineStopped));
        }
        self.arrived.notify_all();
        self.freed.notify_all();
    }

    /// Set once the queue is closed; a running decode watches it.
    pub(super) fn closing(&self) -> &AtomicBool {
        &self.closing
    }

    fn lock(&self) -> MutexGuard<'_, Lanes> {
        // Nothing under this lock can leave the lanes half changed.
        self.lanes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hearing::Context;
    use crate::transcriber::{CancelToken, Priority};
    use std::sync::mpsc::{Receiver, sync_channel};

    type Reply = Receiver<Result<Heard, SpeechError>>;

    fn request(priority: Priority, mark: f32) -> (Request, Reply) {
        let (reply, answer) = sync_channel(1);
        let job = HearJob {
            language: "en".into(),
            context: Context::Cut,
            prompt: None,
            priority,
            urgent: CancelToken::new(),
            cancel: CancelToken::new(),
        };
        (Request { sound: Arc::from([mark]), job, reply }, answer)
    }

    fn order(queue: &Queue, count: usize) -> Vec<f32> {
        (0..count)
            .map(|_| match queue.next() {
                Some(Work::Hear(request)) => request.sound[0],
                _ => panic!("expected a piece"),
            })
            .collect()
    }

    #[test]
    fn a_waiting_person_goes_before_drafts_and_drafts_before_a_batch() {
        let queue = Queue::new(8);
        let _answers: Vec<_> = [
            (Priority::Batch, 1.0),
            (Priority::Draft, 2.0),
            (Priority::Interactive, 3.0),
            (Priority::Batch, 4.0),
            (Priority::Interactive, 5.0),
        ]
        .into_iter()
        .map(|(priority, mark)| {
            let (request, answer) = request(priority, mark);
            queue.push(request).unwrap();
            answer
        })
        .collect();
        assert_eq!(order(&queue, 5), [3.0, 5.0, 2.0, 1.0, 4.0]);
    }

    #[test]
    fn a_piece_that_somebody_began_to_wait_for_no_longer_waits_behind_those_who_speak() {
        let queue = Queue::new(8);
        let urgent = CancelToken::new();
        for mark in [1.0, 2.0, 3.0] {
            let (mut request, _) = request(Priority::Draft, mark);
            if mark == 3.0 {
                request.job.urgent = urgent.clone();
            }
            queue.push(request).unwrap();
        }
        assert_eq!(order(&queue, 1), [1.0]);
        urgent.cancel();
        assert_eq!(order(&queue, 2), [3.0, 2.0]);
    }

    #[test]
    fn callers_of_one_priority_take_turns_piece_by_piece() {
        let queue = Queue::new(8);
        let long = [1.0, 2.0, 3.0];
        let push = |mark| queue.push(request(Priority::Batch, mark).0).unwrap();
        push(long[0]);
        push(10.0);
        let mut heard = Vec::new();
        for next in &long[1..] {
            heard.extend(order(&queue, 1));
            // A caller comes with its next piece when it has the words of the one before.
            push(*next);
        }
        heard.extend(order(&queue, 2));
        assert_eq!(
            heard,
            [1.0, 10.0, 2.0, 3.0],
            "the second caller does not wait for the whole of the first"
        );
    }

    #[test]
    fn a_full_queue_makes_callers_wait_and_loses_nothing() {
        let queue = Queue::new(1);
        queue.push(request(Priority::Batch, 1.0).0).unwrap();
        std::thread::scope(|scope| {
            let second = scope.spawn(|| queue.push(request(Priority::Batch, 2.0).0));
            assert_eq!(order(&queue, 2), [1.0, 2.0]);
            assert!(second.join().unwrap().is_ok());
        });
    }

    #[test]
    fn cancelled_work_leaves_a_full_queue_alone() {
        let queue = Queue::new(1);
        queue.push(request(Priority::Batch, 1.0).0).unwrap();
        let (late, _answer) = request(Priority::Interactive, 2.0);
        late.job.cancel.cancel();
        assert!(matches!(queue.push(late), Err(SpeechError::Cancelled)));
    }

    #[test]
    fn closing_tells_those_who_wait() {
        let queue = Queue::new(4);
        let (waiting, answer) = request(Priority::Interactive, 1.0);
        queue.push(waiting).unwrap();
        queue.close();
        assert!(matches!(answer.recv(), Ok(Err(SpeechError::EngineStopped))));
        assert!(queue.next().is_none());
        assert!(matches!(queue.push(request(Priority::Batch, 2.0).0), Err(SpeechError::EngineStopped)));
    }
}
