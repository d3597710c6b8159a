import { resolve } from "node:path";

/** The checkout this code runs from. */
export const checkout = resolve(__dirname, "..", "..", "..");
