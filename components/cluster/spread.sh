# shellcheck shell=sh
# On a control plane: of CoreDNS' pods that share a node all but one are made anew; kubeadm has told the scheduler to keep them
# apart where it can. Waits for a second node that is ready to take one.
nodes() { k get nodes -o jsonpath='{range .items[*]}{.spec.unschedulable}{.status.conditions[?(@.type=="Ready")].status}{"\n"}{end}' | grep -cx True; }
for _ in $(seq 120); do [ "$(nodes)" -ge 2 ] && break; sleep 1; done
k -n kube-system rollout status deployment coredns --timeout 180s > /dev/null
pods=$(k -n kube-system get pods -l k8s-app=kube-dns -o jsonpath='{range .items[*]}{.metadata.name} {.spec.nodeName}{"\n"}{end}')
if [ "$(echo "$pods" | awk '{print $2}' | sort -u | wc -l)" = 1 ]; then
  # shellcheck disable=SC2046 # names of pods
  k -n kube-system delete pod $(echo "$pods" | awk 'NR > 1 {print $1}')
  k -n kube-system rollout status deployment coredns --timeout 180s
fi
