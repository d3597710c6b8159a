import { mapping, registryHost, secretName, text } from "../shared/config/fields";
import { explanations } from "../shared/config/explained";

/** `slipway:registry`: the registry for pulls and pushes. */
export const RegistryConfig = mapping({
  host: registryHost,
  user: text(/^\S+$/, "a user of the registry").optional(),
  password: secretName.optional(),
})
  .optional()
  .register(explanations, {
    purpose:
      "Registry that images are pulled from; `user` and `password`, which names a secret of the stack, together or neither",
    example:
      "slipway:registry: { host: harbor.shop.example, user: robot, password: registryRobot }",
    otherwise: "the sandbox brings its own; elsewhere it is required",
  });
