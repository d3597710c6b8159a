import { join } from "node:path";
import type { Layout } from "./layout";

/** Path of the contract of this sandbox; the file exists only while the sandbox runs. */
export const contractPath = (layout: Layout): string => join(layout.state, "sandbox.json");
