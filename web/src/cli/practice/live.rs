//! Keys and the one live line of the terminal. Without a terminal, lines of stdin stand for the stop key.

use crossterm::event::{self, Event, KeyCode, KeyEventKind, KeyModifiers};
use crossterm::terminal::{self, Clear, ClearType};
use crossterm::{cursor, execute};
use std::io::{BufRead, Write};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::Duration;
use viva_audio::{LevelWord, Status};
use viva_core::bank::Question;
use viva_core::units::Millis;
use viva_interview::Snapshot;

/// What a key means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Key {
    Space,
    Pause,
    Retake,
    Skip,
    Hint,
    Model,
    Type,
    FollowUp,
    Quit,
}

/// Where keys come from and the live line goes.
pub enum Keys {
    /// A terminal, in raw mode while this lives.
    Terminal,
    /// Lines of stdin.
    Lines(Receiver<()>),
}

impl Keys {
    /// Takes over the terminal, or reads lines.
    pub fn open(lines: bool) -> anyhow::Result<Self> {
        if lines {
            let (send, receive) = mpsc::channel();
            thread::spawn(move || {
                for line in std::io::stdin().lock().lines() {
                    if line.is_err() || send.send(()).is_err() {
                        return;
                    }
                }
            });
            return Ok(Self::Lines(receive));
        }
        Ok(Self::Terminal)
    }

    /// The key pressed since the last call, if any. Does not wait.
    pub fn pressed(&mut self) -> Option<Key> {
        match self {
            Self::Lines(lines) => lines.try_recv().ok().map(|()| Key::Space),
            Self::Terminal => read(Duration::ZERO),
        }
    }

    /// Waits for one of these keys.
    pub fn choose(&mut self, says: &str, keys: &[Key]) -> anyhow::Result<Key> {
        self.say(says);
        let _raw = Raw::on()?;
        loop {
            if let Some(key) =
                read(Duration::from_millis(200)).filter(|key| keys.contains(key) || *key == Key::Quit)
            {
                self.clear();
                return Ok(key);
            }
        }
    }

    /// Time, level and the last words, on one line.
    pub fn meter(&mut self, take: &Snapshot, question: &Question) {
        if !matches!(self, Self::Terminal) {
            return;
        }
        // Raw mode so that keys arrive at once; left at the end of the answer by `clear`.
        let _ = terminal::enable_raw_mode();
        let state = if take.status == Status::Paused { "Paused   " } else { "Recording" };
        let filled = (((take.level.peak_dbfs + 60.0) / 60.0).clamp(0.0, 1.0) * 12.0).round() as usize;
        let bar: String = "█".repeat(filled) + &"░".repeat(12 - filled);
        let level = match take.level.word {
            LevelWord::Silent => "nothing heard",
            LevelWord::TooQuiet => "too quiet",
            LevelWord::Good => "good",
            LevelWord::TooLoud => "too loud",
        };
        let target = Millis(u64::from(question.seconds) * 1000);
        let over = if take.elapsed > target { " over" } else { "" };
        let head = format!("{state} {} of {target}{over}  {bar} {level:<13}  ", take.elapsed);
        let width = terminal::size().map_or(80, |(columns, _)| usize::from(columns));
        let words = format!("{} {}", take.draft.settled, take.draft.tail);
        let room = width.saturating_sub(head.chars().count() + 1);
        let tail: String = {
            let letters: Vec<char> = words.trim().chars().collect();
            letters[letters.len().saturating_sub(room)..].iter().collect()
        };
        self.say(&format!("{head}{tail}"));
    }

    /// Puts a text on the live line.
    pub fn say(&self, text: &str) {
        if matches!(self, Self::Terminal) {
            let mut err = std::io::stderr().lock();
            let _ = execute!(err, cursor::MoveToColumn(0), Clear(ClearType::CurrentLine));
            let _ = write!(err, "{text}");
            let _ = err.flush();
        }
    }

    /// Empties the live line and gives the terminal back.
    pub fn clear(&self) {
        if matches!(self, Self::Terminal) {
            self.say("");
            let _ = terminal::disable_raw_mode();
        }
    }
}

impl Drop for Keys {
    fn drop(&mut self) {
        self.clear();
    }
}

struct Raw;

impl Raw {
    fn on() -> std::io::Result<Self> {
        terminal::enable_raw_mode()?;
        Ok(Self)
    }
}

impl Drop for Raw {
    fn drop(&mut self) {
        let _ = terminal::disable_raw_mode();
    }
}

fn read(wait: Duration) -> Option<Key> {
    if !event::poll(wait).unwrap_or(false) {
        return None;
    }
    let Ok(Event::Key(key)) = event::read() else { return None };
    if key.kind == KeyEventKind::Release {
        return None;
    }
    match key.code {
        KeyCode::Char('c') if key.modifiers.contains(KeyModifiers::CONTROL) => Some(Key::Quit),
        KeyCode::Char(' ') | KeyCode::Enter => Some(Key::Space),
        KeyCode::Char('p' | 'P') => Some(Key::Pause),
        KeyCode::Char('r' | 'R') => Some(Key::Retake),
        KeyCode::Char('s' | 'S') => Some(Key::Skip),
        KeyCode::Char('h' | 'H') => Some(Key::Hint),
        KeyCode::Char('m' | 'M') => Some(Key::Model),
        KeyCode::Char('t' | 'T') => Some(Key::Type),
        KeyCode::Char('f' | 'F') => Some(Key::FollowUp),
        KeyCode::Char('q' | 'Q') | KeyCode::Esc => Some(Key::Quit),
        _ => None,
    }
}
