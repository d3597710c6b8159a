import { z } from "zod";

/** What a key is for, and how it is written; what is allowed its schema says, and its default. */
export interface Explained {
  /** What it does for whoever runs the stack, in a sentence or two, without the last full stop. */
  purpose: string;
  /** The key with a value, as a file has it. */
  example: string;
  /** What holds without it, where that is not a plain value of its schema or of the platform's. */
  otherwise?: string;
}

/**
 * Explanations of keys, by their schemas: `schema.register(explanations, { … })` where a part names its keys. Editors and the
 * pages of all keys show them.
 */
export const explanations = z.registry<Explained>();
