import { bytes, cpu, dnsLabel, flag, mapping, whole } from "../shared/config/fields";

/** Keys of a stack about the namespace of its projects. */
export const namespaceConfig = {
  system: dnsLabel("the system, the first part of the namespace", 30),
  quota: mapping({
    cpu: cpu.default("32"),
    memory: bytes.default("64Gi"),
    pods: whole(1, 100000, "a number of pods").default(300),
    volumes: whole(0, 100000, "a number of volumes").default(50),
  }).prefault({}),
  storage: mapping({
    class: dnsLabel("a storage class").optional(),
    keep: flag("whether volumes outlive their projects").default(true),
  }).prefault({}),
};
