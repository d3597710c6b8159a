/**
 * The layers, written down once. From below: what all parts share, the parts, the rooms of src, its commands; beside them the
 * sandbox, which may use the product and is used by nothing of it but the commands that drive it.
 */
const rules = {
  "no cycles": [{}, { circular: true }],
  "what parts share knows no part": [
    { path: "^components/shared/" },
    { path: "^(src|sandbox|components/(?!shared/))" },
  ],
  "a part knows no other part": [
    { path: "^components/(?!shared/)([^/]+)/" },
    { path: "^components/(?!shared/)", pathNot: "^components/$1/" },
  ],
  "parts know nothing of src": [{ path: "^components/" }, { path: "^(src|sandbox)/" }],
  "only the commands drive the sandbox": [
    { path: "^(src|components)/", pathNot: "^src/cli/" },
    { path: "^(sandbox|bench|test)/" },
  ],
  "rooms know nothing of the commands": [
    { path: "^src/", pathNot: "^src/cli/" },
    { path: "^src/cli/" },
  ],
};

export default {
  forbidden: Object.entries(rules).map(([name, [from, to]]) => ({
    name: name.replaceAll(" ", "-"),
    severity: "error",
    from,
    to,
  })),
  options: {
    doNotFollow: { path: "node_modules" },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.json" },
    enhancedResolveOptions: { extensions: [".ts", ".mjs", ".cjs", ".js"] },
  },
};
