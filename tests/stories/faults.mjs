// What can go wrong beside the page, done to the real programs from outside of them.

/**
 * Runs these scripts in a worker before its program starts: the first when it is started first,
 * and so on. After the last, the worker is whole.
 */
export async function spoil(context, worker, ...scripts) {
  await context.route(`**/${worker}_loader.js*`, async (route) => {
    const script = scripts.shift();
    if (!script) return route.fallback();
    const response = await route.fetch();
    await route.fulfill({ response, body: script + (await response.text()) });
  });
}

/** The program panics when it first lets messages come in. */
export const PANIC = `
  globalThis.MessageChannel = class { constructor() { throw new Error("no channel"); } };
`;

/** Stops the program inside its own code, as a trap of the processor does. */
export const TRAP = `throw new WebAssembly.RuntimeError("memory access out of bounds");`;

/** Stops the thread for good. */
export const HANG = `
  const { buffer } = new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true });
  Atomics.wait(new Int32Array(buffer), 0, 0);
`;

/**
 * Does something to the program as soon as `n` records were put into this table. Until then its
 * clock runs fast, so that what is kept every few seconds is kept soon.
 */
export const after = (n, table, happens) => `
  const now = performance.now.bind(performance);
  const put = IDBObjectStore.prototype.put;
  let kept = 0;
  let last = { real: 0, shown: 0 };
  performance.now = () => {
    const real = now();
    last = { real, shown: last.shown + (real - last.real) * (kept < ${n} ? 20 : 1) };
    if (${n} <= kept) { ${happens} }
    return last.shown;
  };
  IDBObjectStore.prototype.put = function (...args) {
    if (this.name === ${JSON.stringify(table)}) this.transaction.addEventListener("complete", () => kept++);
    return put.apply(this, args);
  };
`;

/** How many records lie in a table of the page's database. */
export const stored = (page, table) =>
  page.evaluate(
    (table) =>
      new Promise((resolve, reject) => {
        const asked = indexedDB.open("nerine");
        asked.onerror = () => reject(asked.error);
        asked.onsuccess = () => {
          const database = asked.result;
          const count = database.transaction(table).objectStore(table).count();
          count.onsuccess = () => {
            database.close();
            resolve(count.result);
          };
        };
      }),
    table,
  );

/** Gives back what lets the page store so many bytes; without a number as many as there are. */
export async function disk(page, baseURL) {
  const devtools = await page.context().newCDPSession(page);
  const { origin } = new URL(baseURL);
  return (quotaSize) => devtools.send("Storage.overrideQuotaForOrigin", { origin, quotaSize });
}

/**
 * Stores other things until not even 64 bytes more go in. The browser looks at its quota only now
 * and then, so the disk must be small before the page stores anything.
 */
export const fillDisk = (page) =>
  page.evaluate(async () => {
    const database = await new Promise((resolve, reject) => {
      const asked = indexedDB.open("other");
      asked.onupgradeneeded = () => asked.result.createObjectStore("bytes", { autoIncrement: true });
      asked.onerror = () => reject(asked.error);
      asked.onsuccess = () => resolve(asked.result);
    });
    // Noise cannot be made smaller, and comes in pieces of 64 KiB.
    const noise = new Uint8Array(1_048_576);
    for (let at = 0; at < noise.length; at += 65_536) crypto.getRandomValues(noise.subarray(at, at + 65_536));
    const fits = (n) =>
      new Promise((resolve) => {
        const transaction = database.transaction("bytes", "readwrite");
        transaction.objectStore("bytes").add(noise.slice(0, n));
        transaction.oncomplete = () => resolve(true);
        transaction.onabort = () => resolve(false);
      });
    for (let n = 1_048_576; 64 <= n; n /= 4) while (await fits(n));
    database.close();
  });

/** Lets a program have this much memory beyond what it starts with, in bytes. */
export async function limitMemory(context, program, bytes) {
  await context.route(`**/${program}_bg.wasm*`, async (route) => {
    const response = await route.fetch();
    await route.fulfill({ response, body: withMaximum(await response.body(), Math.ceil(bytes / 65536)) });
  });
}

/** A wasm module whose memory may grow by so many pages. */
function withMaximum(wasm, pages) {
  let at = 8;
  const number = () => {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = wasm[at++];
      value |= (byte & 127) << shift;
      if (byte < 128) return value;
    }
  };
  const bytes = (value) => (value < 128 ? [value] : [(value & 127) | 128, ...bytes(value >>> 7)]);
  while (at < wasm.length) {
    const start = at;
    const section = wasm[at++];
    const length = number();
    const body = at;
    if (section === 5) {
      number(); // how many memories: one
      number(); // that it has no maximum
      const initial = number();
      const memory = [1, 1, ...bytes(initial), ...bytes(initial + pages)];
      const whole = [5, ...bytes(memory.length), ...memory];
      return Buffer.concat([wasm.subarray(0, start), Buffer.from(whole), wasm.subarray(body + length)]);
    }
    at = body + length;
  }
  throw new Error("the program has no memory");
}
