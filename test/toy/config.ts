import { explanations } from "../../components/shared/config/explained";
import { mapping, text, whole } from "../../components/shared/config/fields";

/** `slipway:banner`: what people read who come to the platform. */
export const bannerConfig = {
  banner: mapping({
    text: text(/^[^\n]{1,80}$/, "one line of at most 80 characters"),
    replicas: whole(1, 500, "pods that show it").default(2),
  })
    .optional()
    .register(explanations, {
      purpose: "A line that people read who come to the platform",
      example: "slipway:banner: { text: 'maintenance on Friday' }",
      otherwise: "no banner",
    }),
};
