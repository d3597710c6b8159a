import assert from "node:assert/strict";
import { setImmediate as turn } from "node:timers/promises";
import { bounded } from "../../../../components/shared/system/bounded";

describe("work on many things at once", () => {
  const items = [...Array(20).keys()];

  it("is done a few at a time, and comes back in their order", async () => {
    let [now, most] = [0, 0];
    const results = await bounded(items, 3, async (item) => {
      most = Math.max(most, (now += 1));
      // The first ones take longest.
      for (let wait = items.length - item; wait > 0; wait--) await turn();
      now -= 1;
      return item * 2;
    });
    assert.deepEqual(
      results,
      items.map((item) => item * 2),
    );
    assert.equal(most, 3);
  });

  it("ends with the first failure, and begins nothing after it", async () => {
    const begun: number[] = [];
    const work = bounded(items, 2, async (item) => {
      begun.push(item);
      await turn();
      if (item === 1) throw new Error("no");
    });
    await assert.rejects(work, /no/);
    await turn();
    assert.ok(begun.length <= 4, begun.join());
  });

  it("is nothing where there is nothing", async () => {
    assert.deepEqual(await bounded([], 2, () => Promise.reject(new Error())), []);
  });
});
