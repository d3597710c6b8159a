import { mapping, registryHost, secretName, text } from "../shared/config/fields";

/** `slipway:registry`: where images are pulled from, and pushed to. */
export const RegistryConfig = mapping({
  host: registryHost,
  user: text(/^\S+$/, "a user of the registry").optional(),
  password: secretName.optional(),
}).optional();
