import type { Progress } from "../progress";
import type { ToolPlan } from "./plan";

/**
 * Progress of a build of several tools. A tool counts by its weight, and within it every package that no tool before it contains.
 */
export class BuildProgress {
  private readonly started = Date.now();
  private readonly known = new Set<string>();
  private expected = new Set<string>();
  private compiled = 0;

  public constructor(
    private readonly plans: readonly ToolPlan[],
    private readonly progress: Progress,
  ) {}

  /** Its package, or the tool's modules, are not complete yet. */
  public downloading(plan: ToolPlan): void {
    this.report(plan, plan.wheel ? "fetching its package" : "downloading its Go modules", 0);
  }

  /** A tool with these packages is about to be compiled. */
  public compiling(plan: ToolPlan, packages: readonly string[]): void {
    this.expected = new Set(packages.filter((importPath) => !this.known.has(importPath)));
    this.compiled = 0;
    for (const importPath of packages) this.known.add(importPath);
    this.reportPackages(plan);
  }

  /** A line of `go build -v`: a package that Go begins to compile, or something else. */
  public line(plan: ToolPlan, line: string): void {
    if (!this.expected.delete(line)) return;
    this.compiled += 1;
    this.reportPackages(plan);
  }

  private reportPackages(plan: ToolPlan): void {
    const packages = this.compiled + this.expected.size;
    const fraction = packages === 0 ? 0 : this.compiled / packages;
    this.report(plan, `${this.compiled} of ${packages} packages`, fraction);
  }

  private report(plan: ToolPlan, detail: string, fraction: number): void {
    const index = this.plans.indexOf(plan);
    const finished = weigh(this.plans.slice(0, index)) + plan.weight * fraction;
    const place = `${index + 1} of ${this.plans.length}`;
    this.progress(
      `${plan.title} (${place}): ${detail}, ${clock(Date.now() - this.started)}`,
      finished / weigh(this.plans),
    );
  }
}

const weigh = (plans: readonly ToolPlan[]): number =>
  plans.reduce((sum, { weight }) => sum + weight, 0);

/** Milliseconds as `m:ss`. */
function clock(milliseconds: number): string {
  const seconds = Math.floor(milliseconds / 1000);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}
