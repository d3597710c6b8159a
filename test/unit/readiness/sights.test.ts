import assert from "node:assert/strict";
import { Refusal } from "../../../src/kubernetes/api";
import { sightsOf } from "../../../src/readiness/sights";
import { signsOf } from "../../../src/readiness/signs";
import { fakeApi } from "../../support/api";

describe("a Job that gets no pod", () => {
  const quota = 'pods "web--check-1" is forbidden: exceeded quota: tiny';
  const metadata = { name: "web--check", namespace: "shop-uat", uid: "7", labels: { app: "web" } };
  const asked: string[] = [];
  const look = async (
    { pods = [], events = [{ message: quota }] }: { pods?: object[]; events?: object[] | Refusal },
    closer = true,
  ) => {
    asked.length = 0;
    const api = fakeApi({
      list: (path: string, { fieldSelector = "" }: Record<string, string>) => {
        asked.push(path);
        if (path.endsWith("/jobs")) return Promise.resolve([{ metadata, spec: {}, status: {} }]);
        if (path.endsWith("/pods")) return Promise.resolve(pods);
        if (!path.endsWith("/events")) return Promise.resolve([]);
        assert.equal(fieldSelector, "involvedObject.uid=7,reason=FailedCreate");
        return events instanceof Refusal ? Promise.reject(events) : Promise.resolve(events);
      },
    });
    const wanted = { kind: "Job", namespace: "shop-uat", name: "web--check", app: "web" } as const;
    const [sight] = await sightsOf(api, [wanted], closer);
    assert.ok(sight?.live !== undefined);
    return { refused: sight.refused, signs: signsOf(sight.live, sight.pods, sight.refused) };
  };

  it("is known by the events that its controller writes", async () => {
    const { refused, signs } = await look({
      events: [
        { message: quota, lastTimestamp: "2026-12-01T04:00:02Z" },
        { message: "older", lastTimestamp: "2026-12-01T04:00:01Z" },
      ],
    });
    assert.equal(refused, quota);
    assert.deepEqual(signs, [{ name: "Forbidden", text: quota }]);
  });

  it("may get one the next time, where a webhook does not answer", async () => {
    const { signs } = await look({ events: [{ message: "failed calling webhook: no endpoints" }] });
    assert.deepEqual(signs, []);
  });

  for (const [what, given, closer] of [
    [
      "has one by now",
      { pods: [{ metadata: { ownerReferences: [{ uid: "7" }], labels: {} } }] },
      true,
    ],
    ["is not looked at closer", {}, false],
  ] as const)
    it(`is not asked about where it ${what}`, async () => {
      assert.equal(
        (await look({ pods: [...("pods" in given ? given.pods : [])] }, closer)).refused,
        undefined,
      );
      assert.ok(!asked.some((path) => path.endsWith("/events")));
    });

  it("is not asked about where nobody may see events", async () => {
    assert.equal((await look({ events: new Refusal(403, "no") })).refused, undefined);
  });
});
