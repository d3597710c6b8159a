import assert from "node:assert/strict";
import { Refusal } from "../../../src/kubernetes/api";
import { classesOf, classProblems } from "../../../src/status/storage-class";
import { fakeApi } from "../../support/api";

describe("the storage class of a stack", () => {
  const fast = { metadata: { name: "fast" } };
  const local = {
    metadata: {
      name: "local-path",
      annotations: { "storageclass.kubernetes.io/is-default-class": "true" },
    },
  };
  /** The error if the cluster has these classes. */
  async function said(
    classes: readonly object[] | Refusal,
    name: string | undefined,
    volumes: object = { data: {} },
  ): Promise<string[]> {
    const api = fakeApi({
      list: () => (classes instanceof Refusal ? Promise.reject(classes) : Promise.resolve(classes)),
    });
    const storage = { keep: true, ...(name === undefined ? {} : { class: name }) };
    const images = { projects: [{ spec: { volumes } }] } as never;
    const problems = classProblems(await classesOf(api), { stack: "uat", storage, images });
    return problems.map(({ path, allowed, fix }) => `${path ?? ""}: ${allowed}; ${fix ?? ""}`);
  }
  const allowed = "slipway:storage.class: a class of the cluster";

  const cases: [title: string, told: string[], ...given: Parameters<typeof said>][] = [
    ["is one that the cluster has", [], [fast, local], "fast"],
    ["is the cluster's default where none is named", [], [fast, local], undefined],
    [
      "is reported with the existing ones, and the one that was meant, when it does not exist",
      [`${allowed}: fast, local-path; \`slipway:storage: { class: fast }\``],
      [local, fast],
      "fsat",
    ],
    [
      "has to be named where none is the default",
      [`${allowed}, because none is its default: fast; \`slipway:storage: { class: fast }\``],
      [fast],
      undefined,
    ],
    [
      "has to be there at all",
      [
        `${allowed}, because none is its default; it has none; give the cluster one: volumes come from it`,
      ],
      [],
      undefined,
    ],
    ["does not matter without volumes", [], [], "fsat", {}],
    ["is not judged where nobody may list them", [], new Refusal(403, "no"), "fsat"],
  ];
  for (const [title, told, ...given] of cases) {
    it(title, async () => {
      assert.deepEqual(await said(...given), told);
    });
  }
});
