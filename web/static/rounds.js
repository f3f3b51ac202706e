// The interviewer's screen: saves as one types, keys for the rating, the recording's time. The page works without it.
const entry = document.getElementById("entry");
const byId = (id) => document.getElementById(id);
const clock = (ms) => `${Math.floor(ms / 60000)}:${String(Math.floor(ms / 1000) % 60).padStart(2, "0")}`;

if (entry && byId("line")) {
  const [line, notes, seen, saved, says, lines] = ["line", "notes", "seen", "saved", "says", "lines"].map(byId);
  let waiting = 0;
  let queue = Promise.resolve();

  const show = (kept) => {
    lines.replaceChildren(
      ...kept.lines.map((one) => {
        const item = document.createElement("li");
        const time = document.createElement("span");
        time.className = "jump";
        time.textContent = one.time ?? "";
        const words = document.createElement("span");
        words.className = "said";
        words.textContent = one.text;
        item.append(time, words);
        return item;
      }),
    );
    says.hidden = !kept.says;
    if (kept.says) says.textContent = kept.says;
  };

  // One save at a time, in order: each starts from the revision the one before left.
  const save = (withLine) => {
    clearTimeout(waiting);
    queue = queue.then(async () => {
      const body = new URLSearchParams(new FormData(entry));
      const sentNotes = notes.value;
      const sentLine = withLine ? line.value : "";
      body.set("line", sentLine);
      saved.textContent = "Saving";
      try {
        const answer = await fetch(entry.action, { method: "POST", body, headers: { accept: "application/json" } });
        if (!answer.ok) throw new Error(String(answer.status));
        const kept = await answer.json();
        seen.value = kept.revision;
        if (notes.value === sentNotes) notes.value = kept.notes;
        if (sentLine && line.value === sentLine) line.value = "";
        show(kept);
        saved.textContent = `Draft saved ${new Date().toTimeString().slice(0, 5)}`;
      } catch {
        saved.textContent = "Not saved yet; trying again";
        waiting = setTimeout(() => save(withLine), 3000);
      }
    });
    return queue;
  };
  const soon = () => {
    clearTimeout(waiting);
    waiting = setTimeout(() => save(false), 600);
  };

  notes.addEventListener("input", soon);
  entry.addEventListener("change", () => save(false));
  line.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    if (line.value.trim()) save(true);
  });
  document.addEventListener("keydown", (event) => {
    if (!event.altKey || event.ctrlKey || event.metaKey || !/^Digit[1-5]$/.test(event.code)) return;
    const radio = entry.querySelector(`[name=mark][value="${event.code.at(-1)}"]`);
    if (!radio || radio.matches(":disabled")) return;
    event.preventDefault();
    radio.checked = true;
    save(false);
  });
  addEventListener("beforeunload", (event) => {
    if (line.value.trim() && !entry.dataset.sent) event.preventDefault();
  });
}

const dock = document.querySelector("[data-now]");
const afresh = () => (byId("line")?.value.trim() ? undefined : location.reload());
if (dock && byId("opened")) {
  // The candidate switches their own microphone on.
  setInterval(async () => {
    const now = await fetch(dock.dataset.now).then((answer) => answer.json()).catch(() => ({}));
    if (now.recording) afresh();
  }, 1000);
}
if (dock && byId("elapsed")) {
  const target = Number(dock.dataset.minutes) * 60000;
  const title = document.title.replace(/^● Recording \d+:\d\d, /, "");
  setInterval(async () => {
    try {
      const now = await (await fetch(dock.dataset.now)).json();
      if (!now.recording || (now.ending && !byId("ending"))) return afresh();
      if (byId("line-says")) byId("line-says").textContent = now.says ?? "";
      byId("elapsed").textContent = clock(now.elapsed_ms);
      byId("over").hidden = now.elapsed_ms <= target;
      document.title = `● Recording ${clock(now.elapsed_ms)}, ${title}`;
    } catch {
      // The network is away; the recording runs on the server, and the next tick tells.
    }
  }, 1000);
}
