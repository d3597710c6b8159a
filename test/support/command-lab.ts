import { Project } from "./engine";
import type { Sshd } from "./sshd";
import type { SshServer } from "./ssh-server";

/** A resource of @pulumi/command in a test's program, by its constructor there. */
export interface CommandResource {
  readonly kind: "local.Command" | "remote.Command" | "remote.CopyToRemote" | "local.run";
  /** JSON; `{ $secret }`, `{ $file }`, `{ $text }` and `{ $archive }` stand for values that JSON does not have. */
  readonly args: object;
  readonly options?: object;
}

/** A project of a test, whose program uses @pulumi/command as a user would. */
export async function commandProject(env: Record<string, string> = {}): Promise<Project> {
  const project = new Project(env);
  project.write("package.json", JSON.stringify({ dependencies: { "@pulumi/command": "*" } }));
  project.write("index.js", interpreter);
  await project.init();
  return project;
}

/** Declares the resources of the next run. */
export function declare(
  project: Project,
  resources: Readonly<Record<string, CommandResource>>,
): void {
  project.write("resources.json", JSON.stringify(resources));
}

/** The connection to a scripted host. */
export function connectionTo(server: SshServer | Sshd, changes: object = {}): object {
  const { host, port, user, hostKey, privateKey } = server.login();
  return { host, port, user, hostKey, privateKey, dialErrorLimit: 0, ...changes };
}

const interpreter = `
const pulumi = require("@pulumi/pulumi");
const command = require("@pulumi/command");
const resources = require("./resources.json");
const resolve = (value) => {
  if (Array.isArray(value)) return value.map(resolve);
  if (typeof value !== "object" || value === null) return value;
  if ("$secret" in value) return pulumi.secret(resolve(value.$secret));
  if ("$file" in value) return new pulumi.asset.FileAsset(value.$file);
  if ("$text" in value) return new pulumi.asset.StringAsset(value.$text);
  if ("$archive" in value) return new pulumi.asset.FileArchive(value.$archive);
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, resolve(inner)]));
};
for (const [name, { kind, args, options = {} }] of Object.entries(resources)) {
  const [module, type] = kind.split(".");
  const inputs = resolve(args);
  if (type === "run") exports[name] = command.local.runOutput(inputs).stdout;
  else exports[name] = new command[module][type](name, inputs, options).stdout;
}
`;
