import assert from "node:assert/strict";
import {
  byteCount,
  bytesPattern,
  canonical,
  cpuPattern,
  millicores,
  type Bytes,
  type Cpu,
} from "../../../components/shared/units";

describe("CPU", () => {
  const given: [Cpu, number][] = [
    ["2", 2000],
    ["0.5", 500],
    ["250m", 250],
    ["0.001", 1],
    ["1m", 1],
  ];
  for (const [cpu, thousandths] of given) {
    it(`${cpu} is ${thousandths}m`, () => {
      assert.match(cpu, cpuPattern);
      assert.equal(millicores(cpu), thousandths);
    });
  }
  for (const wrong of ["", "0", "0m", "0.0", "1.2345", "-1", "1.5m", "1 core", "m"]) {
    it(`"${wrong}" is none`, () => {
      assert.doesNotMatch(wrong, cpuPattern);
    });
  }
});

describe("sizes", () => {
  const given: [Bytes, number][] = [
    ["1Ki", 1024],
    ["512Mi", 2 ** 29],
    ["1.5Gi", 1.5 * 2 ** 30],
    ["2Ti", 2 ** 41],
  ];
  for (const [size, bytes] of given) {
    it(`${size} is ${bytes}`, () => {
      assert.match(size, bytesPattern);
      assert.equal(byteCount(size), bytes);
    });
  }
  for (const [size, written] of [
    ["0.5Gi", "512Mi"],
    ["524288Ki", "512Mi"],
    ["1024Mi", "1Gi"],
    ["1.5Gi", "1536Mi"],
    ["2Ti", "2Ti"],
    ["0.001Ki", "0.001Ki"],
  ] as const) {
    it(`${size} is written ${written}`, () => {
      assert.equal(canonical(size), written);
    });
  }
  for (const wrong of ["", "0Mi", "0.0Gi", "512", "512m", "512M", "1GB", "-1Gi", "Gi"]) {
    it(`"${wrong}" is none`, () => {
      assert.doesNotMatch(wrong, bytesPattern);
    });
  }
});
