// Hear what was said: the player, the jumps from evidence to sound, and the line that follows it.
const audio = document.querySelector("audio");
const clock = (s) => `${Math.floor(s / 60)}:${String(Math.floor(s) % 60).padStart(2, "0")}`;

if (audio) {
  const play = document.getElementById("play");
  const line = document.getElementById("playhead");
  const wave = document.getElementById("wave");
  const length = Number(audio.dataset.ms) / 1000;
  const show = () => {
    document.getElementById("at").textContent = clock(audio.currentTime);
    const x = (audio.currentTime / length) * 1000;
    line.setAttribute("x1", x);
    line.setAttribute("x2", x);
  };
  const icon = () => {
    play.querySelector("use").setAttribute("href", audio.paused ? "#i-play" : "#i-pause");
    play.setAttribute("aria-label", audio.paused ? "Play the answer" : "Pause");
  };
  play.hidden = false;
  play.addEventListener("click", () => (audio.paused ? audio.play() : audio.pause()));
  audio.addEventListener("timeupdate", show);
  audio.addEventListener("play", icon);
  audio.addEventListener("pause", icon);
  wave?.addEventListener("click", (event) => {
    const box = wave.getBoundingClientRect();
    audio.currentTime = ((event.clientX - box.left) / box.width) * length;
    show();
  });
  document.addEventListener("click", (event) => {
    const jump = event.target.closest("[data-at]");
    if (!jump || event.target.closest("a")) return;
    // Two seconds of run-up, so that the words are heard in their sentence.
    audio.currentTime = Math.max(0, Number(jump.dataset.at) / 1000 - 2);
    audio.play();
  });
}
