import type * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import { createHash } from "node:crypto";
import {
  containerSecurity,
  defaultUser,
  podSecurity,
  quietPod,
  smallResources,
} from "../shared/pod";
import type { AppSpec } from "./spec";

type JobSpec = k8s.types.input.batch.v1.JobSpec;
type EnvVar = k8s.types.input.core.v1.EnvVar;

/** What a new version must show before any traffic reaches it. Asked in the cluster, by a Job. */
export type ReleaseCheck =
  /** A GET that must be answered as said. Asked again every second until it is, or `timeout` is over. */
  | {
      kind: "http";
      /** Path with a query, if any: `/healthz`. */
      path: string;
      /** Status of the answer. */
      status: number;
      /** Text that the answer's body must contain. */
      body?: string;
      /** What of the release the answer's body must contain as well, so that no other version can pass for it. */
      version?: "tag" | "commit";
      /** Seconds. */
      timeout: number;
    }
  /** A container that must end with 0. Its environment says where to ask: `TARGET`, `DIGEST`, `TAG`, `COMMIT`. */
  | {
      kind: "job";
      /** Image by digest; the stack's `check.image` when left out. */
      image?: string;
      command: readonly string[];
      /** Seconds. */
      timeout: number;
    };

/** What a check's Job is made from. */
export interface CheckArgs {
  check: ReleaseCheck;
  spec: AppSpec;
  /** Service account of the project. */
  account: string;
  /** Labels of the Job's pod, which must not be those of the project's pods. */
  labels: Record<string, string>;
  /** Service of the same namespace that leads to the version in question and to nothing else. */
  service: string;
  /** Image with a busybox. */
  prober: string;
  /** The version: its image by digest, and what the record says of it. */
  image: pulumi.Output<string>;
  tag?: string;
  commit?: string;
  pullSecret?: string;
}

/** Seconds that a node may take to pull the image of a check. */
const pullSeconds = 120;

/** Seconds after which a check's Job is given up. */
export const checkDeadline = ({ timeout }: ReleaseCheck): number => timeout + pullSeconds;

/** Eight hex digits: the same version and the same check is the same Job, which has been passed for good. */
export function checkHash(version: string, check: ReleaseCheck): string {
  const entries = Object.entries(check).sort(([a], [b]) => (a < b ? -1 : 1));
  const text = JSON.stringify([version, entries]);
  return createHash("sha256").update(text).digest("hex").slice(0, 8);
}

/** Spec of the Job that asks. It asks once: what has failed is looked at, and asked again by the next update. */
export function checkJobSpec(args: CheckArgs): JobSpec {
  const { check, spec, account, labels, prober, pullSecret } = args;
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
            image: (own ? check.image : undefined) ?? prober,
            command: check.kind === "http" ? ["/bin/busybox", "sh", "-c", ask] : [...check.command],
            env: check.kind === "http" ? question(args, check) : facts(args),
            resources: own ? spec.resources : smallResources,
            securityContext: containerSecurity,
            volumeMounts: [{ name: "scratch", mountPath: "/tmp" }],
          },
        ],
        volumes: [{ name: "scratch", emptyDir: {} }],
      },
    },
  };
}

function question(args: CheckArgs, check: Extract<ReleaseCheck, { kind: "http" }>): EnvVar[] {
  const { service, spec } = args;
  const version = check.version === undefined ? undefined : args[check.version];
  return variables({
    HOST: service,
    PORT: String(spec.port),
    QUESTION: check.path,
    STATUS: String(check.status),
    PATIENCE: String(check.timeout),
    BODY: check.body,
    VERSION: version,
  });
}

function facts({ service, spec, image, tag, commit }: CheckArgs): EnvVar[] {
  return variables({
    TARGET: `http://${service}:${spec.port}`,
    DIGEST: image.apply((ref) => ref.slice(ref.indexOf("@") + 1)),
    TAG: tag,
    COMMIT: commit,
  });
}

const variables = (values: Record<string, pulumi.Input<string> | undefined>): EnvVar[] =>
  Object.entries(values).flatMap(([name, value]) => (value === undefined ? [] : [{ name, value }]));

/**
 * Asks by hand, for wget follows redirects, hides its answer's body behind any other status than 200, and differs from one
 * busybox to the next. The question waits in a pipe that is never closed: to some servers an end of input is a caller who
 * has gone. Asked with HTTP/1.0, so that no answer comes in chunks.
 */
const ask = `
started=$(/bin/busybox date +%s)
busybox() { /bin/busybox "$@"; }
once() {
  busybox rm -f /tmp/pipe
  busybox mkfifo /tmp/pipe
  exec 3<>/tmp/pipe
  printf 'GET %s HTTP/1.0\\r\\nHost: %s:%s\\r\\nUser-Agent: slipway-check\\r\\nAccept: */*\\r\\nConnection: close\\r\\n\\r\\n' "$QUESTION" "$HOST" "$PORT" >&3
  : >/tmp/answer
  busybox timeout 5 /bin/busybox nc "$HOST" "$PORT" </tmp/pipe >/tmp/answer 2>/tmp/error
  exec 3>&-
  read -r protocol status rest </tmp/answer
  status=$(printf %s "$status" | busybox tr -d '\\r')
  busybox sed '1,/^.\\{0,1\\}$/d' /tmp/answer >/tmp/body
  if [ -z "$status" ]; then found="no answer: $(busybox head -c 200 /tmp/error)"; return 1; fi
  found="status $status"
  [ "$status" = "$STATUS" ] || { found="$found instead of $STATUS"; return 1; }
  for wanted in "\${BODY-}" "\${VERSION-}"; do
    [ -z "$wanted" ] || busybox grep -qF -- "$wanted" /tmp/body || { found="$found, but a body without \\"$wanted\\""; return 1; }
  done
}
until once; do
  if [ $(($(/bin/busybox date +%s) - started)) -ge "$PATIENCE" ]; then
    echo "check failed: GET http://$HOST:$PORT$QUESTION: $found"
    busybox head -c 1000 /tmp/body
    exit 1
  fi
  busybox sleep 1
done
echo "check passed: GET http://$HOST:$PORT$QUESTION: $found"
`.trim();
