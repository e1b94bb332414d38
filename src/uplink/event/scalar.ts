import { types } from 'node:util';
import { quote } from '../../language/json/json-text.js';

/** Whether a value is one that a point can have (contract §3). */
export function isScalar(value: unknown): boolean {
  switch (typeof value) {
    case 'boolean':
    case 'number':
    case 'bigint':
    case 'string':
      return true;
    case 'object':
      return value === null || types.isDate(value) || types.isUint8Array(value);
    default:
      return false;
  }
}

/**
 * JSON text of a point's value. `float`: the point is a float, so an integral number shows it (`3.0`):
 * consumers that infer a schema would otherwise take the column for integers. A bigint is an integer
 * whatever the metadata says, and stays exact.
 */
export function scalarText(value: unknown, float: boolean): string {
  switch (typeof value) {
    case 'number':
      return numberText(value, float);
    case 'string':
      return quote(value);
    case 'boolean':
      return value ? 'true' : 'false';
    case 'bigint':
      return `${value}`;
    default:
      return objectText(value);
  }
}

function numberText(value: number, float: boolean): string {
  if (!Number.isFinite(value)) return 'null';
  if (!float || !Number.isInteger(value)) return `${value}`;
  if (Object.is(value, -0)) return '-0.0';
  const text = `${value}`;
  return text.includes('e') ? text : `${text}.0`;
}

function objectText(value: unknown): string {
  const wire = wireScalar(value);
  return typeof wire === 'string' ? quote(wire) : String(wire);
}

/** The value as JSON has it: bytes as Base64, a Date as Unix ms, NaN and ±Infinity as null. */
export function wireScalar(value: unknown): boolean | number | bigint | string | null {
  switch (typeof value) {
    case 'boolean':
    case 'bigint':
    case 'string':
      return value;
    case 'number':
      return Number.isFinite(value) ? value : null;
    default:
      return wireObject(value);
  }
}

function wireObject(value: unknown): number | string | null {
  if (types.isUint8Array(value)) {
    return Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('base64');
  }
  if (!types.isDate(value)) return null;
  const ms = timeOf(value);
  return Number.isNaN(ms) ? null : ms;
}

/** The Date's own time, also where the host gave it a `getTime` that answers otherwise. */
export function timeOf(date: Date): number {
  return Date.prototype.getTime.call(date);
}
