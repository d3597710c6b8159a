import type * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import { createHash } from "node:crypto";
import {
  containerSecurity,
  defaultUser,
  literal,
  podSecurity,
  quietPod,
  smallResources,
  smallScratch,
} from "../shared/pod";
import { script } from "../shared/shell";
import { addressOf, queryLines, type Query, type QueryFacts } from "./query";
import { askedAs, type AppSpec } from "./spec";
import { containerResources } from "./workload";
import type { ReleaseCheck } from "./release-check";

type JobSpec = k8s.types.input.batch.v1.JobSpec;
type EnvVar = k8s.types.input.core.v1.EnvVar;

/** What a check's Job is made from. */
export interface CheckArgs {
  /** Requests and their expected responses. */
  check: ReleaseCheck;
  /** The project's spec: its port, its host name, and the user and resources of its container. */
  spec: AppSpec;
  /** Service account of the project. */
  account: string;
  /** Labels of the Job's pod, which must not be those of the project's pods. */
  labels: Record<string, string>;
  /** Service of the same namespace that routes to the version in question and to nothing else. */
  service: string;
  /** Image with a busybox, by digest; a check of kind `job` may name its own image. */
  probeImage: string;
  /** Address of the stack's Prometheus, `http://host:port`. @default none: queries are not asked */
  prometheus?: string;
  /** Values for the placeholders of queries. */
  facts: { apply: <T>(then: (facts: QueryFacts) => T) => pulumi.Input<T> };
  /** Tag of the version, from its record. @default not known: `TAG` is not set */
  tag?: string;
  /** Commit of the version, from its record. @default not known: `COMMIT` is not set */
  commit?: string;
  /** Name of the Secret to pull the image with. @default none: the registry is open to its nodes */
  pullSecret?: string;
}

/** Seconds that a node may take to pull the image of a check. */
const pullSeconds = 120;

/** `activeDeadlineSeconds` of a check's Job. */
export const checkDeadline = (check: ReleaseCheck): number =>
  check.timeout + (check.kind === "job" ? 0 : (check.for ?? 0)) + pullSeconds;

/** A check's questions to Prometheus. */
export const queriesOf = (check: ReleaseCheck | undefined): readonly Query[] =>
  check === undefined || check.kind === "job" ? [] : (check.query ?? []);

/**
 * Eight hex digits: the same version with the same check has the same Job, which passes once for good. A measurement depends on
 * the amount of traffic, so queries run again for each `share` of it.
 */
export function checkHash(version: string, check: ReleaseCheck, share?: number): string {
  const entries = Object.entries(check).sort(([a], [b]) => (a < b ? -1 : 1));
  const measured = share !== undefined && queriesOf(check).length > 0;
  const text = JSON.stringify([version, entries, ...(measured ? [share] : [])]);
  return createHash("sha256").update(text).digest("hex").slice(0, 8);
}

/** Spec of a check's Job. It has no retries: the next update runs a failed one again. */
export function checkJobSpec(args: CheckArgs): JobSpec {
  const { check, spec, account, labels, probeImage, pullSecret } = args;
  const own = check.kind === "job" && check.image !== undefined;
  const user = own ? spec.runAsUser : defaultUser;
  return {
    backoffLimit: 0,
    activeDeadlineSeconds: checkDeadline(check),
    template: {
      metadata: { labels },
      spec: {
        ...quietPod,
        restartPolicy: "Never",
        serviceAccountName: account,
        securityContext: podSecurity(user, []),
        ...(pullSecret === undefined ? {} : { imagePullSecrets: [{ name: pullSecret }] }),
        containers: [
          {
            name: "check",
            image: (own ? check.image : undefined) ?? probeImage,
            command:
              check.kind === "job"
                ? check.command.map(literal)
                : ["/bin/busybox", "sh", "-c", script("components/app/ask.sh")],
            env:
              check.kind === "job"
                ? knowledge(args)
                : [...question(args, check), ...measured(args, check)],
            resources: own ? containerResources(spec) : smallResources,
            securityContext: containerSecurity,
            volumeMounts: [{ name: "scratch", mountPath: "/tmp" }],
          },
        ],
        volumes: [
          {
            name: "scratch",
            emptyDir: { sizeLimit: own ? spec.resources.limits.storage : smallScratch },
          },
        ],
      },
    },
  };
}

function question(args: CheckArgs, check: Exclude<ReleaseCheck, { kind: "job" }>): EnvVar[] {
  const { service, spec } = args;
  const timeout = { PATIENCE: String(check.timeout), FOR: check.for && String(check.for) };
  if (check.kind === "query") return variables(timeout);
  return variables({
    HOST: service,
    PORT: String(spec.port),
    HOST_NAME: askedAs(spec),
    QUESTION: check.path,
    STATUS: String(check.status),
    ...timeout,
    BODY: check.body,
    VERSION: check.version === undefined ? undefined : args[check.version],
  });
}

function measured({ prometheus, facts }: CheckArgs, check: ReleaseCheck): EnvVar[] {
  const queries = queriesOf(check);
  if (queries.length === 0 || prometheus === undefined) return [];
  const { host, port } = addressOf(prometheus);
  return variables({
    PROMETHEUS_HOST: host,
    PROMETHEUS_PORT: String(port),
    QUERIES: facts.apply((known) => literal(queryLines(queries, prometheus, known))),
  });
}

function knowledge({ service, spec, facts, tag, commit }: CheckArgs): EnvVar[] {
  return variables({
    TARGET: `http://${service}:${spec.port}`,
    DIGEST: facts.apply(({ digest }) => digest),
    TAG: tag,
    COMMIT: commit,
  });
}

const variables = (values: Record<string, pulumi.Input<string> | 0 | undefined>): EnvVar[] =>
  Object.entries(values).flatMap(([name, value]) =>
    value === undefined || value === 0
      ? []
      : [{ name, value: typeof value === "string" ? literal(value) : value }],
  );
