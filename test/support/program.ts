export * from "../../sandbox/program-copy";
