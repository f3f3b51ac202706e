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
