import assert from "node:assert/strict";
import { MachineRoom, type Roles } from "../support/machine-room";
import { changes } from "../support/program";

const roles: Roles = {
  ...{ t01: "control-plane", t02: "control-plane", t03: "control-plane" },
  t04: "worker",
};

/** A machine room from nothing, by the program and the engine as they ship, on hosts that only SSH leads to. */
describe("a machine room", function () {
  this.timeout(1_800_000);
  let room: MachineRoom;

  before(async () => {
    room = await MachineRoom.start("room", roles);
  });
  after(async () => {
    await room.stop();
  });

  it("becomes a cluster of all its machines by one update", async () => {
    await room.program.up();
    const nodes = await room.kubectl("t01", "get", "nodes", "-o", "name");
    assert.deepEqual(nodes.split("\n"), ["node/t01", "node/t02", "node/t03", "node/t04"]);
  });

  it("has nothing to be done the second time", async () => {
    assert.deepEqual(changes(await room.program.up()), []);
  });
});
