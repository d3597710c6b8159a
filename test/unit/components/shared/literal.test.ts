import assert from "node:assert/strict";
import fc from "fast-check";
import { literal } from "../../../../components/shared/pod";

/** A container's value of a text in `env`, `command` or `args`, by the rules of Kubernetes' `expansion.Expand`. */
function expanded(text: string, known: Readonly<Record<string, string>>): string {
  return text.replace(/\$\$|\$\(([^)]*)\)/g, (found, name?: string) =>
    name === undefined ? "$" : (known[name] ?? found),
  );
}

describe("a text for a container", () => {
  const texts = ["^a$$b$", "$(GREETING) dollars", "$(UNKNOWN)", "$", "$$(GREETING)", "a$b$"];
  for (const text of texts) {
    it(`arrives letter by letter: ${text}`, () => {
      assert.equal(expanded(literal(text), { GREETING: "hello" }), text);
    });
  }

  it("arrives letter by letter, whatever it is", () => {
    const parts = fc.array(
      fc.oneof(fc.constantFrom("$", "$$", "$(", "(A)", ")", "A"), fc.string()),
    );
    fc.assert(
      fc.property(parts, (some) => {
        assert.equal(expanded(literal(some.join("")), { A: "hello" }), some.join(""));
      }),
    );
  });
});
