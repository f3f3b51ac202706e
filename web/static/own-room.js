// A candidate's own room: looks every second whether the interviewer opened a question, or wants the microphone to end.
const room = document.body.dataset;
const shown = () => document.querySelector("[data-rec-row]:not([hidden])")?.dataset.recRow ?? "none";
const busy = ["live", "paused", "left", "sending", "refused"];

async function look() {
  const answer = await fetch(room.roomNow, { headers: { accept: "application/json" } });
  if (answer.status === 401) return location.reload();
  if (!answer.ok) return;
  const now = await answer.json();
  const row = shown();
  const attempt = room.roomState.split(".")[0];
  if (now.end === attempt && ["live", "paused", "left"].includes(row)) {
    // Only what is there and shown is pressed, so the page does what a hand would do.
    document.querySelector(`[data-rec-row="${row}"] :is([data-rec=stop], [data-rec=finish] button)`)?.click();
  } else if (now.state !== room.roomState && !busy.includes(row)) {
    location.reload();
  }
}

setInterval(() => look().catch(() => {}), 1000);
