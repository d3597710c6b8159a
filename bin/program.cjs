// What the engine runs. Plain JavaScript on purpose: it loads the TypeScript of src/ by the loader that keeps what it has
// compiled, where Pulumi's own would compile every file at every start.
module.exports = async function program() {
  const { registerTypeScript } = await import("./typescript.mjs");
  registerTypeScript();
  // The SDK takes a stack trace with every promise it makes and has a library map each back to its source, which knows
  // nothing of ours and takes a seventh of a preview; Node itself maps ours, in a fifth of that.
  Error.prepareStackTrace = undefined;
  return require("../src/index.ts")();
};
