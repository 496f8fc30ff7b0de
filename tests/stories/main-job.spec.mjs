// The whole job: texts come in, are marked, a model learns from them and suggests, all goes home.
import { expect, expectAccessible, picture, test } from "./page.mjs";
import { marks, openSample, saved, text } from "./project.mjs";

test("the sample is trained on, suggests, is exported and is all there after a reload", async ({ page }) => {
  test.setTimeout(240_000);
  await openSample(page);

  await page.getByRole("link", { name: "Train", exact: true }).click();
  await expectAccessible(page);
  await page.getByRole("button", { name: /^Train on/ }).click();
  await expect(page.getByText(/All steps .*are done\./)).toBeVisible({ timeout: 180_000 });
  await picture(page, "train");
  await expectAccessible(page);
  await expect(page.getByRole("table").first()).toBeVisible();

  await page.getByRole("link", { name: "Annotate", exact: true }).click();
  await page.getByRole("button", { name: /^To do/ }).click();
  await page.locator(".line", { hasText: "suggested" }).first().click({ timeout: 60_000 });
  await page.locator("#confidence").fill("0.05");
  await expect(page.locator(".tag.suggested").first()).toBeVisible();
  await picture(page, "suggestions");
  const before = (await marks(page)).length;
  // The surest suggestion: the list goes to it, Enter takes it.
  await page.locator(".suggested-line:has(.dashes)").first().click();
  await page.keyboard.press("Enter");
  await expect.poll(async () => (await marks(page)).length).toBe(before + 1);
  await saved(page);
  const decided = await marks(page);
  const address = page.url();

  await page.getByRole("link", { name: "Export", exact: true }).click();
  await expect(page.getByRole("button", { name: /^Save/ }).last()).toBeVisible({ timeout: 30_000 });
  await expectAccessible(page);
  await picture(page, "export");
  const saving = page.waitForEvent("download");
  await page.getByRole("button", { name: /^Save \d/ }).click();
  const file = await saving;
  expect(file.suggestedFilename()).toMatch(/\.(nerine|jsonl|conll)$/);

  await page.goto(address);
  await page.reload();
  await expect(text(page)).toBeVisible();
  await expect.poll(() => marks(page)).toEqual(decided);
});
