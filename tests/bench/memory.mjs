// What Chromium's processes take, for the benchmarks.
import { readFileSync, readdirSync } from "node:fs";

export const MB = (bytes) => `${(bytes / 1e6).toFixed(0)} MB`;

/** Bytes of memory of Chromium's processes of one kind, shared memory counted by shares. */
function memory(kind, profile) {
  let kb = 0;
  for (const id of readdirSync("/proc").filter((it) => /^\d+$/.test(it))) {
    try {
      const command = readFileSync(`/proc/${id}/cmdline`, "utf8");
      if (!command.includes(profile)) continue;
      if ((/--type=([a-z-]+)/.exec(command)?.[1] ?? "browser") !== kind) continue;
      kb += Number(/^Pss:\s+(\d+)/m.exec(readFileSync(`/proc/${id}/smaps_rollup`, "utf8"))[1]);
    } catch {
      // A process that has just ended.
    }
  }
  return kb * 1024;
}

/**
 * Runs a step; gives how long it took, in seconds, and how much more memory there was than before, in words. Each look at
 * the memory takes some milliseconds of a core and halts the process that it is of.
 */
export async function measured(profile, run, everyMs = 100) {
  const kinds = ["renderer", "browser"];
  const before = kinds.map((kind) => memory(kind, profile));
  const most = [...before];
  const sampler = setInterval(() => {
    kinds.forEach((kind, at) => (most[at] = Math.max(most[at], memory(kind, profile))));
  }, everyMs);
  const began = Date.now();
  await run();
  const seconds = (Date.now() - began) / 1000;
  clearInterval(sampler);
  const more = kinds.map((kind, at) => `${kind} at most ${MB(most[at])}, ${MB(most[at] - before[at])} more than before`);
  return { seconds, more: more.join("; ") };
}
