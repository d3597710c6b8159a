import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** A git repository that a test fills. */
export class Repository {
  constructor(public readonly folder: string) {
    mkdirSync(folder, { recursive: true });
    this.git("init", "--quiet", "--initial-branch=develop");
    this.git("config", "core.autocrlf", "false");
  }

  git(...args: string[]): string {
    const person = { NAME: "Li Jing", EMAIL: "lijing@shop.example", DATE: "2022-08-02T16:55:00Z" };
    const env = {
      ...process.env,
      ...Object.fromEntries(
        Object.entries(person).flatMap(([key, value]) => [
          [`GIT_AUTHOR_${key}`, value],
          [`GIT_COMMITTER_${key}`, value],
        ]),
      ),
    };
    const options = { cwd: this.folder, env, encoding: "utf8", stdio: "pipe" } as const;
    return execFileSync("git", args, options).trim();
  }

  write(path: string, text: string): void {
    const file = join(this.folder, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }

  /** Writes files and commits everything; returns the commit. */
  commit(files: Readonly<Record<string, string>> = {}): string {
    for (const [path, text] of Object.entries(files)) this.write(path, text);
    this.git("add", "--all");
    this.git("commit", "--quiet", "--allow-empty", "--message=as a test");
    return this.git("rev-parse", "HEAD");
  }
}
