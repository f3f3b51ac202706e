// The browser's microphone: opened, heard in pieces, watched, and closed. What goes wrong is told in words.
const RATE = 16000;
// A quarter of a second, in whole blocks of the sound system.
const pieceSize = (rate) => Math.round((rate * 0.256) / 128) * 128;

export class MicrophoneTrouble extends Error {}

const WORDS = {
  NotAllowedError:
    "The browser does not let this page use a microphone. Allow it beside the address or in the system’s settings, then start again.",
  NotFoundError: "No microphone was found in this browser. Plug one in, or type the answer.",
  NotReadableError: "The microphone is in use by another program, or the system does not give it. Close that program, then start again.",
};

export const isPossible = () => window.isSecureContext && !!navigator.mediaDevices?.getUserMedia && "AudioWorkletNode" in window;

// What stands in the way before anything was tried.
export const whyNot = () =>
  window.isSecureContext
    ? "This browser is too old to record. Use a newer one, or type the answer."
    : "A browser gives no microphone to a page that came over plain http. Open Viva by https: “viva serve --tls” gives it, and the page Connection says how.";

// Microphones by name; names are there only once the person has allowed one.
export async function devices() {
  const all = (await navigator.mediaDevices?.enumerateDevices?.()) ?? [];
  return all.filter((d) => d.kind === "audioinput" && d.deviceId && d.label);
}

async function stream(id) {
  // As it comes: cleaning takes words away with the noise, and a helped level cuts off peaks that were whole.
  const wishes = { channelCount: 1, echoCancellation: false, noiseSuppression: false, autoGainControl: false };
  try {
    return await navigator.mediaDevices.getUserMedia({ audio: id ? { ...wishes, deviceId: { exact: id } } : wishes });
  } catch (error) {
    // One that was chosen before and is not there any more gives way to the browser's own choice.
    if (id && error.name === "OverconstrainedError") return stream(null);
    throw new MicrophoneTrouble(WORDS[error.name] ?? `The microphone could not be opened (${error.name}). Try again, or choose another one.`);
  }
}

// A context at 16 kHz where the browser resamples; at the sound system's own rate where it will not.
async function graph(source, rate) {
  const context = new AudioContext(rate ? { sampleRate: rate } : {});
  try {
    return { context, node: context.createMediaStreamSource(source) };
  } catch (error) {
    await context.close();
    if (rate) return graph(source, null);
    throw error;
  }
}

export class Microphone {
  // `tell` hears: piece({ pcm, took }), level(peak), muted(bool), lost(), asleep(bool).
  static async open(id, worklet, tell) {
    const source = await stream(id);
    try {
      const { context, node } = await graph(source, RATE);
      await context.audioWorklet.addModule(worklet);
      await context.resume();
      return new Microphone(source, context, node, tell);
    } catch (error) {
      source.getTracks().forEach((track) => track.stop());
      throw error instanceof MicrophoneTrouble ? error : new MicrophoneTrouble(`The sound could not be taken over (${error.name}). Reload the page and start again.`);
    }
  }

  constructor(source, context, node, tell) {
    this.source = source;
    this.context = context;
    this.rate = context.sampleRate;
    const [track] = source.getAudioTracks();
    this.name = track.label || "This browser’s microphone";
    this.id = track.getSettings().deviceId ?? "";
    this.pieces = new AudioWorkletNode(context, "viva-pieces", { processorOptions: { size: pieceSize(this.rate) } });
    this.flushed = [];
    this.pieces.port.onmessage = ({ data }) => {
      if (data.pcm) tell.piece(data);
      else if (data.flushed) this.flushed.shift()?.();
      else tell.level(data.peak);
    };
    node.connect(this.pieces);
    // Silence, but without a way out the sound system would not ask for any.
    this.pieces.connect(context.destination);
    track.addEventListener("mute", () => tell.muted(true));
    track.addEventListener("unmute", () => tell.muted(false));
    track.addEventListener("ended", () => tell.lost());
    if (track.muted) tell.muted(true);
    context.addEventListener("statechange", () => this.closed || tell.asleep(context.state !== "running"));
  }

  record() {
    this.pieces.port.postMessage("on");
  }

  // Stops taking, after everything that was heard has been told.
  hold() {
    return this.#until("off");
  }

  // Tells everything that was heard until now and goes on.
  flush() {
    return this.#until("flush");
  }

  #until(message) {
    return new Promise((done) => {
      this.flushed.push(done);
      this.pieces.port.postMessage(message);
      // A context that is asleep answers nothing, and has nothing.
      setTimeout(done, 1000);
    });
  }

  wake() {
    return this.context.resume();
  }

  close() {
    this.closed = true;
    this.source.getTracks().forEach((track) => track.stop());
    return this.context.close().catch(() => {});
  }
}

// The level in a word over the last three seconds, so that it does not flicker between words.
export class LevelWord {
  #peaks = [];
  hear(peak) {
    this.#peaks.push(peak);
    if (this.#peaks.length > 36) this.#peaks.shift();
  }
  word() {
    const peak = Math.max(0, ...this.#peaks);
    if (this.#peaks.filter((p) => p >= 0.999).length > 1) return "Too loud";
    if (peak < 0.001) return "Nothing heard";
    return peak < 0.025 ? "Too quiet" : "Level good";
  }
  isSilent() {
    return this.#peaks.length >= 36 && this.word() === "Nothing heard";
  }
}

export const bars = (peak) => Math.round(Math.min(1, Math.max(0, (20 * Math.log10(Math.max(peak, 1e-6)) + 60) / 60)) * 28) * 6;
