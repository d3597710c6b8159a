import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { selectorLabels } from "../shared/labels";
import { sharesByEdge } from "./edge";
import { checkDeadline, checkHash, checkJobSpec, type CheckArgs } from "./check";
import type { Dependencies, AppContext, DeclaredVersion } from "./context";
import { canaryAnnotations, checkPolicySpec, ingressSpec, type Route } from "./network";
import { pullSpec } from "./pull";
import { podsOf } from "./query";
import { otherSlot, type Slot } from "./rollout";
import { serviceSpec } from "./workload";
import type { NextRelease } from "./args";

/** Timeout for all nodes together to pull an image, in seconds. */
const pullPatience = 600;

/** Pulls the new image to every node, before anything else of the release. */
export function declarePull(context: AppContext, target: DeclaredVersion | undefined): void {
  const { probeImage, registry, rollouts } = context.args;
  if (context.layout.pull !== true || target === undefined || probeImage === undefined) return;
  const metadata = context.helperMetadata("pull");
  const { labels } = metadata;
  const selector = selectorLabels(metadata.name);
  const [account, { image }] = [context.name, target];
  const { pullSecret } = registry;
  const spec = pullSpec({ image, probeImage, account, selector, labels, pullSecret });
  const daemonSet = new k8s.apps.v1.DaemonSet(
    context.engineName("pull"),
    { metadata, spec },
    context.child,
  );
  // Nothing in this stage depends on it.
  rollouts.watch(daemonSet, pullPatience);
}

/**
 * Suffix of the name of a slot's own Service. Each slot has one, with a fixed selector: after a change of its selector a Service
 * could for a moment still send a check to the previous version.
 */
const wayTo = (slot: Slot): string => `next-${slot}`;

/** Kubernetes name of the Service that routes to the version in question, and to nothing else. */
const candidateService = (context: AppContext): string =>
  context.objectName(wayTo(askedSlot(context)));

/** A Service for the new version without public traffic: for its check, and for a canary's share. */
export function declareCandidate(context: AppContext, pods: Dependencies): pulumi.Resource[] {
  const { spec } = context.args;
  // With a check it is kept between releases too, so hand-edited records are checked.
  if (context.layout.candidate === undefined && spec.check === undefined) return [];
  const slot = askedSlot(context);
  const selector = context.slotSelector(slot);
  // In steady state the edges route nothing to it, and the port is free for the other slot's Service.
  const led = context.layout.candidate !== undefined && sharesByEdge(context.args);
  const nodePort = led ? spec.nextNodePort : undefined;
  const service = new k8s.core.v1.Service(
    context.engineName(wayTo(slot)),
    {
      metadata: context.metadata(wayTo(slot)),
      spec: serviceSpec({ port: spec.port, nodePort }, selector),
    },
    context.with({ dependsOn: [...pods] }),
  );
  return [service];
}

/** Slot that a check asks; of two without a candidate, the one that changes first: it is ready before the other changes. */
const askedSlot = ({ layout: { candidate, tracks }, slot }: AppContext): Slot =>
  candidate ?? (tracks.length > 1 ? otherSlot(slot) : slot);

/**
 * The Job that must have passed before traffic moves: that of the version being rolled out, otherwise of the one that serves. It
 * stays declared as long as its version serves, so each version passes once, whatever the next one's check is.
 */
export function declareCheck(
  context: AppContext,
  live: DeclaredVersion,
  target: DeclaredVersion | undefined,
  dependsOn: Dependencies,
): Promise<pulumi.Resource>[] {
  const { spec, probeImage, rollouts, next } = context.args;
  const { check } = spec;
  if (check === undefined || probeImage === undefined) return [];
  const policy = declareCheckPolicy(context);
  // The new version has no pods yet.
  if (target !== undefined && context.layout.candidate === undefined) return [];
  const version = target ?? live;
  const share = next?.stage.name === "weight" ? next.stage.weight : undefined;
  const what = `check-${checkHash(version.identity, check, share)}`;
  const name = context.objectName(what);
  // The next update runs a failed Job again.
  const annotations = { "pulumi.com/replaceUnready": "true" };
  const job = new k8s.batch.v1.Job(
    context.engineName(what),
    {
      metadata: { ...context.helperMetadata("check"), name, annotations },
      spec: checkJobSpec(questionOf(context, version, { check, probeImage })),
    },
    context.with({
      dependsOn: [...dependsOn, policy],
      // A Job is immutable. One that has passed need not run again because its spec changes; one that has failed must,
      // because its spec may be the reason.
      ignoreChanges: rollouts.passed(name) ? ["spec"] : [],
    }),
  );
  return [rollouts.ready(job, checkDeadline(check) + 30, { passed: hasPassed(next) })];
}

