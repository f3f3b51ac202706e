// Hear what was said: the waveform, the words that follow the sound, and the ways from words and evidence into it.
// The shape of the sound comes with the page, so nothing is decoded here; the sound itself is the page's own element.
import WaveSurfer from "./vendor/wavesurfer/wavesurfer.esm.js";

const RUN_UP = 2; // seconds before what was asked for, so that it is heard in its sentence
const STEP = 3; // seconds an arrow moves
const SPEEDS = [0.75, 1, 1.25, 1.5, 1.75, 2];
const HEIGHT = 48; // the content security policy knows the library's style sheet by this height

const clock = (s) => `${Math.floor(s / 60)}:${String(Math.floor(s) % 60).padStart(2, "0")}`;
const part = (root, name) => root.querySelector(`[data-play="${name}"]`);

function waveform(root, audio) {
  const box = part(root, "wave");
  const colours = () => {
    const { color, borderTopColor, outlineColor } = getComputedStyle(box);
    return { waveColor: color, progressColor: borderTopColor, cursorColor: outlineColor };
  };
  const wave = WaveSurfer.create({
    container: box,
    media: audio,
    height: HEIGHT,
    peaks: [root.dataset.peaks.split(" ").map((peak) => Number(peak) / 100)],
    duration: Number(root.dataset.ms) / 1000,
    barWidth: 2,
    barGap: 2,
    cursorWidth: 2,
    dragToSeek: true,
    hideScrollbar: true,
    ...colours(),
  });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => wave.setOptions(colours()));
  return wave;
}

// Puts every word of the text into an element of its own, evidence or not, so that it can be lit and pressed.
function words(box) {
  const said = box.querySelector(".said");
  const times = box.dataset.times.split(" ").map(Number);
  const spans = [];
  const walker = document.createTreeWalker(said, NodeFilter.SHOW_TEXT, (node) =>
    node.parentElement.closest("sup") ? NodeFilter.FILTER_REJECT : NodeFilter.FILTER_ACCEPT,
  );
  const texts = [];
  while (walker.nextNode()) texts.push(walker.currentNode);
  let word = -1;
  let between = true;
  for (const text of texts) {
    const pieces = document.createDocumentFragment();
    for (const piece of text.data.split(/(\s+)/)) {
      if (piece === "") continue;
      if (/^\s/.test(piece)) {
        between = true;
        pieces.append(piece);
        continue;
      }
      // A word may be cut by the end of a mark; it is one word all the same.
      if (between) word += 1;
      between = false;
      const span = document.createElement("span");
      span.textContent = piece;
      span.dataset.word = word;
      span.dataset.at = times[word * 2];
      (spans[word] ??= []).push(span);
      pieces.append(span);
    }
    text.replaceWith(pieces);
  }
  return { spans, times };
}

function follow(box) {
  if (!box) return () => {};
  const { spans, times } = words(box);
  let lit = [];
  return (seconds) => {
    const ms = seconds * 1000;
    let low = 0;
    let high = spans.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (times[middle * 2] <= ms) low = middle + 1;
      else high = middle;
    }
    // A word stays lit until the next one, but not through a silence.
    const now = low > 0 && ms < times[low * 2 - 1] + 400 ? (spans[low - 1] ?? []) : [];
    if (now[0] === lit[0]) return;
    lit.forEach((span) => span.classList.remove("now"));
    now.forEach((span) => span.classList.add("now"));
    lit = now;
  };
}

function mount(root) {
  const audio = root.querySelector("audio");
  const wave = waveform(root, audio);
  const light = follow(document.querySelector("[data-times]"));
  const play = part(root, "play");
  const length = Number(root.dataset.ms) / 1000;

  const show = (seconds) => {
    part(root, "at").textContent = clock(seconds);
    light(seconds);
  };
  const icon = () => {
    play.querySelector("use").setAttribute("href", audio.paused ? "#i-play" : "#i-pause");
    play.querySelector("span").textContent = audio.paused ? "Play" : "Pause";
  };
  const seek = (seconds) => {
    wave.setTime(Math.min(length, Math.max(0, seconds)));
    show(audio.currentTime);
  };
  const faster = (steps) => {
    const at = SPEEDS.indexOf(audio.playbackRate);
    const speed = SPEEDS[Math.min(SPEEDS.length - 1, Math.max(0, (at < 0 ? 1 : at) + steps))];
    wave.setPlaybackRate(speed, true);
    part(root, "speed").textContent = `${speed}×`;
    part(root, "slower").disabled = speed === SPEEDS[0];
    part(root, "faster").disabled = speed === SPEEDS.at(-1);
  };

  wave.on("timeupdate", show);
  audio.addEventListener("play", icon);
  audio.addEventListener("pause", icon);
  play.addEventListener("click", () => (audio.paused ? audio.play() : audio.pause()));
  part(root, "back").addEventListener("click", () => seek(audio.currentTime - STEP));
  part(root, "forward").addEventListener("click", () => seek(audio.currentTime + STEP));
  part(root, "slower").addEventListener("click", () => faster(-1));
  part(root, "faster").addEventListener("click", () => faster(1));
  document.addEventListener("click", (event) => {
    const jump = event.target.closest("[data-at]");
    if (!jump || event.target.closest("a") || event.target.closest("[data-player]")) return;
    // Whoever marks words to copy them does not want to hear them.
    if (!getSelection().isCollapsed) return;
    seek(Number(jump.dataset.at) / 1000 - RUN_UP);
    audio.play();
  });
  root.dataset.mounted = "yes";
}

document.querySelectorAll("[data-player]").forEach(mount);
