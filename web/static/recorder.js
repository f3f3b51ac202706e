// Answering with the browser's microphone. How a page mounts it is told in web/src/recorder.rs.
//
// The microphone gives pieces; each is put on the shelf (the browser's database), then sent, then acknowledged, then
// dropped. What this page says is only ever what those three say.
import { LevelWord, Microphone, MicrophoneTrouble, bars, devices, isPossible, whyNot } from "./recorder-microphone.js";
import { Sender } from "./recorder-sender.js";
import { shelf } from "./recorder-store.js";

const clock = (ms) => `${Math.floor(ms / 60000)}:${String(Math.floor(ms / 1000) % 60).padStart(2, "0")}`;
const seconds = (n) => (n === 1 ? "1 second" : `${n} seconds`);
const form = (fields) => ({ method: "POST", body: new URLSearchParams(fields) });
const remembered = "viva.microphone";

async function json(address, options) {
  const response = await fetch(address, options);
  const body = await response.json().catch(() => ({}));
  return { ok: response.ok, ...body };
}

class Recorder {
  #level = new LevelWord();
  #samples = 0;
  #number = 0;
  #rate = 16000;
  #state = "ready";

  constructor(root, kept) {
    this.root = root;
    this.shelf = kept;
    this.title = document.title.replace(/^● Recording \d+:\d\d, /, "");
    this.target = Number(root.dataset.seconds || 0) * 1000;
    this.on("stop", () => this.stop("stopped"));
    this.on("pause", () => this.pause());
    this.on("go-on", () => this.goOn());
    this.on("retake", () => this.retake());
    this.on("keep", () => this.keep());
    document.addEventListener("visibilitychange", () => this.#seen());
    // Once the page goes nothing more can be waited for: what was heard so far is put on the shelf while it still can.
    addEventListener("pagehide", () => this.mic?.flush());
  }

  part(name) {
    return this.root.querySelector(`[data-rec="${name}"]`) ?? document.querySelector(`[data-rec="${name}"]`);
  }

  on(name, act) {
    this.root.querySelectorAll(`[data-rec="${name}"]`).forEach((control) => control.addEventListener("click", act));
  }

  text(name, says) {
    const part = this.part(name);
    if (part && part.textContent !== says) part.textContent = says;
  }

  // What happened and what to do. One thing at a time, beside the controls; nothing to say hides it.
  say(says, about = "") {
    const note = this.part("note");
    if (!note || (says === "" && about !== "" && note.dataset.about !== about)) return;
    note.dataset.about = about;
    note.hidden = says === "";
    note.querySelector("span").textContent = says;
    const way = note.querySelector("a");
    if (way) way.hidden = about !== "insecure";
  }

  #show(state, status) {
    this.#state = state;
    for (const row of this.root.querySelectorAll("[data-rec-row]")) row.hidden = row.dataset.recRow !== state;
    if (state === "live") document.body.dataset.state = "recording";
    else if (state === "paused") document.body.dataset.state = "paused";
    else delete document.body.dataset.state;
    const pill = this.part("status");
    pill.className = state === "live" ? "live" : "ready";
    pill.textContent = status;
    const draft = this.part("draft");
    if (draft) draft.hidden = state === "ready";
    document.querySelectorAll("[data-while]").forEach((part) => (part.hidden = state !== part.dataset.while));
    this.#tick();
  }

  #tick() {
    const elapsed = (this.#samples * 1000) / this.#rate;
    this.text("elapsed", clock(elapsed));
    this.part("bar")?.setAttribute("width", this.target ? Math.min(600, (elapsed / this.target) * 400) : 0);
    this.part("over")?.toggleAttribute("hidden", !this.target || elapsed <= this.target);
    document.title = this.#state === "live" ? `● Recording ${clock(elapsed)}, ${this.title}` : this.title;
    if (!this.warned && this.#state === "live" && this.target > 60000 && this.target - elapsed <= 30000) {
      this.warned = true;
      this.text("announce", "30 seconds left");
    }
  }

  // --- beginning -------------------------------------------------------------------------------------------------

