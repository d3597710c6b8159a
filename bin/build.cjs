// What the engine runs to build one image: src/build/build.ts lays out a Pulumi project whose program is this.
module.exports = async function program() {
  const { registerTypeScript } = await import("./typescript.mjs");
  registerTypeScript();
  return require("../src/build/program.ts").program();
};
