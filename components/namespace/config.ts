import { bytes, cpu, dnsLabel, flag, mapping, whole } from "../shared/config/fields";
import { explanations } from "../shared/config/explained";

/** Stack keys for the namespace of its projects. */
export const namespaceConfig = {
  system: dnsLabel("the system, the first part of the namespace", 30).register(explanations, {
    purpose: "Name of the platform: the namespace is `<system>-<stack>`",
    example: "slipway:system: sjzy",
    otherwise: "required",
  }),
  quota: mapping({
    cpu: cpu.default("32"),
    memory: bytes.default("64Gi"),
    pods: whole(1, 100000, "a number of pods").default(300),
    volumes: whole(0, 100000, "a number of volumes").default(50),
  })
    .prefault({})
    .register(explanations, {
      purpose:
        "What all pods of the namespace may request together; `preview` reports what does not fit. A stack without this key has a quota too",
      example: "slipway:quota: { cpu: 64, memory: 128Gi, pods: 500, volumes: 80 }",
    }),
  storage: mapping({
    class: dnsLabel("a storage class").optional(),
    keep: flag("whether volumes outlive their projects").default(true),
  })
    .prefault({})
    .register(explanations, {
      purpose:
        "Class of the volumes, and whether they outlive their projects. With `keep` no update deletes one",
      example: "slipway:storage: { class: fast, keep: true }",
    }),
};
