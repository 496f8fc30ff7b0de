// The GPU trainer in Chromium's software adapter: fetched when asked for, tried out against the
// CPU, and learning the same.
import { expect, test } from "./page.mjs";
import { importTexts } from "./project.mjs";
import { chooseSpacy } from "./training.mjs";

/** Tiny accepted texts, since software plays the graphics card at a few words a second. */
const docs = Array.from({ length: 10 }, (_, at) => {
  const metal = ["Gold", "Zinc", "Iron", "Tin"][at % 4];
  return {
    id: `tiny-${at}`,
    text: `${metal} rods in ${at} mice.`,
    spans: [{ start: 0, end: metal.length + 5, label: "particle" }],
    answer: "accept",
  };
});

/** Trains on a device for two epochs and gives back the loss that the page shows at the end. */
async function train(page, device, name) {
  await chooseSpacy(page, 2);
  await page.getByRole("button", { name: device, exact: true }).click();
  await page.getByRole("button", { name: /^Train on/ }).click();
  await expect(page.getByRole("heading", { name })).toBeVisible({ timeout: 300_000 });
  await expect(page.getByText("Ready", { exact: true })).toBeVisible({ timeout: 300_000 });
  const words = await page.getByRole("main").innerText();
  expect(words).toContain(`You chose the ${device}`);
  const loss = words.match(/\bLoss\n+\s*([\d.]+)/);
  expect(loss, words).not.toBeNull();
  return Number(loss[1]);
}

test("the GPU learns what the CPU learns", async ({ page, requests }) => {
  test.setTimeout(700_000);
  await importTexts(page, "tiny", docs);
  await page.getByRole("link", { name: "Train", exact: true }).click();
  const cpu = await train(page, "CPU", "spacy-1");
  expect(requests.filter((url) => url.includes("train_gpu"))).toEqual([]);
  const gpu = await train(page, "GPU", "spacy-2");
  expect(requests.some((url) => url.includes("train_gpu_bg.wasm"))).toBe(true);
  expect(Math.abs(gpu - cpu) / cpu, `loss ${gpu} on the GPU, ${cpu} on the CPU`).toBeLessThan(0.02);
});
