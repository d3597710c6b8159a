# shellcheck shell=sh
# Lets machines join: a token, the hash of the CA's key, and the key that the control plane's certificates are encrypted by while
# they wait in the cluster. Printed as JSON; each ends by itself, within two hours. FOLDER: in memory, root's alone.
: "${VERSION:?}" "${FOLDER:?}"
umask 077
mkdir -p "$FOLDER"
key=$(kubeadm certs certificate-key)
goes "$FOLDER/upload.yaml"
printf '%s\n' 'apiVersion: kubeadm.k8s.io/v1beta4' 'kind: InitConfiguration' "certificateKey: $key" \
  --- 'apiVersion: kubeadm.k8s.io/v1beta4' 'kind: ClusterConfiguration' "kubernetesVersion: $VERSION" > "$FOLDER/upload.yaml"
kubeadm init phase upload-certs --upload-certs --config "$FOLDER/upload.yaml" > /dev/null
token=$(kubeadm token create --ttl 2h --kubeconfig /etc/kubernetes/admin.conf --description 'slipway: machines that join')
ca=$(openssl x509 -in /etc/kubernetes/pki/ca.crt -pubkey -noout | openssl pkey -pubin -outform der | sha256sum | cut -d' ' -f1)
printf '{"token":"%s","ca":"sha256:%s","key":"%s"}\n' "$token" "$ca" "$key"
