import * as assert from "node:assert/strict";
import * as fc from "fast-check";
import { render, type Rendering } from "../../../../sandbox/ingress/haproxy";
import { buildModel, wholeShare } from "../../../../sandbox/ingress/model";
import {
  changesFor,
  isDone,
  isDraining,
  parseWorker,
  type Worker,
} from "../../../../sandbox/ingress/runtime";
import {
  cluster,
  ingress,
  nginx,
  service,
  slice,
  type Pod,
} from "../../../support/ingress-objects";

/** What HAProxy 2.6 answered. */
const texts = {
  info: "Name: HAProxy\nPid: 42\nnode: vm\ndescription: slipway 0123456789ab\n",
  backends: "# name\nshop:web:web:80\nshop:canary:beta:80\nempty\n",
  servers: [
    "1",
    "# be_id be_name srv_id srv_name srv_addr srv_op_state srv_admin_state srv_uweight srv_iweight srv_time_since_last_change srv_check_status srv_check_result srv_check_health srv_check_state srv_agent_state bk_f_forced_id srv_f_forced_id srv_fqdn srv_port srvrecord srv_use_ssl srv_check_port srv_check_addr srv_agent_addr srv_agent_port",
    "2 shop:web:web:80 1 web-1 10.0.0.1 2 0 1 1 19 1 0 2 0 0 0 0 - 8080 - 0 0 - - 0",
    "2 shop:web:web:80 2 web-2 10.0.0.2 0 1 1 1 19 1 0 2 0 0 0 0 - 8081 - 0 0 - - 0",
    "3 shop:canary:beta:80 1 main:web-1 10.0.0.1 2 0 1 1 19 6 3 3 6 0 0 0 - 8080 - 0 0 - - 0",
  ].join("\n"),
  shares: "0x55a4144ed0d0 shop:canary:beta:80 500000\n",
};

describe("HAProxy's Runtime API", () => {
  it("tells what a worker has", () => {
    assert.deepEqual(parseWorker(texts), {
      ...{ pid: 42, structure: "0123456789ab" },
      servers: new Map([
        [
          "shop:web:web:80",
          new Map([
            ["web-1", { address: "10.0.0.1", port: 8080, maintenance: false }],
            ["web-2", { address: "10.0.0.2", port: 8081, maintenance: true }],
          ]),
        ],
        [
          "shop:canary:beta:80",
          new Map([["main:web-1", { address: "10.0.0.1", port: 8080, maintenance: false }]]),
        ],
        ["empty", new Map()],
      ]),
      shares: new Map([["shop:canary:beta:80", 500_000]]),
    });
  });

  const answers: [text: string, done: boolean, draining: boolean][] = [
    ["", true, false],
    ["New server registered.", true, false],
    ["Server deleted.", true, false],
    ["IP changed from '10.0.0.1' to '10.0.0.2' by 'stats socket command'", true, false],
    ["no need to change the addr, no need to change the port", true, false],
    ["Server still has connections attached to it, cannot remove it.", false, true],
    ["No such server.", false, false],
    ["Proxy is disabled.", false, false],
  ];
  for (const [text, done, draining] of answers) {
    it(`understands ${JSON.stringify(text)}`, () => {
      assert.deepEqual([isDone(text), isDraining(text)], [done, draining]);
    });
  }

  const server = (name: string, address: string, checked = false) => ({
    ...{ name, address, port: 80, checked },
    arguments: `${address}:80${checked ? " check" : ""}`,
  });
  const running = (servers: Record<string, [address: string, maintenance: boolean]>): Worker => ({
    ...{ pid: 1, structure: "" },
    servers: new Map([
      [
        "b",
        new Map(
          Object.entries(servers).map(([name, [address, maintenance]]) => [
            name,
            { address, port: 80, maintenance },
          ]),
        ),
      ],
    ]),
    shares: new Map([["c", 0]]),
  });
  const wanted = (
    servers: ReturnType<typeof server>[],
    shares: [string, number][] = [],
  ): Rendering => ({
    ...{ files: {}, structure: "", servers: new Map([["b", servers]]), shares: new Map(shares) },
  });
  const cases: [title: string, worker: Worker, wanted: Rendering, commands: string[]][] = [
    ["nothing to do", running({ x: ["1.1.1.1", false] }), wanted([server("x", "1.1.1.1")]), []],
    [
      "a pod more",
      running({}),
      wanted([server("x", "1.1.1.1")]),
      ["add server b/x 1.1.1.1:80", "set server b/x state ready"],
    ],
    [
      "a pod more that is checked",
      running({}),
      wanted([server("x", "1.1.1.1", true)]),
      ["add server b/x 1.1.1.1:80 check", "enable health b/x", "set server b/x state ready"],
    ],
    [
      "a pod less",
      running({ x: ["1.1.1.1", false] }),
      wanted([]),
      ["set server b/x state maint", "del server b/x"],
    ],
    [
      "a pod less that was drained",
      running({ x: ["1.1.1.1", true] }),
      wanted([]),
      ["del server b/x"],
    ],
    [
      "a pod for another: the new one first",
      running({ x: ["1.1.1.1", false] }),
      wanted([server("y", "1.1.1.2")]),
      [
        ...["add server b/y 1.1.1.2:80", "set server b/y state ready"],
        ...["set server b/x state maint", "del server b/x"],
      ],
    ],
    [
      "a pod that is ready again before it was deleted",
      running({ x: ["1.1.1.1", true] }),
      wanted([server("x", "1.1.1.1")]),
      ["set server b/x state ready"],
    ],
    [
      "a pod of the same name elsewhere",
      running({ x: ["1.1.1.1", true] }),
      wanted([server("x", "1.1.1.2")]),
      ["set server b/x addr 1.1.1.2 port 80", "set server b/x state ready"],
    ],
    ["a weight", running({}), wanted([], [["c", 10_000]]), ["set map weights.map c 10000"]],
    ["a canary that is not known yet", running({}), wanted([], [["d", 1]]), []],
  ];
  for (const [title, worker, rendering, commands] of cases) {
    it(`is asked for ${title}`, () => {
      assert.deepEqual(
        changesFor(worker, rendering).flatMap((change) => change.commands),
        commands,
      );
    });
  }

  it("brings any worker where it should be, over ready pods only", () => {
    const conditions = fc.record({
      ready: fc.boolean(),
      serving: fc.boolean(),
      terminating: fc.boolean(),
    });
    const pods = fc.uniqueArray(fc.record({ number: fc.integer({ min: 1, max: 9 }), conditions }), {
      selector: ({ number }) => number,
      maxLength: 6,
    });
    const state = fc.record({ web: pods, beta: pods, weight: fc.integer({ min: 0, max: 120 }) });
    fc.assert(
      fc.property(state, state, (first, second) => {
        const [before, after] = [first, second].map(renderingOf) as [Rendering, Rendering];
        const worker = started(before);
        assert.equal(before.structure, after.structure);
        for (const { commands } of changesFor(worker, after)) {
          for (const command of commands) obey(worker, command);
        }
        assert.deepEqual(changesFor(worker, after), []);
        assert.deepEqual(worker.shares, after.shares);
        for (const share of after.shares.values()) assert.ok(share >= 0 && share <= wholeShare);
        assertOnlyReady(second, after);
      }),
    );
  });
});

