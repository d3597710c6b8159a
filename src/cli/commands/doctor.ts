import Table from "cli-table3";
import { Command } from "commander";
import pc from "picocolors";
import { diagnose, type Finding } from "../../../sandbox/doctor";
import { layout } from "../../../sandbox/layout";

/** `slipway doctor`: what is here, what is missing, and how to get it. Exit code 1 when something needed is missing. */
export const doctor = (): Command =>
  new Command("doctor")
    .description("what is missing on this machine and how to get it; which engine is in use")
    .option("--json", "print the findings as JSON")
    .action(async ({ json = false }: { json?: boolean }) => {
      const findings = await diagnose(layout());
      console.log(json ? JSON.stringify(findings, undefined, 2) : table(findings));
      if (findings.some(({ verdict }) => verdict === "missing")) process.exitCode = 1;
    });

const mark = { ok: pc.green("ok"), missing: pc.red("missing"), note: pc.yellow("note") };

function table(findings: readonly Finding[]): string {
  const rows = new Table({
    head: ["", "what", "found", "how to mend"],
    style: { head: [] },
    wordWrap: true,
  });
  for (const { verdict, what, found, mend } of findings) {
    rows.push([mark[verdict], what, found, mend ?? ""]);
  }
  return rows.toString();
}
