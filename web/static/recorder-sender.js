// Sends pieces in order, one at a time, until each is acknowledged; waits longer and longer while nobody answers.
const SHORTEST = 300;
const LONGEST = 5000;
const ANSWER_WITHIN = 10000;

const TABLE = Uint32Array.from({ length: 256 }, (_, n) => {
  for (let bit = 0; bit < 8; bit += 1) n = n & 1 ? (n >>> 1) ^ 0xedb88320 : n >>> 1;
  return n >>> 0;
});
export function crc32(buffer) {
  let crc = 0xffffffff;
  for (const byte of new Uint8Array(buffer)) crc = TABLE[(crc ^ byte) & 0xff] ^ (crc >>> 8);
  return ((crc ^ 0xffffffff) >>> 0).toString(16).padStart(8, "0");
}

export class Sender {
  #queue = [];
  #held = new Map();
  #running = null;
  #wake = () => {};

  // `tell` hears: waiting({ pieces, says }) while nobody answers, sent() after it, refused({ code, says }).
  constructor(shelf, attempt, address, tell) {
    Object.assign(this, { shelf, attempt, address, tell, failed: null });
    this.hurry = () => this.#wake();
    addEventListener("online", this.hurry);
  }

  // A piece that is on no shelf is handed over itself.
  add(number, piece = null) {
    if (piece) this.#held.set(number, piece);
    this.#queue.push(number);
    this.#running ??= this.#run().finally(() => (this.#running = null));
  }

  get waiting() {
    return this.#queue.length;
  }

  // Done once everything is acknowledged or was refused.
  async drain() {
    while (this.#running) await this.#running;
    return this.failed;
  }

  close() {
    removeEventListener("online", this.hurry);
  }

  async #run() {
    let pause = SHORTEST;
    let told = false;
    while (this.#queue.length > 0 && !this.failed) {
      const piece = this.#held.get(this.#queue[0]) ?? (await this.shelf.get(this.attempt, this.#queue[0]));
      const answer = piece ? await this.#post(piece) : { done: true };
      if (answer.done) {
        const number = this.#queue.shift();
        this.#held.delete(number);
        await this.shelf.drop(this.attempt, number);
        if (told) this.tell.sent();
        told = false;
        pause = SHORTEST;
      } else if (answer.refused) {
        this.failed = answer.refused;
        this.tell.refused(answer.refused);
      } else {
        this.tell.waiting({ pieces: this.#queue.length, says: answer.says });
        told = true;
        await new Promise((done) => {
          this.#wake = done;
          setTimeout(done, pause * (0.75 + Math.random() / 2));
        });
        pause = Math.min(LONGEST, pause * 2);
      }
    }
  }

  async #post({ number, took, pcm, at }) {
    try {
      const age = at ? Math.max(0, Date.now() - at) : 0;
      const response = await fetch(`${this.address}/${number}?took=${took}&age=${age}&crc=${crc32(pcm)}`, {
        method: "POST",
        headers: { "Content-Type": "application/octet-stream" },
        body: pcm,
        signal: AbortSignal.timeout(ANSWER_WITHIN),
      });
      if (response.ok) return { done: true };
      const refused = await response.json().catch(() => ({ code: "unknown", says: "" }));
      const passing = response.status >= 500 || [408, 421, 429].includes(response.status) || refused.code === "damaged";
      return passing ? { says: refused.code === "full" ? refused.says : "" } : { refused };
    } catch {
      return { says: "" };
    }
  }
}
