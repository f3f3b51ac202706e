// What was spoken and not acknowledged yet, in the browser's own database: a closed tab or a dead server loses nothing.
const asked = (request) =>
  new Promise((done, failed) => {
    request.onsuccess = () => done(request.result);
    request.onerror = () => failed(request.error);
  });

function open() {
  const request = indexedDB.open("viva", 1);
  request.onupgradeneeded = () => {
    request.result.createObjectStore("pieces", { keyPath: ["attempt", "number"] });
    request.result.createObjectStore("takes", { keyPath: "attempt" });
  };
  return asked(request);
}

class Shelf {
  constructor(database) {
    this.database = database;
    this.lasts = true;
  }

  #store(name, mode = "readonly") {
    return this.database.transaction(name, mode).objectStore(name);
  }

  // Done once it is in the database.
  put(piece) {
    return asked(this.#store("pieces", "readwrite").put(piece));
  }

  get(attempt, number) {
    return asked(this.#store("pieces").get([attempt, number]));
  }

  drop(attempt, number) {
    return asked(this.#store("pieces", "readwrite").delete([attempt, number]));
  }

  async numbers(attempt) {
    const keys = await asked(this.#store("pieces").getAllKeys(IDBKeyRange.bound([attempt], [attempt, []])));
    return keys.map(([, number]) => number);
  }

  note(take) {
    return asked(this.#store("takes", "readwrite").put(take));
  }

  take(attempt) {
    return asked(this.#store("takes").get(attempt));
  }

  takes() {
    return asked(this.#store("takes").getAll());
  }

  async forget(attempt) {
    await asked(this.#store("pieces", "readwrite").delete(IDBKeyRange.bound([attempt], [attempt, []])));
    await asked(this.#store("takes", "readwrite").delete(attempt));
  }
}

// For a browser that keeps nothing, as some do in private windows.
class Memory {
  #pieces = new Map();
  #takes = new Map();
  lasts = false;
  async put(piece) {
    this.#pieces.set(`${piece.attempt} ${piece.number}`, piece);
  }
  async get(attempt, number) {
    return this.#pieces.get(`${attempt} ${number}`);
  }
  async drop(attempt, number) {
    this.#pieces.delete(`${attempt} ${number}`);
  }
  async numbers(attempt) {
    return [...this.#pieces.values()].filter((p) => p.attempt === attempt).map((p) => p.number).sort((a, b) => a - b);
  }
  async note(take) {
    this.#takes.set(take.attempt, take);
  }
  async take(attempt) {
    return this.#takes.get(attempt);
  }
  async takes() {
    return [...this.#takes.values()];
  }
  async forget(attempt) {
    for (const number of await this.numbers(attempt)) await this.drop(attempt, number);
    this.#takes.delete(attempt);
  }
}

export async function shelf() {
  try {
    return new Shelf(await open());
  } catch {
    return new Memory();
  }
}
