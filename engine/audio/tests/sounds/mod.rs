//! Sounds that are no speech, made from a seed: what a room, a desk and a radio give.

#![allow(dead_code, reason = "each test program uses some of them")]

use std::f32::consts::TAU;

/// Samples a second.
pub const RATE: usize = 16_000;

/// A small, repeatable source of noise (SplitMix64).
pub struct Noise(pub u64);

impl Noise {
    /// Even between -1 and 1.
    pub fn next(&mut self) -> f32 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((z ^ (z >> 31)) >> 40) as f32 / (1 << 23) as f32 - 1.0
    }
}

/// Every sound of this file, `seconds` long, with its name.
pub fn all(seconds: usize) -> Vec<(String, Vec<f32>)> {
    let n = seconds * RATE;
    let mut sounds = vec![("silence".to_owned(), vec![0.0; n])];
    for (name, level) in
        [("at -70 dBFS", 0.0003), ("at -40 dBFS", 0.01), ("at -20 dBFS", 0.1), ("at -6 dBFS", 0.5)]
    {
        sounds.push((format!("white noise {name}"), white(n, level)));
        sounds.push((format!("brown noise {name}"), brown(n, level)));
        sounds.push((format!("hum {name}"), hum(n, level)));
        sounds.push((format!("fan {name}"), fan(n, level)));
        sounds.push((format!("keyboard {name}"), keyboard(n, level * 2.0)));
        sounds.push((format!("chords {name}"), chords(n, level)));
        sounds.push((format!("arpeggio {name}"), arpeggio(n, level)));
        sounds.push((format!("tone {name}"), tone(n, 440.0, level)));
        sounds.push((format!("sweep {name}"), sweep(n, level)));
        sounds.push((format!("bursts of hiss {name}"), bursts(white(n, level), 0.4)));
        sounds.push((format!("bursts of rumble {name}"), bursts(brown(n, level), 0.4)));
        sounds.push((format!("beeps {name}"), bursts(tone(n, 880.0, level), 0.3)));
        sounds.push((format!("a fan that starts {name}"), starting(fan(n, level))));
        sounds.push((format!("hiss that starts {name}"), starting(white(n, level))));
        sounds.push((format!("hum that starts {name}"), starting(hum(n, level))));
        sounds.push((format!("knocks {name}"), knocks(n, level * 2.0)));
    }
    sounds
}

/// Hiss.
pub fn white(n: usize, level: f32) -> Vec<f32> {
    let mut noise = Noise(1);
    (0..n).map(|_| noise.next() * level).collect()
}

/// Rumble: low frequencies strongest.
pub fn brown(n: usize, level: f32) -> Vec<f32> {
    let mut noise = Noise(2);
    let mut state = 0.0;
    (0..n)
        .map(|_| {
            state = state * 0.995 + noise.next() * 0.08;
            (state * level).clamp(-1.0, 1.0)
        })
        .collect()
}

/// Mains hum with harmonics and a little hiss.
pub fn hum(n: usize, level: f32) -> Vec<f32> {
    let mut noise = Noise(3);
    (0..n)
        .map(|i| {
            let t = i as f32 / RATE as f32;
            let tones: f32 = (1..=7).map(|h| (TAU * 50.0 * h as f32 * t).sin() / h as f32).sum();
            level * (0.6 * tones + 0.05 * noise.next())
        })
        .collect()
}

/// A fan: hiss with a slow beat and a blade tone.
pub fn fan(n: usize, level: f32) -> Vec<f32> {
    let mut noise = Noise(4);
    let mut low = 0.0;
    (0..n)
        .map(|i| {
            let t = i as f32 / RATE as f32;
            low = 0.9 * low + 0.1 * noise.next();
            level * (2.0 * low * (1.0 + 0.3 * (TAU * 7.0 * t).sin()) + 0.15 * (TAU * 210.0 * t).sin())
        })
        .collect()
}

