/** Command line of a TypeScript program of this checkout. */
export const script = (path: string): string[] => [
  process.execPath,
  "-r",
  require.resolve("ts-node/register/transpile-only"),
  path,
];
