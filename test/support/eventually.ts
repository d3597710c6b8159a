export * from "../../sandbox/eventually";
