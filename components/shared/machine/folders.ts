/** Where containerd looks for how a registry is reached. */
export const certsFolder = "/etc/containerd/certs.d";
