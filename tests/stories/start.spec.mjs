// A first visit: what is fetched, what is not, and that the page can be used.
import { expect, expectAccessible, open, test } from "./page.mjs";

test("a fresh page fetches the page's program and no worker", async ({ page, requests }) => {
  await open(page);
  await page.waitForLoadState("networkidle");
  const programs = requests.map((url) => new URL(url).pathname.split("/").pop()).filter((name) => name.endsWith(".wasm"));
  // The page is one program, or a few parts of it where it was cut for dist.
  expect(programs.length).toBeGreaterThan(0);
  expect(programs.filter((name) => !name.startsWith("app-"))).toEqual([]);
  expect(requests.filter((url) => /io_worker|train_cpu|train_gpu/.test(url))).toEqual([]);
});

test("page and workers are told to ask nobody else", async ({ request }) => {
  for (const file of ["", "io_worker_loader.js", "io_worker.js", "train_cpu_loader.js", "train_gpu_loader.js"]) {
    const answer = await request.get(`./${file}`);
    expect(answer.status(), file).toBe(200);
    const policy = answer.headers()["content-security-policy"];
    expect(policy, file).toContain("default-src 'none'");
    expect(policy, file).toContain("connect-src 'self'");
    expect(policy, file).toMatch(/script-src 'self' 'wasm-unsafe-eval' 'sha256-[A-Za-z0-9+/]{43}='/);
  }
});

test("the policy is kept: another origin cannot be reached", async ({ browser, baseURL }) => {
  // A page of its own, since the refusal is an error in the console, and that is the point.
  const page = await browser.newPage({ baseURL });
  await page.goto("./");
  const refused = await page.evaluate(async () => {
    const told = new Promise((resolve) =>
      document.addEventListener("securitypolicyviolation", (event) => resolve(event.effectiveDirective)),
    );
    await fetch("https://example.org/").catch(() => {});
    return told;
  });
  expect(refused).toBe("connect-src");
  await page.close();
});

for (const colorScheme of ["light", "dark"]) {
  test(`the first screen is accessible, ${colorScheme}`, async ({ page }) => {
    await page.emulateMedia({ colorScheme });
    await open(page);
    await expectAccessible(page);
  });
}

test("the first screen fits from 360 to 2560 pixels", async ({ page }) => {
  await open(page);
  for (const width of [360, 768, 1440, 2560]) {
    await page.setViewportSize({ width, height: 900 });
    const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    expect(overflow, `sideways scroll at ${width}`).toBeLessThanOrEqual(0);
  }
});