/** NetworkPolicy of a check's pod. */
function declareCheckPolicy(context: AppContext): pulumi.Resource {
  const { spec, prometheus } = context.args;
  const metadata = context.helperMetadata("check");
  const policy = checkPolicySpec(spec, selectorLabels(metadata.name), prometheus);
  return new k8s.networking.v1.NetworkPolicy(
    context.engineName("check"),
    { metadata, spec: policy },
    context.child,
  );
}

/** The check of a version, and the Service that it asks. */
function questionOf(
  context: AppContext,
  { image, tag, commit }: DeclaredVersion,
  asked: Pick<CheckArgs, "check" | "probeImage">,
): CheckArgs {
  const { spec, prometheus, registry } = context.args;
  const { project } = spec;
  const { name, namespace } = context.metadata();
  const pods = podsOf(context.objectName(context.slotName(askedSlot(context))));
  const facts = pulumi.all([image, namespace]).apply(([ref, namespace]) => {
    return { project, name, namespace, pods, digest: ref.slice(ref.indexOf("@") + 1) };
  });
  const { labels } = context.helperMetadata("check");
  return {
    ...asked,
    spec,
    prometheus,
    labels,
    facts,
    tag,
    commit,
    service: candidateService(context),
    account: context.name,
    pullSecret: registry.pullSecret,
  };
}

/** Whether the traffic has switched to a version already: it has passed its check then. */
const hasPassed = (next: NextRelease | undefined): boolean =>
  next === undefined || next.stage.name === "switch" || next.stage.name === "follow";

/** Service and Ingresses that split the traffic. They change only after everything in `dependsOn` is ready and has passed. */
export function declareTraffic(
  context: AppContext,
  route: Route,
  dependsOn: Dependencies,
): pulumi.Resource[] {
  const { name, layout, args } = context;
  const { spec, ingress } = args;
  const { port } = context.served;
  const [only, ...more] = layout.serving;
  const selector =
    only === undefined || more.length > 0 ? selectorLabels(name) : context.slotSelector(only);
  const metadata = context.metadata();
  const service = new k8s.core.v1.Service(
    name,
    { metadata, spec: serviceSpec({ port, nodePort: spec.nodePort }, selector) },
    context.with({ dependsOn: [...dependsOn] }),
  );
  if (spec.expose === "ingress" && spec.ingress === "own") {
    const rules = ingressSpec(ingress.className, [route]);
    new k8s.networking.v1.Ingress(name, { metadata, spec: rules }, context.child);
  }
  declareCanary(context, route, dependsOn);
  return [service];
}

/** A second Ingress for the same hosts, which gets a share of the main one's requests. */
function declareCanary(context: AppContext, route: Route, dependsOn: Dependencies): void {
  const { layout, args } = context;
  const { weight } = layout;
  if (weight === undefined || args.spec.expose !== "ingress") return;
  const { header, cookie } = args.next?.strategy.kind === "canary" ? args.next.strategy : {};
  const annotations = canaryAnnotations({ weight, header, cookie });
  const service = candidateService(context);
  const routes = (args.liveRoutes ?? [route]).map(({ hosts, path }) => ({ hosts, path, service }));
  new k8s.networking.v1.Ingress(
    context.engineName("canary"),
    {
      metadata: { ...context.metadata("canary"), annotations },
      spec: ingressSpec(args.ingress.className, routes),
    },
    context.with({ dependsOn: [...dependsOn] }),
  );
}
