export * from "../../sandbox/room/load";
