// Steps of the stories that train.
import { expect } from "@playwright/test";

const MATERIALS = ["gold nanorods", "silica shells", "iron oxide nanoparticles", "liposomes", "graphene oxide"];
const CELLS = ["HeLa cells", "MCF-7", "A549 cells", "RAW 264.7 macrophages"];

/** Texts of one pattern, with an emoji in them; the first `accepted` have marks and a verdict. */
export function texts(accepted, toDo) {
  return Array.from({ length: accepted + toDo }, (_, at) => {
    const parts = [
      ["We gave "],
      [MATERIALS[(3 * at) % MATERIALS.length], "Material"],
      [" 🔬 to "],
      [CELLS[at % CELLS.length], "Cell line"],
      [` for ${at} hours. No change was seen in buffer.`],
    ];
    const spans = [];
    let whole = "";
    for (const [words, label] of parts) {
      const start = [...whole].length;
      whole += words;
      if (label) spans.push({ start, end: [...whole].length, label });
    }
    const doc = { id: `doc-${at}`, text: whole };
    return at < accepted ? { ...doc, spans, answer: "accept" } : doc;
  });
}

/** Opens the Train screen of the open project. */
export async function openTrain(page) {
  await page.getByRole("link", { name: "Train", exact: true }).click();
  await expect(page.locator("#train-start")).toBeVisible();
}

/** Chooses spaCy's architecture, and how often it learns every text. */
export async function chooseSpacy(page, epochs) {
  await page.getByRole("button", { name: "spaCy", exact: true }).click();
  if (epochs) {
    await page.getByRole("textbox", { name: "Epochs" }).fill(String(epochs));
    await page.getByLabel("Stop after").fill(String(epochs));
  }
}

/** The button that begins a training. */
export const start = (page) => page.locator("#train-start");

/** Waits until the run in front has its model. */
export const ready = (page) => expect(page.locator(".status .chip")).toHaveText("Ready", { timeout: 60_000 });
