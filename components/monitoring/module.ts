import { mapping, text } from "../shared/config/fields";
import { defineModule } from "../shared/module";
import { explanations } from "../shared/config/explained";

/** Settings of a stack's Prometheus. */
export interface MonitoringSettings {
  /** Its URL for pods; absent where the stack names none. */
  prometheus?: string | undefined;
}

/** The Prometheus for the queries of checks. */
export const monitoring = defineModule<{ settings: MonitoringSettings }>()({
  key: "monitoring",
  config: {
    prometheus: mapping({
      url: text(
        /^http:\/\/[a-z0-9]([-a-z0-9.]*[a-z0-9])?(:\d{1,5})?(\/[^\s?#]*)?$/,
        "address of a Prometheus as pods reach it: http://prometheus.monitoring:9090; https cannot be asked",
      ),
    })
      .optional()
      .register(explanations, {
        purpose: "Prometheus that answers the queries of checks",
        example: "slipway:prometheus: { url: http://prometheus.monitoring:9090 }",
        otherwise: "none",
      }),
  },
  resolve: ({ prometheus }) => ({ value: { prometheus: prometheus?.url } }),
});
