/**
 * One line of JSON for each request and each connection, to the journal of the unit `haproxy`; what docs/edge.md says of the
 * fields. No header but the host's name, and nothing of a query.
 */
const begins = '{"time":%Ts%ms,"client":"%ci"';
const ends = '"backend":"%b","server":"%s","end":"%ts"';

/** Of requests. */
export const webLogFormat = `${begins},"scheme":"%[ssl_fc,iif(https,http)]","host":"%[var(txn.host),bytes(0,253),json(utf8s)]","method":"%HM","path":"%[var(txn.path),json(utf8s)]","status":%ST,"bytes":%B,"requestMs":%TR,"queueMs":%Tw,"connectMs":%Tc,"responseMs":%Tr,"totalMs":%Ta,${ends},"project":"%[var(txn.project)]"}`;

/** Of connections that are led through as they are. */
export const tcpLogFormat = (project: string): string =>
  `${begins},"port":%fp,"bytes":%B,"connectMs":%Tc,"totalMs":%Tt,${ends},"project":"${project}"}`;
