# shellcheck shell=sh
# On the machine itself: kubeadm brings the control plane to the version, the first one the cluster with it, and then kubelet
# starts anew. Both programs are there by then: put there by somebody, or installed here, each in its turn.
# KUBEADM, KUBELET and KUBECTL: packages, which are not looked at where somebody else installs them. PLANE: whether it is a control plane.
# IGNORE: an option of kubeadm.
: "${VERSION:?}" "${KUBEADM:?}" "${KUBELET:?}" "${KUBECTL:?}" "${PLANE?}" "${IGNORE?}"
packages "$KUBEADM"
[ "$(kubeadm version -o short)" = "$VERSION" ] || fail "kubeadm here is $(kubeadm version -o short), not $VERSION"
set -- node
if [ -n "$PLANE" ]; then
  now=$(kubectl --kubeconfig /etc/kubernetes/admin.conf -n kube-system get configmap kubeadm-config -o jsonpath='{.data.ClusterConfiguration}' | sed -n 's/^kubernetesVersion: //p')
  [ "$now" = "$VERSION" ] || set -- apply --yes "$VERSION"
fi
kubeadm upgrade "$@" ${IGNORE:+"$IGNORE"} > /var/log/slipway-upgrade.log 2>&1 < /dev/null ||
  fail "kubeadm upgrade $* failed; its last lines:" "$(tail -n 15 /var/log/slipway-upgrade.log)"
packages "$KUBELET" "$KUBECTL"
[ "$(kubelet --version)" = "Kubernetes $VERSION" ] || fail "kubelet here is $(kubelet --version), not $VERSION"
systemctl daemon-reload
systemctl restart kubelet
