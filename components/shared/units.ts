/** CPU as Kubernetes writes it: whole or decimal cores (`2`, `0.5`) or thousandths (`250m`). */
export type Cpu = `${number}` | `${number}m`;
/** Memory or storage with a binary suffix. `512m`, half a byte to Kubernetes, is not accepted. */
export type Bytes = `${number}${keyof typeof binary}`;

const binary = { Ki: 2 ** 10, Mi: 2 ** 20, Gi: 2 ** 30, Ti: 2 ** 40 } as const;

/** Pattern of `Cpu`; at most three decimals, as Kubernetes rounds no finer. */
export const cpuPattern = /^(?!0+(\.0+)?m?$)(\d+(\.\d{1,3})?|\d+m)$/;
/** Pattern of `Bytes`. */
export const bytesPattern = /^(?!0+(\.0+)?[A-Z])\d+(\.\d{1,3})?(Ki|Mi|Gi|Ti)$/;

/** Thousandths of a core. `cpu` must match `cpuPattern`. */
export function millicores(cpu: Cpu): number {
  return cpu.endsWith("m") ? Number(cpu.slice(0, -1)) : Math.round(Number(cpu) * 1000);
}

/** Bytes. `text` must match `bytesPattern`. */
export function byteCount(text: Bytes): number {
  const suffix = text.slice(-2) as keyof typeof binary;
  return Math.round(Number(text.slice(0, -2)) * binary[suffix]);
}

/** The same size as Kubernetes writes it, with the largest suffix that leaves a whole number: `512Mi` for `0.5Gi`. */
export function canonical(text: Bytes): Bytes {
  const count = byteCount(text);
  const whole = Object.entries(binary).filter(([, size]) => count % size === 0);
  const [suffix, size] = whole.at(-1) ?? [];
  return suffix === undefined || size === undefined ? text : (`${count / size}${suffix}` as Bytes);
}
