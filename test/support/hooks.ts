/** Loaded into every mocha run: skips a ring that cannot run on this machine, with the reason. */
export const mochaHooks: Mocha.RootHookObject = {
  beforeAll(this: Mocha.Context) {
    const reason = process.env["SLIPWAY_SKIP_RING"];
    // The title that the command prints above the ring gives the reason.
    if (reason !== undefined) this.skip();
  },
};
