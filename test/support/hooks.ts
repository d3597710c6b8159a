/** Loaded into every mocha run: a ring that cannot run on this machine is skipped whole, with its reason told. */
export const mochaHooks: Mocha.RootHookObject = {
  beforeAll(this: Mocha.Context) {
    const reason = process.env["SLIPWAY_SKIP_RING"];
    // The title that the command prints above the ring says why.
    if (reason !== undefined) this.skip();
  },
};