/// Somebody types: two short clicks a key, five to ten keys a second.
pub fn keyboard(n: usize, level: f32) -> Vec<f32> {
    let mut noise = Noise(5);
    let mut samples = white(n, level * 0.003);
    let mut at = 2000;
    while at + 4000 < n {
        for (delay, part) in [(0, 1.0), (900 + (noise.next() * 300.0) as usize, 0.5)] {
            let pitch = 1500.0 + 800.0 * noise.next();
            for i in 0..240 {
                let fade = (-(i as f32) / 40.0).exp();
                let ring = (TAU * pitch * i as f32 / RATE as f32).sin();
                samples[at + delay + i] += level * part * fade * (0.6 * noise.next() + 0.4 * ring);
            }
        }
        at += 1600 + ((noise.next() + 1.0) * 800.0) as usize;
    }
    samples.iter().map(|sample| sample.clamp(-1.0, 1.0)).collect()
}

/// Held chords with harmonics, changing every second.
pub fn chords(n: usize, level: f32) -> Vec<f32> {
    const CHORDS: [[f32; 3]; 4] =
        [[261.6, 329.6, 392.0], [220.0, 261.6, 329.6], [174.6, 220.0, 261.6], [196.0, 246.9, 293.7]];
    (0..n)
        .map(|i| {
            let t = i as f32 / RATE as f32;
            let within = t.fract();
            let envelope = (within * 20.0).min(1.0) * (-within).exp();
            let sum: f32 = CHORDS[(t as usize) % 4]
                .iter()
                .map(|f| (1..=4).map(|h| (TAU * f * h as f32 * t).sin() / (h * h) as f32).sum::<f32>())
                .sum();
            level * envelope * sum / 2.0
        })
        .collect()
}

/// Plucked single notes, four a second.
pub fn arpeggio(n: usize, level: f32) -> Vec<f32> {
    const NOTES: [f32; 8] = [261.6, 329.6, 392.0, 523.3, 440.0, 349.2, 293.7, 246.9];
    (0..n)
        .map(|i| {
            let t = i as f32 / RATE as f32;
            let within = (t * 4.0).fract() / 4.0;
            let f = NOTES[(t * 4.0) as usize % 8];
            let sum: f32 = (1..=5)
                .map(|h| (TAU * f * h as f32 * within).sin() / h as f32 * (-within * 6.0 * h as f32).exp())
                .sum();
            level * sum
        })
        .collect()
}

/// One steady tone.
pub fn tone(n: usize, hz: f32, level: f32) -> Vec<f32> {
    let turns = |i: usize| (f64::from(hz) * i as f64 / RATE as f64).fract() as f32;
    (0..n).map(|i| level * (TAU * turns(i)).sin()).collect()
}

/// A siren between 200 and 1200 Hz.
pub fn sweep(n: usize, level: f32) -> Vec<f32> {
    let mut phase = 0.0_f32;
    (0..n)
        .map(|i| {
            let t = i as f32 / RATE as f32;
            phase = (phase + (700.0 + 500.0 * (TAU * 0.3 * t).sin()) / RATE as f32).fract();
            level * (TAU * phase).sin()
        })
        .collect()
}

/// The sound for this part of every second, else a quiet room.
pub fn bursts(sound: Vec<f32>, part: f32) -> Vec<f32> {
    let room = white(sound.len(), 0.0005);
    let is_on = |i: usize| (i % RATE) as f32 / (RATE as f32) < part;
    sound
        .iter()
        .zip(room)
        .enumerate()
        .map(|(i, (sound, room))| if is_on(i) { *sound } else { room })
        .collect()
}

/// A quiet room for six seconds, then the sound.
pub fn starting(mut sound: Vec<f32>) -> Vec<f32> {
    let quiet = (6 * RATE).min(sound.len());
    sound[..quiet].copy_from_slice(&white(quiet, 0.0005));
    sound
}

