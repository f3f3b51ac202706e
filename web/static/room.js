// The live part of the room: time, level and draft words, as the server tells them. The page works without it.
const room = document.querySelector("[data-events]");
const text = (id, value) => {
  const el = document.getElementById(id);
  if (el && el.textContent !== value) el.textContent = value;
};
const clock = (ms) => `${Math.floor(ms / 60000)}:${String(Math.floor(ms / 1000) % 60).padStart(2, "0")}`;

if (room) {
  const target = Number(room.dataset.seconds) * 1000;
  const title = document.title.replace(/^● Recording \d+:\d\d, /, "");
  let announced = false;
  const events = new EventSource(room.dataset.events);

  events.addEventListener("tick", (event) => {
    const now = JSON.parse(event.data);
    text("elapsed", clock(now.elapsed_ms));
    if (now.state === "recording") document.title = `● Recording ${clock(now.elapsed_ms)}, ${title}`;
    // The bar is 600 wide and the mark stands at 400: half as long again fits before it ends.
    document.getElementById("bar")?.setAttribute("width", Math.min(600, (now.elapsed_ms / target) * 400));
    document.getElementById("over")?.toggleAttribute("hidden", now.elapsed_ms <= target);
    const bars = Math.round(Math.min(1, Math.max(0, (now.peak_dbfs + 60) / 60)) * 28);
    document.getElementById("level")?.setAttribute("width", bars * 6);
    text("level-word", now.level);
    const settled = document.getElementById("settled");
    if (settled && settled.textContent !== now.settled) settled.textContent = now.settled;
    text("tail", now.tail);
    if (!announced && target - now.elapsed_ms <= 30000 && target > 60000 && now.state === "recording") {
      announced = true;
      text("announce", "30 seconds left");
    }
  });
  // A form leads on by itself; what the stream says meanwhile must not lead elsewhere.
  document.addEventListener("submit", () => events.close());
  events.addEventListener("gone", (event) => {
    events.close();
    location.assign(event.data);
  });
}

const settling = document.querySelector("[data-settling]");
if (settling) {
  const events = new EventSource(settling.dataset.settling);
  events.addEventListener("settled", () => {
    events.close();
    location.reload();
  });
  events.addEventListener("progress", (event) => text("progress", event.data));
}

// Read aloud only with a voice that lives on this machine.
const aloud = document.querySelector("[data-aloud]");
if (aloud && "speechSynthesis" in window) {
  const voice = () => speechSynthesis.getVoices().find((v) => v.localService && v.lang.startsWith("en"));
  const show = () => (aloud.hidden = !voice());
  show();
  speechSynthesis.addEventListener?.("voiceschanged", show);
  aloud.addEventListener("click", () => {
    speechSynthesis.cancel();
    const words = new SpeechSynthesisUtterance(document.querySelector("h1").textContent);
    words.voice = voice();
    speechSynthesis.speak(words);
  });
}

document.querySelector("[data-type]")?.addEventListener("click", (event) => {
  event.preventDefault();
  const details = document.getElementById("typed");
  details.open = true;
  details.querySelector("textarea").focus();
});