interface State {
  web: { number: number; conditions: NonNullable<Pod["conditions"]> }[];
  beta: State["web"];
  weight: number;
}

function renderingOf({ web, beta, weight }: State): Rendering {
  const podsOf = (name: string, pods: State["web"]): Pod[] =>
    pods.map(({ number, conditions }) => ({
      ...{ name: `${name}-${number}`, address: `10.0.0.${number}`, conditions },
    }));
  const annotations = nginx({ canary: "true", "canary-weight": `${weight}` });
  const objects = cluster({
    services: [service("web"), service("beta")],
    endpointSlices: [slice("web", podsOf("web", web)), slice("beta", podsOf("beta", beta))],
    ingresses: [
      ingress("web", { service: "web" }),
      ingress("canary", { service: "beta" }, annotations),
    ],
  });
  return render(buildModel(objects, []), [], { port: 8080 });
}

/** A worker just started with a configuration. */
function started({ structure, servers, shares }: Rendering): Worker {
  const known = [...servers].map(([backend, all]) => {
    const entries = all.map(({ name, address, port }) => [
      ...[name, { address, port, maintenance: false }],
    ]);
    return [
      backend,
      new Map(entries as [string, { address: string; port: number; maintenance: boolean }][]),
    ] as const;
  });
  return { pid: 1, structure, servers: new Map(known), shares: new Map(shares) };
}

/** Does as HAProxy does when it is told to. */
function obey(worker: Worker, command: string): void {
  const words = command.split(" ");
  if (command.startsWith("set map")) {
    worker.shares.set(words[3] ?? "", Number(words[4]));
    return;
  }
  const [backend = "", name = ""] = (words[2] ?? "").split("/");
  const servers = worker.servers.get(backend);
  assert.ok(servers, command);
  const known = servers.get(name);
  if (words[0] === "add") {
    assert.equal(known, undefined, command);
    const [address = "", port] = (words[3] ?? "").split(":");
    servers.set(name, { address, port: Number(port), maintenance: true });
    return;
  }
  assert.ok(known, command);
  if (words[0] === "del") {
    assert.ok(known.maintenance, command);
    servers.delete(name);
  } else if (words[3] === "state") {
    known.maintenance = words[4] === "maint";
  } else if (words[3] === "addr") {
    known.address = words[4] ?? "";
    known.port = Number(words[6]);
  }
}

/** Ready pods, or those that serve to the end while none is ready. */
function assertOnlyReady({ web, beta }: State, { servers }: Rendering): void {
  const usable = (name: string, pods: State["web"]): string[] => {
    const ready = pods.filter(({ conditions }) => conditions.ready && !conditions.terminating);
    const last = pods.filter(({ conditions }) => conditions.serving && conditions.terminating);
    return (ready.length > 0 ? ready : last).map(({ number }) => `${name}-${number}`).sort();
  };
  const names = (backend: string) => servers.get(backend)?.map(({ name }) => name);
  assert.deepEqual(names("shop:web:web:80"), usable("web", web));
  assert.deepEqual(names("shop:canary:beta:80"), [
    ...usable("beta", beta),
    ...usable("web", web).map((name) => `main:${name}`),
  ]);
}