  async begin(id) {
    if (this.#state !== "ready") return;
    this.#state = "opening";
    this.say("");
    if (!(await this.#listen(id))) {
      this.#state = "ready";
      return;
    }
    const begun = await json(this.root.dataset.start, form({ rate: this.mic.rate, device: this.mic.name })).catch(() => ({
      ok: false,
      says: "Viva does not answer. Look whether it runs and whether this device is on its network, then start again.",
    }));
    if (!begun.ok || begun.next > 0) {
      await this.#closeMicrophone();
      this.#state = "ready";
      if (begun.ok) location.reload();
      else this.say(begun.says || "The answer could not be begun. Reload the page and try again.");
      return;
    }
    this.#take(begun.attempt, begun.pieces, begun.next, this.mic.rate);
    await this.shelf.note({ attempt: this.attempt, pieces: this.pieces, room: location.pathname, count: null, why: "", at: Date.now() });
    if (begun.events) this.#follow(begun.events);
    this.#roll();
    if (!this.shelf.lasts) this.say("This browser keeps nothing on its disk. Leave this page open until the answer is in.", "memory");
  }

  #take(attempt, pieces, next, rate) {
    Object.assign(this, { attempt, pieces });
    this.#number = next;
    this.#rate = rate;
    this.sender = new Sender(this.shelf, attempt, pieces, {
      waiting: ({ pieces: waiting, says }) => this.#waiting(waiting, says),
      sent: () => this.say("", "waiting"),
      refused: (refused) => this.#refused(refused),
    });
  }

  async #listen(id) {
    if (!isPossible()) {
      this.say(whyNot(), window.isSecureContext ? "" : "insecure");
      return false;
    }
    try {
      this.mic = await Microphone.open(id, this.root.dataset.worklet, {
        piece: (piece) => this.#piece(piece),
        level: (peak) => this.#hear(peak),
        muted: (muted) =>
          this.say(muted ? "The microphone is muted, so nothing is heard. Unmute it at its switch or in the system’s settings." : "", "muted"),
        lost: () => this.#lost(),
        asleep: (asleep) => asleep && this.#state === "live" && this.#interrupted(),
      });
    } catch (error) {
      if (!(error instanceof MicrophoneTrouble)) throw error;
      this.say(error.message);
      return false;
    }
    localStorage.setItem(remembered, this.mic.id ? `browser:${this.mic.id}` : "browser");
    listDevices(this.root, this.mic.id);
    return true;
  }

