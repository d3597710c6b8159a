import type { Strategy } from "../../components/app/rollout";
import type { AppSpec } from "../../components/app/spec";
import { declareApp } from "./declared-app";
import type { Recorded } from "./record";
import type { AppArgs } from "../../components/app/args";

/** An image by a digest of one letter. */
const ref = (letter: string) => `harbor:8080/back/shop.api@sha256:${letter.repeat(64)}`;
/** The serving version, and the released one. */
export const [live, next] = [ref("1"), ref("2")];
export const probeImage = `harbor:8080/tools/busybox@sha256:${"c".repeat(64)}`;
export const check = {
  kind: "http",
  path: "/healthz",
  status: 200,
  timeout: 30,
} as const satisfies AppSpec["check"];
const exposed: Partial<AppSpec> = { expose: "ingress", hosts: ["shop.example"], replicas: 4 };

export const canary: Strategy = {
  kind: "canary",
  steps: [{ weight: 0 }, { weight: 25 }],
  header: { name: "X-Try", value: "yes" },
  cookie: "try",
};
export const blueGreen: Strategy = { kind: "blueGreen", form: "switch" };
export const halves: Strategy = { kind: "blueGreen", form: "halves" };
export const rolling: Strategy = { kind: "rolling" };

/** Declares an App behind an Ingress with the serving version's image. */
export async function declareReleased(
  change: Partial<AppSpec>,
  more: Partial<AppArgs> = {},
): Promise<Recorded[]> {
  return await declareApp({ ...exposed, ...change }, { image: { ref: live }, probeImage, ...more });
}
