/**
 * One line of JSON for each request and each connection, in the journal of the unit `haproxy`; docs/edge.md describes the fields.
 * It has no header but the host's name, and no query string.
 */
const begins = '{"time":%Ts%ms,"client":"%ci"';
const ends = '"backend":"%b","server":"%s","end":"%ts"';

/** Of HTTP requests. */
export const webLogFormat = `${begins},"scheme":"%[ssl_fc,iif(https,http)]","host":"%[var(txn.host),bytes(0,253),json(utf8s)]","method":"%HM","path":"%[var(txn.path),json(utf8s)]","status":%ST,"bytes":%B,"requestMs":%TR,"queueMs":%Tw,"connectMs":%Tc,"responseMs":%Tr,"totalMs":%Ta,${ends},"project":"%[var(txn.project)]"}`;

/** Of forwarded TCP connections. */
export const tcpLogFormat = (project: string): string =>
  `${begins},"port":%fp,"bytes":%B,"connectMs":%Tc,"totalMs":%Tt,${ends},"project":"${project}"}`;