  #roll() {
    this.mic.record();
    this.#level = new LevelWord();
    this.#show("live", "Recording");
    this.#stayAwake();
  }

  async #stayAwake() {
    this.wake = await navigator.wakeLock?.request("screen").catch(() => null);
  }

  // --- while it is spoken ----------------------------------------------------------------------------------------

  #piece({ pcm, took }) {
    const piece = { attempt: this.attempt, number: this.#number, pcm, took, at: Date.now() };
    this.#number += 1;
    this.#samples += pcm.byteLength / 2;
    this.#tick();
    this.putting = (this.putting ?? Promise.resolve()).then(async () => {
      try {
        await this.shelf.put(piece);
        this.sender.add(piece.number);
      } catch {
        // What the browser's disk has no room for is at least sent.
        this.say("This browser’s disk is full. Leave this page open until the answer is in.", "memory");
        this.sender.add(piece.number, piece);
      }
    });
  }

  #hear(peak) {
    this.#level.hear(peak);
    this.part("level")?.setAttribute("width", bars(peak));
    if (this.#state !== "live") return;
    this.text("level-word", this.#level.word());
    if (this.#level.isSilent()) this.say("Nothing is heard. Is this the right microphone?", "silent");
    else this.say("", "silent");
  }

  #waiting(pieces, says) {
    const kept = seconds(Math.max(1, Math.round((pieces * 256) / 1000)));
    const left = this.#state === "live" ? "Go on speaking" : "Leave this page open, or come back to it";
    this.say(says || `Viva does not answer just now. ${left}: what you said is kept in this browser (${kept}) and sent by itself.`, "waiting");
  }

  async #refused({ code, says }) {
    await this.mic?.hold();
    await this.#closeMicrophone();
    if (code === "long") return this.stop("long");
    const over = ["over", "gone", "different"].includes(code);
    if (over) await this.shelf.forget(this.attempt);
    if (!this.root.dataset.after) this.part("see")?.setAttribute("href", `/attempts/${this.attempt}`);
    this.#show(over ? "over" : "refused", "Stopped");
    this.say(says || "Viva took no more of this answer. Reload the page to see what it has.");
  }

  async #lost() {
    if (this.#state !== "live" && this.#state !== "paused") return;
    await this.mic.hold();
    await this.#closeMicrophone();
    this.lost = true;
    this.#show("paused", "Paused");
    const at = Math.floor((this.#samples * 1000) / this.#rate);
    this.say(
      `The microphone went away at ${clock(at)}. The first ${seconds(Math.floor(at / 1000))} are kept. Plug it in again or choose another one and go on, or stop here.`,
    );
  }

  async #interrupted() {
    await this.#closeMicrophone();
    this.#show("paused", "Paused");
    this.say("The system took the microphone away, as a phone does for a call. What you said is kept. Go on when you can.");
  }

  // A phone lets the screen go dark and the microphone with it; whoever comes back is told.
  #seen() {
    if (document.visibilityState === "hidden") {
      this.left = Date.now();
      if (this.#state === "live") this.mic?.flush();
      return;
    }
    this.sender?.hurry();
    if (this.#state !== "live") return;
    this.#stayAwake();
    this.mic?.wake();
    const samples = this.#samples;
    const away = Date.now() - (this.left ?? Date.now());
    setTimeout(() => {
      if (this.#state === "live" && this.#samples === samples) this.#interrupted();
      else if (away > 5000 && this.#state === "live") this.text("announce", "Recording goes on");
    }, 1500);
  }

  // --- pausing, stopping, throwing away --------------------------------------------------------------------------

  async pause() {
    if (this.#state !== "live") return;
    await this.mic.hold();
    this.#show("paused", "Paused");
  }

  async goOn() {
    if (this.#state !== "paused" && this.#state !== "left") return;
    if (!this.mic || this.mic.closed) {
      const picked = this.part("devices")?.value ?? localStorage.getItem(remembered) ?? "";
      if (!(await this.#listen(this.lost ? "" : picked.replace(/^browser:?/, "")))) return;
      if (this.mic.rate !== this.#rate) {
        await this.#closeMicrophone();
        this.say("This microphone runs at another rate than the one before, so the answer cannot go on with it. Stop and let it be scored, or retake it.");
        return;
      }
      this.#follow(`/attempts/${this.attempt}/events`);
    }
    this.lost = false;
    this.say("");
    this.#roll();
  }

  async #closeMicrophone() {
    const mic = this.mic;
    this.mic = null;
    await mic?.close();
    await this.wake?.release().catch(() => {});
  }

  async stop(why) {
    if (["sending", "ready", "opening"].includes(this.#state)) return;
    if (this.#state === "live") await this.mic?.hold();
    await this.#closeMicrophone();
    this.#show("sending", "Sending the last words");
    await this.putting;
    await this.finish(this.lost ? "device-lost" : why);
  }

  // Waits until everything is there, however long that takes, and ends the answer.
  async finish(why) {
    const take = { attempt: this.attempt, pieces: this.pieces, room: location.pathname, count: this.#number, why, at: Date.now() };
    await this.shelf.note(take);
    const refused = await this.sender.drain();
    if (refused && refused.code !== "long") return;
    const ended = await end(this.shelf, this.sender, { ...take, count: refused ? this.#number - this.sender.waiting : take.count }, () =>
      this.#waiting(1, ""),
    );
    this.events?.close();
    await this.shelf.forget(this.attempt);
    if (ended.leads) return location.assign(this.root.dataset.after || ended.leads);
    this.#samples = 0;
    this.#show("ready", "Ready");
    this.say(ended.says || "The answer could not be ended. Reload the page to see what Viva has.");
  }

  // What was accepted before something was refused.
  async keep() {
    const ended = await end(this.shelf, this.sender, { attempt: this.attempt, pieces: this.pieces, count: 0, why: "stopped" }, () => {});
    this.events?.close();
    await this.shelf.forget(this.attempt);
    location.assign((ended.leads && this.root.dataset.after) || ended.leads || location.href);
  }

  async retake() {
    await this.#closeMicrophone();
    this.events?.close();
    await this.putting;
    await this.shelf.forget(this.attempt);
    await fetch(`/attempts/${this.attempt}/retake`, { method: "POST", redirect: "manual" }).catch(() => {});
    location.reload();
  }

  // The words as the server hears them.
  #follow(address) {
    // In an interview nobody sees the words.
    if ("quiet" in this.root.dataset) return;
    this.events?.close();
    this.events = new EventSource(address);
    this.events.addEventListener("tick", ({ data }) => {
      const { settled, tail } = JSON.parse(data);
      this.text("settled", settled);
      this.text("tail", tail);
    });
    this.events.addEventListener("gone", () => this.events.close());
  }

  // --- an answer that another page began -------------------------------------------------------------------------

  async comeBack() {
    const { attempt, pieces, next, rate } = this.root.dataset;
    const numbers = await this.shelf.numbers(attempt);
    this.#take(attempt, pieces, Math.max(Number(next), ...numbers.map((n) => n + 1)), Number(rate));
    this.#state = "left";
    const standing = await json(pieces).catch(() => ({}));
    const elapsed = this.root.dataset.elapsed;
    const [minutes, rest] = elapsed.split(":").map(Number);
    this.#samples = (minutes * 60 + rest + numbers.length * 0.256) * this.#rate;
    numbers.forEach((number) => this.sender.add(number));
    this.root.querySelector("[data-rec=finish]")?.addEventListener("submit", (event) => {
      event.preventDefault();
      event.stopPropagation();
      this.#show("sending", "Sending the last words");
      this.finish("stopped");
    });
    const known = await this.shelf.take(attempt);
    if (known?.count !== null && known?.count !== undefined) {
      this.#number = known.count;
      this.#show("sending", "Sending the last words");
      return this.finish(known.why);
    }
    if (numbers.length > 0) {
      this.say(`The end of it was still in this browser (${seconds(Math.max(1, Math.round((numbers.length * 256) / 1000)))}) and is being sent.`, "left");
      if (!(await this.sender.drain())) {
        const now = await json(pieces).catch(() => ({}));
        if (now.open) this.say("Everything you said is here. Go on, or stop and let it be scored.", "left");
      }
    } else if (standing.missing?.length > 0) {
      this.say(`What you said until ${elapsed} is here. Some of what came after it is in another browser; open this page there to send it.`, "left");
    }
  }
}

// Ends an answer whose pieces are all sent; sends again what the server misses and this browser still has.
async function end(kept, sender, take, waiting) {
  for (let pause = 300; ; pause = Math.min(5000, pause * 2)) {
    try {
      const ended = await json(`${take.pieces}/end`, form({ count: take.count, why: take.why }));
      if (ended.ok) return ended;
      const have = ended.code === "missing" ? await kept.numbers(take.attempt) : [];
      if (have.length === 0) {
        if (ended.code !== "missing") return ended;
        // What is missing is nowhere any more; what is there counts.
        return await json(`${take.pieces}/end`, form({ count: 0, why: take.why }));
      }
      have.forEach((number) => sender.add(number));
      await sender.drain();
    } catch {
      waiting();
    }
    await new Promise((done) => setTimeout(done, pause));
  }
}

// Answers of other rooms that were stopped or cut off while the server was away.
async function sendOthers(kept, but) {
  for (const take of await kept.takes()) {
    if (take.attempt === but || Date.now() - take.at < 10000) continue;
    const sender = new Sender(kept, take.attempt, take.pieces, { waiting() {}, sent() {}, refused() {} });
    (await kept.numbers(take.attempt)).forEach((number) => sender.add(number));
    const refused = await sender.drain();
    const over = refused?.code === "over" || refused?.code === "gone";
    if (!refused && take.count !== null) await end(kept, sender, take, () => {});
    const standing = await json(take.pieces).catch(() => ({ open: true }));
    if (over || standing.open === false || standing.code === "gone") await kept.forget(take.attempt);
    sender.close();
  }
}

// The browser's microphones beside this machine's, once the person has allowed one.
async function listDevices(root, chosen) {
  const group = root.querySelector("[data-rec=browser-devices]");
  if (!group) return;
  for (const device of await devices()) {
    if (["default", "communications"].includes(device.deviceId)) continue;
    const value = `browser:${device.deviceId}`;
    const there = [...group.children].find((option) => option.value === value);
    const option = there ?? group.appendChild(new Option(device.label, value));
    if (chosen && device.deviceId === chosen) option.selected = true;
  }
}

export async function mount(root) {
  const kept = await shelf();
  const recorder = new Recorder(root, kept);
  const start = root.querySelector("[data-rec=start]");
  const select = root.querySelector("[data-rec=devices]");
  start?.addEventListener("submit", (event) => {
    if (select && !select.value.startsWith("browser")) return localStorage.setItem(remembered, "machine");
    event.preventDefault();
    // The form is not sent, so nobody may think it was.
    event.stopPropagation();
    recorder.begin((select?.value ?? "").replace(/^browser:?/, ""));
  });
  const before = localStorage.getItem(remembered) ?? "";
  await listDevices(root, before.replace(/^browser:?/, ""));
  if (select && before.startsWith("browser") && !select.value.startsWith("browser")) select.value = "browser";
  navigator.mediaDevices?.addEventListener?.("devicechange", () => listDevices(root));
  root.dataset.mounted = "yes";
  if (root.dataset.attempt) await recorder.comeBack();
  await sendOthers(kept, recorder.attempt ?? root.dataset.attempt);
}

document.querySelectorAll("[data-recorder]").forEach((root) => mount(root));
