import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { settingsText } from "../../../src/cli/commands/rollback";
import { namingStack } from "../../../src/stack/commands";
import { backup } from "./refusals/backup";
import { basics } from "./refusals/basics";
import { edgeRefusals } from "./refusals/edge";
import { files } from "./refusals/files";
import { records } from "./refusals/records";
import { roomRefusals } from "./refusals/cluster";
import { sources } from "./refusals/sources";
import { stack } from "./refusals/stack";
import { environment } from "./refusals/environment";
import { variables } from "./refusals/variables";

/** A command that acts on a stack, with everything up to the end of what can be copied. */
const command =
  /(?:slipway (?:release|rollback|history|verify|lift|reject|scale|remove|status|promote|backup)|pulumi (?:up|cancel|config set|stack import))\b[^;\n`]*/g;

describe("commands that a refusal names", () => {
  const lines = [
    ...readFileSync(join(__dirname, "../../engine/gates-input.txt"), "utf8").split("\n"),
    ...[backup, basics, edgeRefusals, files, records].flat().flatMap(([, , told]) => told),
    ...[roomRefusals, sources, stack, environment, variables].flat().flatMap(([, , told]) => told),
  ];
  const found = lines
    .filter((line) => line.startsWith("fix:"))
    .flatMap((line) => [...line.matchAll(command)].map(([text]) => text));

  it("all name the stack, because the user may have another one selected", () => {
    assert.deepEqual(
      found.filter((text) => !/ --(stack|to) /.test(text)),
      [],
    );
    assert.ok(found.length > 40, `${found.length}`);
  });

  for (const [text, expected] of [
    [
      "set it: pulumi config set --secret slipway:secrets.key < key",
      "slipway:secrets.key --stack uat < key",
    ],
    ["then: pulumi up", "then: pulumi up --stack uat"],
    ["first run: pulumi up --stack prod; then", "first run: pulumi up --stack prod; then"],
    ["gone; pulumi up --refresh makes it", "pulumi up --refresh --stack uat makes it"],
    ["by the next `pulumi up`", "by the next `pulumi up --stack uat`"],
    ["pulumi config set --secret slipway:secrets.a --stack b", "slipway:secrets.a --stack b"],
  ] as const) {
    it(text, () => {
      assert.ok(namingStack("uat", text).endsWith(expected), namingStack("uat", text));
    });
  }
});

describe("what a rollback asks", () => {
  it("names the settings that come back with the version, and those that stay as in the file", () => {
    const [back = "", stay = ""] = settingsText("Web").split("; ");
    assert.match(back, /port, env, secrets, volumes, config.*, check, customize$/);
    assert.doesNotMatch(back, /strategy|hosts|egress|replicas/);
    assert.match(stay, /number of pods.*strategy, hosts, egress.*projects\/Web\.yaml/);
  });
});
