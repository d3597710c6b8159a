import * as assert from "node:assert/strict";
import type { UnitContext } from "../../../../sandbox/cluster/context";
import { identities, users } from "../../../../sandbox/cluster/pki/identities";
import { hostPorts } from "../../../../sandbox/cluster/ports";
import { renderUnits, specify } from "../../../../sandbox/cluster/specification";
import { startOrder } from "../../../../sandbox/cluster/supervisor/supervisor";
import { Unit } from "../../../../sandbox/cluster/unit";
import { isolated, layout, modes, plain, unitOf } from "../../../support/sandbox-units";

describe("units of the sandbox", () => {
  for (const [mode, context] of Object.entries(modes)) {
    const units = renderUnits(context);

    it(`can be started in some order (${mode})`, () => {
      assert.equal(startOrder(units).length, units.length);
      assert.deepEqual(startOrder(units)[0]?.name, "etcd");
    });

    it(`say nothing but what a unit may say (${mode})`, () => {
      for (const unit of specify(layout, units, "").units) Unit.parse(unit);
    });

    it(`have their files below the state, each but once (${mode})`, () => {
      const files = units.flatMap((unit) => unit.files ?? []).map(({ path }) => path);
      assert.deepEqual(
        files.filter((path) => !path.startsWith("/state/")),
        [],
      );
      assert.equal(new Set(files).size, files.length);
    });

    it(`name only certificates and kubeconfigs that are made (${mode})`, () => {
      const text = JSON.stringify(units);
      const made = new Set([
        ...["ca", "etcd-ca", "front-proxy-ca", "service-account"],
        ...identities.map(({ name }) => name),
      ]);
      const named = [...text.matchAll(/\/state\/pki\/([a-z-]+)\.(?:crt|key|pub)/g)];
      assert.ok(named.length > 20);
      for (const [, name = ""] of named) assert.ok(made.has(name), name);
      const people = new Set(users.map(({ name }) => name));
      for (const [, name = ""] of text.matchAll(/\/state\/kubeconfig\/([a-z-]+)\.yaml/g)) {
        assert.ok(people.has(name), name);
      }
    });

    it(`hold no secret (${mode})`, () => {
      assert.doesNotMatch(JSON.stringify(units), /PRIVATE KEY|client-key-data|password/);
    });
  }

  it("are, without a real node, those that an ordinary user can run", () => {
    assert.deepEqual(
      renderUnits(plain).map(({ name }) => name),
      [
        ...["etcd", "registry", "kube-apiserver", "objects"],
        ...["kube-controller-manager", "kube-scheduler", "kwok"],
      ],
    );
  });

  it("listen on the loopback only, where they are not in a network of their own", () => {
    const text = JSON.stringify(renderUnits(plain));
    assert.doesNotMatch(text, /0\.0\.0\.0/);
    assert.match(text, /--bind-address=127\.0\.0\.1/);
    assert.doesNotMatch(text, /\/run\/|\/var\//);
  });

  it("are another revision when anything that they read is another", () => {
    const revision = (context: UnitContext, certificates = "c") =>
      specify(layout, renderUnits(context), certificates).revision;
    assert.equal(revision(isolated), revision(isolated));
    const others = [
      revision(plain),
      revision(isolated, "d"),
      revision({ ...isolated, mayLowerOomScore: false }),
      revision({ ...isolated, binary: (name) => `/other/${name}` }),
    ];
    assert.equal(new Set([revision(isolated), ...others]).size, 5);
  });

  it("show API server, registry and the node's web ports on the host's loopback, and nothing else", () => {
    const { files = [], command } = unitOf("gateway");
    const [{ path, text } = assert.fail("no configuration")] = files;
    assert.equal(command.at(-1), path);
    const doors = /bind (\S+) namespace host\n {4}server inside (\S+)/g;
    assert.deepEqual(
      [...text.matchAll(doors)].map(([, host, inside]) => `${host} ${inside}`),
      [
        "127.0.0.1:20001 127.0.0.1:20001",
        "127.0.0.1:20002 127.0.0.1:20002",
        "127.0.0.1:20003 10.240.0.1:80",
        "127.0.0.1:20009 10.240.0.1:443",
      ],
    );
    assert.equal(text.match(/bind/g)?.length, hostPorts.length);
  });
});
