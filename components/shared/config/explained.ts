import { z } from "zod";

/** Explanation of a key; its schema has the allowed values and the default. */
export interface Explained {
  /** Its purpose, in a sentence or two, without the last full stop. */
  purpose: string;
  /** The key with a value, as in a file. */
  example: string;
  /** The behaviour without it, where that is not a plain default value. */
  otherwise?: string;
}

/**
 * Explanations of keys, by their schemas: `schema.register(explanations, { … })` in a part's configuration. Editors and the
 * reference pages show them.
 */
export const explanations = z.registry<Explained>();
