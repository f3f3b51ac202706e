// Runs beside the sound: mixes to mono, makes 16-bit samples, and gives them away in pieces of one size.
// It never waits for the page; what it gave is in the port's queue, in order.
class Pieces extends AudioWorkletProcessor {
  constructor(options) {
    super();
    this.pcm = new Int16Array(options.processorOptions.size);
    this.filled = 0;
    this.on = false;
    this.peak = 0;
    this.heard = 0;
    this.port.onmessage = ({ data }) => {
      if (data === "on") {
        this.on = true;
        this.since = Date.now();
      }
      if (data === "off") this.on = false;
      // A short piece: everything that was heard until now is given away.
      if (data === "off" || data === "flush") {
        this.give();
        this.port.postMessage({ flushed: true });
      }
    };
  }

  give() {
    if (this.filled === 0) return;
    const pcm = this.pcm.slice(0, this.filled).buffer;
    const now = Date.now();
    this.port.postMessage({ pcm, took: Math.max(0, now - this.since) }, [pcm]);
    this.since = now;
    this.filled = 0;
  }

  process(inputs) {
    const channels = inputs[0];
    if (channels.length === 0) return true;
    const length = channels[0].length;
    for (let i = 0; i < length; i += 1) {
      let sum = 0;
      for (const channel of channels) sum += channel[i];
      const sample = sum / channels.length;
      const size = Math.abs(sample);
      if (size > this.peak) this.peak = size;
      if (!this.on) continue;
      this.pcm[this.filled] = Math.max(-32768, Math.min(32767, Math.round(sample * 32768)));
      this.filled += 1;
      if (this.filled === this.pcm.length) this.give();
    }
    this.heard += length;
    if (this.heard >= sampleRate / 12) {
      this.port.postMessage({ peak: this.peak });
      this.peak = 0;
      this.heard = 0;
    }
    return true;
  }
}
registerProcessor("viva-pieces", Pieces);
