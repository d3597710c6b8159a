export * from "../../sandbox/room/machine-room";
