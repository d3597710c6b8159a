import { mapping, text } from "../shared/config/fields";
import { defineModule } from "../shared/module";

/** What is known of a stack's Prometheus. */
export interface MonitoringSettings {
  /** Its address as pods reach it; absent where the stack names none. */
  prometheus?: string | undefined;
}

/** Who answers the queries of checks. */
export const monitoring = defineModule<{ settings: MonitoringSettings }>()({
  key: "monitoring",
  config: {
    prometheus: mapping({
      url: text(
        /^http:\/\/[a-z0-9]([-a-z0-9.]*[a-z0-9])?(:\d{1,5})?(\/[^\s?#]*)?$/,
        "address of a Prometheus as pods reach it: http://prometheus.monitoring:9090; https cannot be asked",
      ),
    }).optional(),
  },
  resolve: ({ prometheus }) => ({ value: { prometheus: prometheus?.url } }),
});
