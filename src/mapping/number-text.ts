/**
 * The text of a JSON number as the reference (serde_json) prints it after parsing: integers as their digits
 * (`7`), anything written with a fraction or exponent as a float that shows it (`1.0`, `1000.0` for `1e3`,
 * `1e20`, `1e-7`). `-0` is a float there. Integers beyond 64 bits, floats in the reference, keep their digits
 * here, as they do in values.
 *
 * @param source the number as it stands in the JSON text; a finite one
 */
export function jsonNumberText(source: string): string {
  const integral = /^-?\d+$/.test(source) && source !== '-0';
  return integral ? source : floatText(Number(source));
}

/** Shortest digits that read back the same, laid out as Rust's ryu does. */
function floatText(value: number): string {
  const sign = value < 0 || Object.is(value, -0) ? '-' : '';
  if (value === 0) return `${sign}0.0`;
  const [mantissa = '', exponent = ''] = Math.abs(value).toExponential().split('e');
  const digits = mantissa.replace('.', '');
  return sign + layOut(digits, Number(exponent) + 1);
}

/** `point`: how many digits stand before the decimal point. */
function layOut(digits: string, point: number): string {
  if (point > 16 || point <= -5) {
    const rest = digits.length > 1 ? `.${digits.slice(1)}` : '';
    return `${digits.slice(0, 1)}${rest}e${point - 1}`;
  }
  if (point <= 0) return `0.${'0'.repeat(-point)}${digits}`;
  if (point >= digits.length) return `${digits}${'0'.repeat(point - digits.length)}.0`;
  return `${digits.slice(0, point)}.${digits.slice(point)}`;
}
