import * as assert from "node:assert/strict";
import { projectTable } from "../../../src/cli/report";

describe("the table of projects", () => {
  it("has a line for each project: short digest, replicas ready, every URL", () => {
    const text = projectTable([
      {
        name: "Packet_Label",
        digest: `sha256:${"0123456789abcdef".repeat(4)}`,
        ready: 1,
        replicas: 2,
        urls: ["http://a.localhost:1/", "http://b.localhost:1/"],
      },
      { name: "SJZY.Package.Api", digest: "-", ready: 0, replicas: 0, urls: [] },
    ]);
    assert.equal(
      text,
      [
        "┌──────────────────┬─────────────────────┬───────┬───────────────────────┐",
        "│ project          │ image digest        │ ready │ URL                   │",
        "│ Packet_Label     │ sha256:0123456789ab │ 1/2   │ http://a.localhost:1/ │",
        "│                  │                     │       │ http://b.localhost:1/ │",
        "│ SJZY.Package.Api │ -                   │ 0/0   │                       │",
        "└──────────────────┴─────────────────────┴───────┴───────────────────────┘",
      ].join("\n"),
    );
  });
});
