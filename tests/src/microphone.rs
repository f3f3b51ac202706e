//! A microphone without hardware: a PulseAudio server of the test's own, whose default source is the monitor of
//! a sink that leads nowhere. Who plays into the sink speaks into the microphone, paced in real time.

use crate::waiting;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;
use tempfile::TempDir;

const START: Duration = Duration::from_secs(20);
const SINK: &str = "room";

/// A private sound server with one microphone. Stopped on drop.
#[derive(Debug)]
pub struct VirtualMicrophone {
    server: Child,
    folder: TempDir,
}

/// A playback that is going on. Stopped on drop.
#[derive(Debug)]
pub struct Speaking(Child);

impl VirtualMicrophone {
    /// Starts the sound server, or says why this machine cannot.
    pub fn start() -> Result<Self, String> {
        let microphone = Self::launch(&[&format!(
            "module-null-sink sink_name={SINK} rate=48000 channels=2 sink_properties=device.description=Room"
        )])?;
        microphone.wait_until_ready();
        microphone.control(&["set-default-source", &microphone.source()]);
        Ok(microphone)
    }

    /// A sound server that has no microphone at all.
    pub fn start_without_a_source() -> Result<Self, String> {
        let microphone = Self::launch(&[])?;
        microphone.wait_until_ready();
        Ok(microphone)
    }

    fn launch(modules: &[&str]) -> Result<Self, String> {
        let folder = TempDir::with_prefix("viva-sound-").map_err(|error| error.to_string())?;
        let mut command = Command::new("pulseaudio");
        command.args(["-n", "--daemonize=no", "--use-pid-file=no", "--exit-idle-time=-1"]).args([
            "--realtime=no",
            "--high-priority=no",
            "--log-target=stderr",
            "--log-level=error",
        ]);
        let socket = folder.path().join("native");
        command
            .arg("-L")
            .arg(format!("module-native-protocol-unix auth-anonymous=1 socket={}", socket.display()));
        for module in modules {
            command.arg("-L").arg(module);
        }
        command.env_remove("PULSE_SERVER").env_remove("DISPLAY").env_remove("DBUS_SESSION_BUS_ADDRESS");
        for (name, path) in folders(folder.path()) {
            std::fs::create_dir_all(&path).map_err(|error| error.to_string())?;
            command.env(name, path);
        }
        let log = std::fs::File::create(folder.path().join("log")).map_err(|error| error.to_string())?;
        let server = command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .map_err(|error| format!("pulseaudio cannot be started: {error}"))?;
        Ok(Self { server, folder })
    }

    fn wait_until_ready(&self) {
        waiting::until("the sound server", START, || {
            let answer = self.client("pactl").arg("info").stderr(Stdio::null()).output().ok()?;
            answer.status.success().then_some(())
        });
    }

    /// What a program needs in its environment to hear this microphone and no other.
    pub fn environment(&self) -> Vec<(String, String)> {
        let mut variables: Vec<_> = folders(self.folder.path())
            .into_iter()
            .map(|(name, path)| (name.to_owned(), path.display().to_string()))
            .collect();
        variables.push(("PULSE_SERVER".to_owned(), format!("unix:{}", self.socket().display())));
        variables
    }

    /// The sound server's own name for the microphone.
    pub fn source(&self) -> String {
        format!("{SINK}.monitor")
    }

    /// Returns when some program listens to the microphone.
    pub fn wait_for_a_listener(&self) {
        waiting::until("a program to listen to the microphone", START, || {
            let streams = self.control(&["list", "source-outputs"]);
            streams.contains("Corked: no").then_some(())
        });
    }

    /// Returns when no program listens any more.
    pub fn wait_for_no_listener(&self) {
        waiting::until("everybody to stop listening", START, || {
            self.control(&["list", "short", "source-outputs"]).trim().is_empty().then_some(())
        });
    }

    /// Speaks a WAV file to its end.
    pub fn speak(&self, wav: &Path) {
        self.start_speaking(wav).wait();
    }

    /// Begins to speak a WAV file.
    pub fn start_speaking(&self, wav: &Path) -> Speaking {
        let playback = self
            .client("paplay")
            .arg(format!("--device={SINK}"))
            .arg("--latency-msec=100")
            .arg(wav)
            .spawn()
            .expect("paplay comes with the sound server's tools");
        Speaking(playback)
    }

    /// Takes the microphone away, as when its plug is pulled.
    pub fn unplug(&self) {
        self.control(&["unload-module", "module-null-sink"]);
    }

    fn socket(&self) -> PathBuf {
        self.folder.path().join("native")
    }

    fn control(&self, arguments: &[&str]) -> String {
        let output =
            self.client("pactl").args(arguments).output().expect("pactl comes with the sound server");
        assert!(output.status.success(), "pactl {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    fn client(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command.envs(self.environment()).env("LC_ALL", "C").stdin(Stdio::null());
        command
    }
}

/// Nothing of the user's own sound settings is read or written.
fn folders(folder: &Path) -> [(&'static str, PathBuf); 4] {
    [
        ("PULSE_RUNTIME_PATH", folder.join("runtime")),
        ("PULSE_STATE_PATH", folder.join("state")),
        ("XDG_RUNTIME_DIR", folder.join("xdg")),
        ("XDG_CONFIG_HOME", folder.join("config")),
    ]
}

impl Drop for VirtualMicrophone {
    fn drop(&mut self) {
        stop(&mut self.server);
    }
}

impl Speaking {
    /// Returns when everything has been said.
    pub fn wait(mut self) {
        let status = self.0.wait().expect("paplay was started by us");
        assert!(status.success(), "paplay ended with {status}");
    }
}

impl Drop for Speaking {
    fn drop(&mut self) {
        stop(&mut self.0);
    }
}

/// It may have ended by itself; then there is nothing left to stop.
fn stop(child: &mut Child) {
    let _ = child.kill();
    let _ = child.wait();
}
