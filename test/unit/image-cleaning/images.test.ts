import assert from "node:assert/strict";
import { linesOf } from "../../../src/cli/commands/images";
import { choresOf, verdictsOn } from "../../../src/image-cleaning/decide";
import { digestsOf } from "../../../src/image-cleaning/history";
import {
  choresCommand,
  isIdle,
  parseImages,
  type MachineImage,
} from "../../../src/image-cleaning/on-machine";
import { play } from "../../support/shell";

const digest = (letter: string): string => `sha256:${letter.repeat(64)}`;
const registry = "harbor:8080";
const ours = { registry, repositories: new Set(["back/shop.api"]) };

/** As containerd 2.2 prints it. */
const printed = `REF TYPE DIGEST SIZE PLATFORMS LABELS
harbor:8080/back/shop.api:v1 application/vnd.oci.image.manifest.v1+json ${digest("a")} 95.1 MiB linux/amd64 io.cri-containerd.image=managed
harbor:8080/back/shop.api@${digest("a")} application/vnd.oci.image.manifest.v1+json ${digest("a")} 95.1 MiB linux/amd64 io.cri-containerd.image=managed,io.cri-containerd.pinned=pinned
harbor:8080/back/shop.api@${digest("b")} application/vnd.oci.image.manifest.v1+json ${digest("b")} 95.2 MiB linux/amd64 io.cri-containerd.image=managed
${digest("c")} application/vnd.oci.image.manifest.v1+json ${digest("c")} 95.3 MiB linux/amd64 io.cri-containerd.image=managed
harbor:8080/back/shop.api@${digest("c")} application/vnd.oci.image.manifest.v1+json ${digest("c")} 95.3 MiB linux/amd64 io.cri-containerd.image=managed
registry.k8s.io/pause:3.10.2 application/vnd.docker.distribution.manifest.list.v2+json ${digest("d")} 1.0 KiB linux/amd64,linux/arm64 io.cri-containerd.pinned=pinned
--
CONTAINER    IMAGE    RUNTIME
0123abc    ${digest("c")}    io.containerd.runc.v2
4567def    registry.k8s.io/pause:3.10.2    io.containerd.runc.v2
`;

describe("images on a machine", () => {
  const images = parseImages(printed);

  it("are one each, whatever they are called", () => {
    assert.deepEqual(
      images.map(({ digest: of, names, size, pinned, used }) => [
        of[7],
        names.length,
        size,
        pinned,
        used,
      ]),
      [
        ["a", 2, "95.1 MiB", true, false],
        ["b", 1, "95.2 MiB", false, false],
        ["c", 2, "95.3 MiB", false, true],
        ["d", 1, "1.0 KiB", true, true],
      ],
    );
  });

  const cases: [string, Record<string, string[]>, Record<string, string>][] = [
    ["nothing is in any history", {}, { a: "unneeded", b: "unneeded", c: "used" }],
    ["one is in a history", { [digest("a")]: ["uat"] }, { a: "kept", b: "unneeded", c: "used" }],
    [
      "all are",
      { [digest("a")]: ["uat"], [digest("b")]: ["prod"], [digest("c")]: ["prod", "uat"] },
      { a: "kept", b: "kept", c: "kept" },
    ],
  ];
  for (const [title, history, expected] of cases) {
    it(`are kept or removed when ${title}; others' are ignored`, () => {
      const verdicts = verdictsOn(images, ours, new Map(Object.entries(history)));
      const states = verdicts.map(({ image, state }) => [image.digest[7], state]);
      assert.deepEqual(Object.fromEntries(states), expected);
    });
  }

  it("of another registry are ignored, whatever their path is", () => {
    const foreign: MachineImage = {
      digest: digest("e"),
      size: "1 B",
      pinned: false,
      used: false,
      names: ["elsewhere/back/shop.api:v1"],
    };
    assert.deepEqual(verdictsOn([foreign], ours, new Map()), []);
  });

  it("are pinned, unpinned and removed under all their names, and nothing is done twice", () => {
    const history = new Map([[digest("b"), ["uat"]]]);
    const chores = choresOf(verdictsOn(images, ours, history));
    const name = `${registry}/back/shop.api`;
    assert.deepEqual(chores, {
      pin: [`${name}@${digest("b")}`],
      unpin: [],
      remove: [`${name}:v1`, `${name}@${digest("a")}`],
    });
    const { calls } = play(choresCommand({ ...chores, unpin: ["other"] }), { ctr: "" });
    assert.deepEqual(
      calls.map((call) => call.replace("ctr --namespace k8s.io images ", "")),
      [
        `label ${name}@${digest("b")} io.cri-containerd.pinned=pinned`,
        "label other io.cri-containerd.pinned=",
        ...[`rm ${name}:v1`, `rm ${name}@${digest("a")}`],
      ],
    );
    const done = images.map((image) => ({ ...image, pinned: image.digest === digest("b") }));
    const rest = done.filter(({ digest: of }) => of !== digest("a"));
    assert.ok(isIdle(choresOf(verdictsOn(rest, ours, history))));
  });

  it("are one line each", () => {
    const verdicts = verdictsOn(images, ours, new Map([[digest("a"), ["uat"]]]));
    assert.deepEqual(linesOf([{ machine: "w01", verdicts }])[0], {
      machine: "w01",
      image: "back/shop.api",
      digest: digest("a"),
      size: "95.1 MiB",
      state: "kept",
      stacks: ["uat"],
    });
  });
});

describe("digests of an update's records", () => {
  const cases: [string, unknown, string[]][] = [
    ["none", undefined, []],
    ["what runs", { Shop: { digest: digest("a") } }, [digest("a")]],
    [
      "what is being rolled out",
      {
        Shop: {
          digest: digest("a"),
          next: { digest: digest("b"), strategy: "rolling", step: "switch" },
        },
      },
      [digest("a"), digest("b")],
    ],
    ["what was removed", { Shop: { digest: digest("a"), removed: true } }, [digest("a")]],
    ["what is no record", { Shop: "?", Other: { digest: digest("b") } }, [digest("b")]],
  ];
  for (const [title, releases, expected] of cases) {
    it(`are those of ${title}`, () => {
      assert.deepEqual(digestsOf(releases), expected);
    });
  }
});
