import { LevelWord, Microphone, MicrophoneTrouble, bars, devices, isPossible, whyNot } from "./recorder-microphone.js";

// The live part of the microphone check: time and level, then the page again with what was heard.
const check = document.querySelector("[data-listening]");
if (check) {
  const events = new EventSource(check.dataset.listening);
  events.addEventListener("tick", (event) => {
    const now = JSON.parse(event.data);
    document.getElementById("elapsed").textContent = `0:0${Math.floor(now.elapsed_ms / 1000)}`;
    const bars = Math.round(Math.min(1, Math.max(0, (now.peak_dbfs + 60) / 60)) * 28);
    document.getElementById("level").setAttribute("width", bars * 6);
    document.getElementById("level-word").textContent = now.level;
  });
  events.addEventListener("heard", () => {
    events.close();
    location.reload();
  });
}

// This browser's microphone, tried on this page alone: three seconds, their level in a word, and the sound again.
const LENGTH_MS = 3000;
const form = document.querySelector("form[data-rec=start]");
const part = (name) => document.querySelector(`[data-rec="${name}"]`);
const remembered = "viva.microphone";
const OUTCOME = {
  "Level good": ["The level is good.", ""],
  "Too quiet": ["Too quiet.", "Come closer or raise the input."],
  "Too loud": ["Too loud.", "The peaks are cut off. Move back or lower the input."],
  "Nothing heard": ["Nothing was heard.", "Is this the right microphone? It may be muted at its switch or in the system’s settings."],
};

function say(says, insecure = false) {
  part("note").hidden = says === "";
  part("note").querySelector("span").textContent = says;
  part("note").querySelector("a").hidden = !insecure;
}

async function list(chosen) {
  const group = part("browser-devices");
  for (const device of await devices()) {
    const value = `browser:${device.deviceId}`;
    if (["default", "communications"].includes(device.deviceId)) continue;
    const there = [...group.children].find((option) => option.value === value);
    const option = there ?? group.appendChild(new Option(device.label, value));
    if (device.deviceId === chosen) option.selected = true;
  }
}

async function hear(pieces, rate) {
  const context = new AudioContext();
  const samples = pieces.flatMap((pcm) => [...new Int16Array(pcm)]);
  const buffer = context.createBuffer(1, samples.length, rate);
  buffer.copyToChannel(Float32Array.from(samples, (sample) => sample / 32768), 0);
  const source = new AudioBufferSourceNode(context, { buffer });
  source.connect(context.destination);
  source.addEventListener("ended", () => context.close());
  source.start();
}

async function listen(id) {
  part("check").hidden = false;
  const meters = part("check").querySelector(".meters");
  meters.hidden = true;
  part("hear").hidden = true;
  say("");
  if (!isPossible()) return say(whyNot(), !window.isSecureContext);
  const pieces = [];
  const level = new LevelWord();
  let mic;
  try {
    mic = await Microphone.open(id, part("check").dataset.worklet, {
      piece: ({ pcm }) => pieces.push(pcm),
      level(peak) {
        level.hear(peak);
        part("level").setAttribute("width", bars(peak));
        part("level-word").textContent = level.word();
      },
      muted: (muted) => say(muted ? "The microphone is muted. Unmute it at its switch or in the system’s settings." : ""),
      lost: () => say("The microphone went away. Plug it in again, or choose another one."),
      asleep() {},
    });
  } catch (error) {
    if (!(error instanceof MicrophoneTrouble)) throw error;
    return say(error.message);
  }
  localStorage.setItem(remembered, mic.id ? `browser:${mic.id}` : "browser");
  meters.hidden = false;
  part("heading").textContent = "Listening. Say a sentence.";
  mic.record();
  await new Promise((done) => setTimeout(done, LENGTH_MS));
  await mic.hold();
  await mic.close();
  meters.hidden = true;
  const [heading, advice] = OUTCOME[level.word()];
  part("heading").textContent = heading;
  say(advice);
  part("hear").hidden = pieces.length === 0;
  part("hear").onclick = () => hear(pieces, mic.rate);
  list(mic.id);
}

if (form) {
  const select = form.querySelector("select");
  let busy = false;
  form.addEventListener("submit", (event) => {
    if (!select.value.startsWith("browser")) return localStorage.setItem(remembered, "machine");
    event.preventDefault();
    event.stopPropagation();
    if (busy) return;
    busy = true;
    listen(select.value.replace(/^browser:?/, "")).finally(() => (busy = false));
  });
  const before = localStorage.getItem(remembered) ?? "";
  await list(before.replace(/^browser:?/, ""));
  if (before.startsWith("browser") && !select.value.startsWith("browser")) select.value = "browser";
}
