/** containerd's folder for the configuration of registries. */
export const certsFolder = "/etc/containerd/certs.d";
