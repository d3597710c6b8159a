export { connect, type ConnectOptions, type Login } from "./connect";
export { execute, type ExecuteOptions } from "./execute";
export { describe, SshFailure, type SshFailureKind, type SshAddress as Where } from "./failure";
export { fingerprint, type HostKey, readHostKey } from "./host-key";
export { describeBytes, lastLines, Output } from "./output";
export { privateKeyFile, privateKeyProblem } from "./private-key";
export { endedBy, Printed, type CommandResult as Result } from "./result";
export { run, type SshHost } from "./run";
