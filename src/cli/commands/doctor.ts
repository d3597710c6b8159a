import { Command } from "commander";
import pc from "picocolors";
import { diagnose, type Finding } from "../../../sandbox/doctor";
import { layout } from "../../../sandbox/layout";
import { table } from "../table";

/** `slipway doctor`: what is installed, what is missing, and how to get it. Exit code 1 if something required is missing. */
export const doctor = (): Command =>
  new Command("doctor")
    .description("what is missing on this machine and how to get it; which engine is in use")
    .option("--json", "print the findings as JSON")
    .action(async ({ json = false }: { json?: boolean }) => {
      const findings = await diagnose(layout());
      console.log(json ? JSON.stringify(findings, undefined, 2) : findingTable(findings));
      if (findings.some(({ verdict }) => verdict === "missing")) process.exitCode = 1;
    });

const mark = { ok: pc.green("ok"), missing: pc.red("missing"), note: pc.yellow("note") };

const findingTable = (findings: readonly Finding[]): string =>
  table(
    ["", "what", "found", "how to fix"],
    findings.map(({ verdict, what, found, fix = "" }) => [mark[verdict], what, found, fix]),
  );
