// Real texts with ids that a new project puts on the wanted side, for the benchmarks.
import { readFileSync } from "node:fs";

/** The draw of `corpus::SplitRule` for a new project: FNV-1a over seed 0 and the id, then MurmurHash3's end. */
function draw(id) {
  const wrap = (value) => BigInt.asUintN(64, value);
  let h = 0xcbf29ce484222325n;
  for (const byte of [...new Uint8Array(8), ...new TextEncoder().encode(id)]) h = wrap((h ^ BigInt(byte)) * 0x100000001b3n);
  h = wrap((h ^ (h >> 33n)) * 0xff51afd7ed558ccdn);
  h = wrap((h ^ (h >> 33n)) * 0xc4ceb9fe1a85ec53n);
  return Number((h ^ (h >> 33n)) % 100n);
}

/** The side that a new project gives this id: 20 % test, 10 % dev. */
const side = (id) => (draw(id) < 20 ? "test" : draw(id) < 30 ? "dev" : "train");

/** The texts of a file as accepted ones, with ids that a new project puts on the wanted side. */
export function texts(path, wanted, prefix = wanted) {
  const docs = readFileSync(path, "utf8").split("\n").filter(Boolean).map((line) => JSON.parse(line));
  return docs.map(({ text, spans }, at) => {
    let nth = 0;
    while (side(`${prefix}-${at}-${nth}`) !== wanted) nth++;
    return JSON.stringify({ id: `${prefix}-${at}-${nth}`, text, spans, answer: "accept" });
  });
}
