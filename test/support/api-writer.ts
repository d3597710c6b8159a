export * from "../../sandbox/room/api-writer";