/// Somebody knocks on the desk: dull thuds that ring for a tenth of a second.
pub fn knocks(n: usize, level: f32) -> Vec<f32> {
    let mut noise = Noise(6);
    let mut samples = white(n, level * 0.003);
    let mut at = 3000;
    while at + 4000 < n {
        let pitch = 180.0 + 60.0 * noise.next();
        for i in 0..2400 {
            let t = i as f32 / RATE as f32;
            let ring = (TAU * pitch * t).sin() + 0.5 * (TAU * pitch * 2.3 * t).sin();
            samples[at + i] += level * (-t * 45.0).exp() * (ring + 0.3 * noise.next() * (-t * 200.0).exp());
        }
        at += 4000 + ((noise.next() + 1.0) * 3000.0) as usize;
    }
    samples.iter().map(|sample| sample.clamp(-1.0, 1.0)).collect()
}

/// Somebody coughs, one to three times in a row: a burst of noise through a throat, then a short falling voice.
pub fn cough(n: usize, level: f32, seed: u64) -> Vec<f32> {
    let mut noise = Noise(seed);
    let mut samples = white(n, level * 0.003);
    let mut at = 8_000;
    while at + 3 * 8_000 < n {
        for _ in 0..=((noise.next() + 1.0) * 1.5) as usize {
            // Two resonances of a throat, as filters of second order.
            let mut states = [[0.0_f32; 2]; 2];
            let formants = [550.0 + 120.0 * noise.next(), 1_600.0 + 300.0 * noise.next()];
            let (pitch, mut turn) = (170.0 + 50.0 * noise.next(), 0.0_f32);
            for i in 0..5_600 {
                let t = i as f32 / RATE as f32;
                turn = (turn + pitch * (1.0 - 0.8 * t) / RATE as f32).fract();
                let voice = if (0.16..0.32).contains(&t) { (0.5 - turn) * 1.2 } else { 0.0 };
                let breath = noise.next() * (-t * 9.0).exp() * (t * 400.0).min(1.0);
                let mut sum = 0.25 * breath;
                for (state, hz) in states.iter_mut().zip(formants) {
                    let pole = 0.97_f32;
                    let out = (breath + voice) * 0.12
                        + 2.0 * pole * (TAU * hz / RATE as f32).cos() * state[0]
                        - pole * pole * state[1];
                    *state = [out, state[0]];
                    sum += out;
                }
                samples[at + i] += level * sum * (1.0 - t / 0.35).max(0.0);
            }
            at += 6_400;
        }
        at += 16_000 + ((noise.next() + 1.0) * 16_000.0) as usize;
    }
    samples.iter().map(|sample| sample.clamp(-1.0, 1.0)).collect()
}

/// Both at once.
pub fn mixed(one: Vec<f32>, other: &[f32]) -> Vec<f32> {
    one.into_iter().zip(other).map(|(a, b)| (a + b).clamp(-1.0, 1.0)).collect()
}

/// Twenty-one more, for the long measurement: coughs, and a desk at which several things happen.
pub fn desks(seconds: usize) -> Vec<(String, Vec<f32>)> {
    let n = seconds * RATE;
    let mut sounds = Vec::new();
    for (index, level) in [0.02, 0.1, 0.4].into_iter().enumerate() {
        for seed in 0..3 {
            let seed = 100 + index as u64 * 10 + seed;
            sounds.push((format!("coughs {seed} at {level}"), cough(n, level, seed)));
        }
        sounds.push((format!("keys and a fan at {level}"), mixed(keyboard(n, level), &fan(n, level / 20.0))));
        sounds.push((
            format!("a cough over keys at {level}"),
            mixed(cough(n, level, 200 + index as u64), &keyboard(n, level / 2.0)),
        ));
        sounds.push((
            format!("music in the next room at {level}"),
            mixed(chords(n, level / 4.0), &brown(n, level)),
        ));
        sounds.push((format!("knocks over hum at {level}"), mixed(knocks(n, level), &hum(n, level / 10.0))));
    }
    sounds
}
