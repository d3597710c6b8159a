// Preloaded into every program. The SDK prints an error by util.inspect in colours, and Node (20.20 and others) then loops
// for up to a minute over a stack line such as `node_modules/@pulumi/resource.ts:1:2`, where it looks in vain for the end
// of the package's name; the SDK's source maps make such lines. Errors with one are printed without colours.
import util from "node:util";

const { inspect } = util;
const trap = /[/\\]node_modules[/\\]@[^/\\\s]+[/\\][^/\\\s]*$/m;

util.inspect = Object.assign((value, options, ...rest) => {
  const trapped =
    value instanceof Error && options?.colors === true && trap.test(value.stack ?? "");
  return inspect(value, trapped ? { ...options, colors: false } : options, ...rest);
}, inspect);
