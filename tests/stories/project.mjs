// Steps that many stories begin with.
import { expect } from "@playwright/test";

import { open } from "./page.mjs";

/** The reading text. */
export const text = (page) => page.locator("#text");

/** Opens the sample project and waits for its first text. */
export async function openSample(page) {
  await open(page);
  await page.getByRole("button", { name: "Try with sample texts" }).first().click();
  await expect(text(page)).toBeVisible({ timeout: 30_000 });
  await tokensReady(page);
}

/** Imports texts, each with its id, as JSONL into a project of this name, and opens it. */
export async function importTexts(page, name, docs) {
  await open(page);
  const lines = docs.map((doc) => JSON.stringify(doc)).join("\n");
  await page.locator('input[type="file"]').first().setInputFiles({
    name: `${name}.jsonl`,
    mimeType: "application/jsonl",
    buffer: Buffer.from(lines, "utf8"),
  });
  await page.getByRole("button", { name: /^Add [\d\s]+ texts?/ }).click();
  await expect(text(page)).toBeVisible({ timeout: 30_000 });
  await tokensReady(page);
}

/** Makes a project without texts, on a page that has none open, and opens it. */
export async function makeProject(page, name) {
  await open(page);
  await page.getByRole("button", { name: "New project" }).click();
  await page.keyboard.type(name);
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(/annotate/);
}

/** Goes to all projects from inside of one. */
export async function goHome(page) {
  await page.getByRole("link", { name: "Nerine, all projects" }).click();
  await expect(page.getByRole("heading", { name: "Projects" })).toBeVisible();
}

/** Adds labels by name in the open project. */
export async function addLabels(page, ...names) {
  await page.getByRole("button", { name: "Edit labels" }).first().click();
  for (const name of names) {
    await page.getByLabel("New label").fill(name);
    await page.getByRole("button", { name: "Add label", exact: true }).click();
    await expect(page.getByRole("dialog").getByRole("cell", { name }).first()).toBeAttached();
  }
  await page.getByRole("button", { name: "Close" }).click();
}

/** Waits until a selection snaps to the base's tokens, no longer to Unicode words. */
export async function tokensReady(page) {
  await expect(page.locator(".tokens")).toHaveAttribute("title", /grows to these tokens/, { timeout: 30_000 });
}

/** Waits until every edit is on disk. */
export async function saved(page) {
  await expect(page.locator(".saved")).toHaveAttribute("data-saved", "true");
}

/** Drags over the first place where the open text holds these words. */
export async function drag(page, words, { alt = false } = {}) {
  const points = await page.evaluate((words) => {
    const root = document.querySelector("#text");
    const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      const at = node.data.indexOf(words);
      if (at < 0) continue;
      const range = document.createRange();
      range.setStart(node, at);
      range.setEnd(node, at + words.length);
      range.startContainer.parentElement.scrollIntoView({ block: "nearest" });
      const rects = [...range.getClientRects()];
      const first = rects[0];
      const last = rects[rects.length - 1];
      return {
        from: { x: first.left + 1, y: first.top + first.height / 2 },
        to: { x: last.right - 1, y: last.top + last.height / 2 },
      };
    }
    return null;
  }, words);
  expect(points, `“${words}” is in the text`).not.toBeNull();
  if (alt) await page.keyboard.down("Alt");
  await page.mouse.move(points.from.x, points.from.y);
  await page.mouse.down();
  await page.mouse.move(points.to.x, points.to.y, { steps: 4 });
  await page.mouse.up();
  if (alt) await page.keyboard.up("Alt");
}

/** The names and words of all marks of the text in front, as the rail lists them. */
export async function marks(page) {
  const fold = page.locator(".rail-fold");
  if ((await fold.count()) === 0) return [];
  if ((await fold.getAttribute("aria-expanded")) === "false") await fold.click();
  const lines = page.locator(".rail-fold + .rail-list button");
  return lines.evaluateAll((all) =>
    all.map((it) => [it.querySelector("bdi").textContent, it.querySelector(".meta").title]),
  );
}
