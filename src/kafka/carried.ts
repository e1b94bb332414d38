/**
 * What the native client does to a record on its way, both ways, where that is not plain (docs/design.md lists the
 * traps). The ports in memory do the same, so that a test of a host sees what Kafka would get.
 */

/** A timestamp of 0 becomes the present time in the client; -1 is Kafka's own mark for "none". */
export function carriesTimestamp(ms: number): boolean {
  return ms !== 0 && ms !== -1;
}

/** The client ends a name at NUL; half a surrogate pair becomes U+FFFD. */
export function carriedName(name: string): string {
  const end = name.indexOf('\0');
  return Buffer.from(end === -1 ? name : name.slice(0, end)).toString();
}

/** Whether the name of a header arrives as it is. */
export function carriesName(name: string): boolean {
  return carriedName(name) === name;
}
