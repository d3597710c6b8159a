import { join } from "node:path";
import type { Layout } from "./layout";

/** Path of this sandbox's contract; the file exists only while the sandbox runs. */
export const contractPath = (layout: Layout): string => join(layout.state, "sandbox.json");
