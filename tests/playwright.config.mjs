// Stories run against the page that `cargo xtask test --e2e` built and serves.
import { defineConfig } from "@playwright/test";

const { NERINE_URL, CHROMIUM, CHROMIUM_SANDBOX, CI } = process.env;
if (!NERINE_URL) throw new Error("the page is not served: run cargo xtask test --e2e");

/** Chromium that speaks to nobody on its own. */
const quiet = [
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-quic",
  "--disable-sync",
  "--no-first-run",
];
/** WebGPU in software, for machines without a GPU. */
const webgpu = ["--enable-unsafe-webgpu", "--use-webgpu-adapter=swiftshader"];

const chromium = (args) => ({
  launchOptions: {
    executablePath: CHROMIUM,
    chromiumSandbox: CHROMIUM_SANDBOX !== "0",
    args: [...quiet, ...args],
  },
});

export default defineConfig({
  testDir: "stories",
  outputDir: "results/runs",
  forbidOnly: Boolean(CI),
  // A shared machine may stall a browser; a story that fails twice in a row is wrong.
  retries: CI ? 1 : 0,
  // Two stories at once; each has a browser context, and so a storage, of its own.
  fullyParallel: true,
  workers: 2,
  timeout: 90_000,
  expect: { timeout: 10_000 },
  reporter: [["list"]],
  use: {
    baseURL: NERINE_URL,
    viewport: { width: 1440, height: 900 },
    colorScheme: "light",
    locale: "en-GB",
    trace: "retain-on-failure",
  },
  projects: [
    { name: "page", testIgnore: /webgpu.*\.spec\.mjs/, use: chromium([]) },
    // One device a browser process: these run after the others, one by one.
    {
      name: "webgpu",
      testMatch: /webgpu.*\.spec\.mjs/,
      dependencies: ["page"],
      fullyParallel: false,
      use: chromium(webgpu),
    },
  ],
});
