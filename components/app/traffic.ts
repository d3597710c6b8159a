import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { selectorLabels } from "../shared/labels";
import type { NextRelease } from "./app";
import { sharesByEdge } from "./edge";
import { checkDeadline, checkHash, checkJobSpec } from "./check";
import type { Dependencies, Frame, Version } from "./frame";
import { canaryAnnotations, checkPolicySpec, ingressSpec, type Route } from "./network";
import { pullSpec } from "./pull";
import { podsOf } from "./query";
import { otherSlot, type Slot } from "./rollout";
import { serviceSpec } from "./workload";

/** Seconds that all nodes together may take to pull an image. */
const pullPatience = 600;

/** The new image on every node, before anything else of the release. */
export function declarePull(frame: Frame, coming: Version | undefined): void {
  const { prober, registry, rollouts } = frame.args;
  if (frame.layout.pull !== true || coming === undefined || prober === undefined) return;
  const metadata = frame.helperMetadata("pull");
  const { labels } = metadata;
  const selector = selectorLabels(metadata.name);
  const [account, { image }] = [frame.name, coming];
  const { pullSecret } = registry;
  const spec = pullSpec({ image, prober, account, selector, labels, pullSecret });
  const daemonSet = new k8s.apps.v1.DaemonSet(
    frame.engineName("pull"),
    { metadata, spec },
    frame.child,
  );
  // Nothing of this stage comes after it.
  rollouts.watch(daemonSet, pullPatience);
}

/**
 * What the way to a slot's pods is called beside the project's name. Each slot has its own, so that it never leads to another one's:
 * a Service that changed its pods would for a moment still have a check answered by the version before.
 */
const wayTo = (slot: Slot): string => `next-${slot}`;

/** Kubernetes name of the Service that leads to what is asked, and to nothing else. */
const candidateService = (frame: Frame): string => frame.objectName(wayTo(askedSlot(frame)));

/** A way to the new version that no traffic takes: for its check, and for the share that a canary gets. */
export function declareCandidate(frame: Frame, pods: Dependencies): pulumi.Resource[] {
  const { spec } = frame.args;
  // With a check it stays in peace as well: so a version that is just written into the record is asked before it serves.
  if (frame.layout.candidate === undefined && spec.check === undefined) return [];
  const slot = askedSlot(frame);
  const selector = frame.slotSelector(slot);
  // In peace the edges lead nobody to it, and the number is free for the other slot's.
  const led = frame.layout.candidate !== undefined && sharesByEdge(frame.args);
  const nodePort = led ? spec.nextNodePort : undefined;
  const service = new k8s.core.v1.Service(
    frame.engineName(wayTo(slot)),
    {
      metadata: frame.metadata(wayTo(slot)),
      spec: serviceSpec({ port: spec.port, nodePort }, selector),
    },
    frame.with({ dependsOn: [...pods] }),
  );
  return [service];
}

/** Slot that a check asks; of two without a candidate, the one that is changed first: it stands before the other's change. */
const askedSlot = ({ layout: { candidate, tracks }, slot }: Frame): Slot =>
  candidate ?? (tracks.length > 1 ? otherSlot(slot) : slot);

/**
 * The Job that must have passed before traffic moves: of the version on its way, otherwise of the one that serves. It stays
 * declared as long as its version serves, so that each passes once, whatever the settings of the next one's check are.
 */
export function declareCheck(
  frame: Frame,
  live: Version,
  coming: Version | undefined,
  dependsOn: Dependencies,
): Promise<pulumi.Resource>[] {
  const { spec, prober, prometheus, registry, rollouts, next } = frame.args;
  const { check } = spec;
  if (check === undefined || prober === undefined) return [];
  const helper = frame.helperMetadata("check");
  const { labels } = helper;
  const policy = new k8s.networking.v1.NetworkPolicy(
    frame.engineName("check"),
    { metadata: helper, spec: checkPolicySpec(spec, selectorLabels(helper.name), prometheus) },
    frame.child,
  );
  // While the new version has no pods yet, there is nothing to ask.
  if (coming !== undefined && frame.layout.candidate === undefined) return [];
  const { image, identity, tag, commit } = coming ?? live;
  const share = next?.stage.name === "weight" ? next.stage.weight : undefined;
  const what = `check-${checkHash(identity, check, share)}`;
  const { project } = spec;
  const { name, namespace } = frame.metadata();
  const pods = podsOf(frame.objectName(frame.slotName(askedSlot(frame))));
  const facts = pulumi.all([image, namespace]).apply(([ref, namespace]) => {
    return { project, name, namespace, pods, digest: ref.slice(ref.indexOf("@") + 1) };
  });
  const question = {
    ...{ check, spec, prober, prometheus, labels, facts, tag, commit },
    service: candidateService(frame),
    account: frame.name,
    pullSecret: registry.pullSecret,
  };
  const jobName = frame.objectName(what);
  const job = new k8s.batch.v1.Job(
    frame.engineName(what),
    {
      metadata: {
        ...helper,
        name: jobName,
        // One that has failed is asked anew by the next update.
        annotations: { "pulumi.com/replaceUnready": "true" },
      },
      spec: checkJobSpec(question),
    },
    frame.with({
      dependsOn: [...dependsOn, policy],
      // A Job cannot be changed, and what has passed need not be asked again because its question is put differently; what has
      // failed is, for that may have been why.
      ignoreChanges: rollouts.passed(jobName) ? ["spec"] : [],
    }),
  );
  return [rollouts.ready(job, checkDeadline(check) + 30, { passed: hasPassed(next) })];
}

/** Whether the traffic went to a version already, which only one that has passed its check gets. */
const hasPassed = (next: NextRelease | undefined): boolean =>
  next === undefined || next.stage.name === "switch" || next.stage.name === "follow";

/** Who gets which version. It changes only after everything in `dependsOn` is ready and has passed. */
export function declareTraffic(
  frame: Frame,
  route: Route,
  dependsOn: Dependencies,
): pulumi.Resource[] {
  const { name, layout, args } = frame;
  const { spec, ingress } = args;
  const { port } = frame.served;
  const [only, ...more] = layout.serving;
  const selector =
    only === undefined || more.length > 0 ? selectorLabels(name) : frame.slotSelector(only);
  const metadata = frame.metadata();
  const service = new k8s.core.v1.Service(
    name,
    { metadata, spec: serviceSpec({ port, nodePort: spec.nodePort }, selector) },
    frame.with({ dependsOn: [...dependsOn] }),
  );
  if (spec.expose === "ingress" && spec.ingress === "own") {
    const rules = ingressSpec(ingress.className, [route]);
    new k8s.networking.v1.Ingress(name, { metadata, spec: rules }, frame.child);
  }
  declareCanary(frame, route, dependsOn);
  return [service];
}

/** A second Ingress for the same hosts, which takes a share of the requests from the main one. */
function declareCanary(frame: Frame, route: Route, dependsOn: Dependencies): void {
  const { layout, args } = frame;
  const { weight } = layout;
  if (weight === undefined || args.spec.expose !== "ingress") return;
  const { header, cookie } = args.next?.strategy.kind === "canary" ? args.next.strategy : {};
  const annotations = canaryAnnotations({ weight, header, cookie });
  const service = candidateService(frame);
  const routes = (args.standing ?? [route]).map(({ hosts, path }) => ({ hosts, path, service }));
  new k8s.networking.v1.Ingress(
    frame.engineName("canary"),
    {
      metadata: { ...frame.metadata("canary"), annotations },
      spec: ingressSpec(args.ingress.className, routes),
    },
    frame.with({ dependsOn: [...dependsOn] }),
  );
}
