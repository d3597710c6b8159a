import { marksFolder, quote } from "../shared/machine/script";
import { apiReady, kubectl } from "./control-plane";
import { etcdctl } from "./membership";
import { certsFolder } from "./registries";
import type { HostSpec } from "./spec";

/** There while a control plane has new certificates that its parts do not use yet. */
export const renewing = "renewing";

/**
 * On a control plane: new certificates, which its parts take up as kubelet starts each anew. The API server ends before its
 * etcd: one that is left without is slow to end, and slow to find it again. The other control planes serve meanwhile. The
 * node remembers how often.
 */
export const renewBody = (host: HostSpec, time: number): string => `${kubectl}
${apiReady(host)}
mkdir -p ${marksFolder}
: > ${marksFolder}/${renewing}
kubeadm certs renew all > /var/log/slipway-renew.log 2>&1 < /dev/null ||
  fail 'kubeadm certs renew failed; its last lines:' "$(tail -n 15 /var/log/slipway-renew.log)"
running() { pgrep -f "^$1 " | tr '\\n' ' '; }
# As patient as kubelet with a part that ends.
end() {
  old=$(running "$1")
  [ -n "$old" ] || return 0
  kill $old 2> /dev/null || true
  for tenth in $(seq 300); do kill -0 $old 2> /dev/null || return 0; sleep 0.1; done
  kill -9 $old 2> /dev/null || true
}
parts='kube-controller-manager kube-scheduler kube-apiserver etcd'
for part in $parts; do end "$part"; done
for part in $parts; do
  for second in $(seq 120); do [ -z "$(running "$part")" ] || break; sleep 0.5; done
done
ready
k annotate node ${quote(host.name)} --overwrite slipway/renewed=${time}
rm ${marksFolder}/${renewing}`;

/**
 * On a control plane: its member of etcd gives back the room of what was deleted. Where the room had come to an end, the
 * alarm goes, which lets nobody write: old versions first, then the room of every member, for one that is still full would
 * raise the alarm again.
 */
export const defragmentBody = (host: HostSpec, { full }: { full: boolean }): string => {
  const annotate = `k annotate node ${quote(host.name)} --overwrite slipway/defragmented=yes`;
  const steps = full
    ? [
        `revision=$(etcd endpoint status -w json | sed 's/.*"revision":\\([0-9]*\\).*/\\1/')`,
        'etcd compact --physical "$revision" 2>&1 || true',
        // A member that is down writes nothing.
        "etcd defrag --cluster || etcd defrag",
        "etcd alarm disarm",
        "ready",
        `${annotate} ||
  fail 'etcd is full of what is in use: delete what nobody needs, which works even now, and run this again; kubectl get --raw /metrics | grep apiserver_storage_objects tells of what there is most'`,
      ]
    : ["etcd defrag", "ready", annotate];
  return `${kubectl}
${apiReady(host)}
etcd() { k -n kube-system exec ${quote(`etcd-${host.name}`)} -- ${etcdctl} --command-timeout 120s "$@"; }
${steps.join("\n")}`;
};

/**
 * On a control plane: of CoreDNS' pods that share a node all but one are made anew; kubeadm has told the scheduler to keep
 * them apart where it can. Waits for a second node that is ready to take one.
 */
export const spreadBody = `${kubectl}
nodes() { k get nodes -o jsonpath='{range .items[*]}{.spec.unschedulable}{.status.conditions[?(@.type=="Ready")].status}{"\\n"}{end}' | grep -cx True; }
for second in $(seq 120); do [ "$(nodes)" -ge 2 ] && break; sleep 1; done
k -n kube-system rollout status deployment coredns --timeout 180s > /dev/null
pods=$(k -n kube-system get pods -l k8s-app=kube-dns -o jsonpath='{range .items[*]}{.metadata.name} {.spec.nodeName}{"\\n"}{end}')
if [ "$(echo "$pods" | awk '{print $2}' | sort -u | wc -l)" = 1 ]; then
  k -n kube-system delete pod $(echo "$pods" | awk 'NR > 1 {print $1}')
  k -n kube-system rollout status deployment coredns --timeout 180s
fi`;

/** On a machine: images are there before the first pod asks for them. */
export const imagesBody = (images: readonly string[]): string => `for image in ${images
  .map(quote)
  .join(" ")}; do
  ctr -n k8s.io images ls -q | grep -Fqx "$image" ||
    ctr -n k8s.io images pull --hosts-dir ${certsFolder} "$image" > /var/log/slipway-images.log 2>&1 ||
    fail "$image could not be pulled; what came:" "$(tail -n 5 /var/log/slipway-images.log)"
done`;
