import { execFileSync, spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { UserError } from "../../components/shared/problem";
import { installMissing, shellcheck } from "./debian";
import { checkout } from "../../components/shared/system/checkout";

/** Every shell file of the checkout, including those not committed yet. */
const files = (): string[] =>
  execFileSync("git", ["ls-files", "-co", "--exclude-standard", "--deduplicate", "*.sh"], {
    cwd: checkout,
    encoding: "utf8",
  })
    .split("\n")
    .filter((file) => file !== "" && existsSync(join(checkout, file)));

/** `npm run check:shell`: runs shellcheck on all shell files, and installs it first if it is missing and we are root. */
async function main(): Promise<void> {
  await installMissing(
    (step) => {
      console.error(step);
    },
    [shellcheck],
  );
  const { status, error } = spawnSync("shellcheck", files(), { cwd: checkout, stdio: "inherit" });
  if (error !== undefined) throw error;
  process.exitCode = status ?? 1;
}

main().catch((error: unknown) => {
  if (!(error instanceof UserError)) throw error;
  console.error(error.message);
  process.exitCode = error.exitCode;
});
