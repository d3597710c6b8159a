// What the engine runs. Plain JavaScript on purpose: it loads the TypeScript of src/ by the loader that keeps what it has
// compiled, where Pulumi's own would compile every file at every start.
module.exports = async function program() {
  const { registerTypeScript } = await import("./typescript.mjs");
  registerTypeScript();
  return require("../src/index.ts")();
};
