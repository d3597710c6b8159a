import type { Differences } from "./checkout";

export const digest = (letter: string) => `sha256:${letter.repeat(64)}`;
export const [good, bad, old] = [digest("a"), digest("b"), digest("c")];
export const at = "2026-11-20T09:00:00Z";
export const rejection = { digest: bad, why: "it leaks", by: "ann@shop.example", at };
export const promotion = { from: "test" };
export const proven = {
  digest: good,
  tag: "v1.0.0",
  commit: "abc1234",
  author: "Ann <ann@shop.example>",
  promoted: { from: "test", by: "bob@shop.example", at, verified: { by: "qa@shop.example", at } },
  approved: { by: "bob@shop.example", at },
};
export const without = <T extends object>(value: T, ...keys: (keyof T)[]): Partial<T> =>
  Object.fromEntries(
    Object.entries(value).filter(([key]) => !keys.includes(key as keyof T)),
  ) as Partial<T>;

export const otherStack = (text: string): Differences["files"] => ({ "Pulumi.test.yaml": text });
export const rejectedInTest = otherStack(
  `config:
  slipway:releases:
    Web:
      digest: ${old}
      rejected:
        - digest: ${bad}
          why: it leaks
          by: ann@shop.example
          at: ${at}
`,
);
export const web = (record: object, more: object = {}): Differences => ({
  stack: { releases: { Web: record, "Shop.Api": { digest: old } }, ...more },
  files: otherStack("config: {}\n"),
});
export const promoted = (record: object, more: object = {}): Differences => ({
  stack: { releases: { Web: record }, promotion: { ...promotion, ...more } },
  files: otherStack("config: {}\n"),
});
export const weekend = { from: "Fri 18:00", to: "Mon 08:00", zone: "UTC", why: "weekend" };
export const saturday = new Date("2026-11-21T12:00:00Z");
export const override = { by: "ann@shop.example", at: "2026-11-21T11:00:00Z", why: "it burns" };
export const frozen = (record: object): Differences => ({
  ...web(record, { freeze: [weekend] }),
  now: saturday,
});
export const window = "Fri 18:00 to Mon 08:00 (UTC): weekend";

export const next = (record: object) => ({
  digest: old,
  slot: "a",
  next: { ...record, strategy: "blueGreen", step: "beside" },
});
export const whoRejected = `allowed: a version that is not rejected: ann@shop.example rejected this one in`;
export const promote = "slipway promote Web --from test --to uat";

/** Line numbers in the generated file of stack `uat` are meaningless. */
export const withoutLine = (text: string) => text.replace(/^(Pulumi\.uat\.yaml):\d+ /, "$1 ");
