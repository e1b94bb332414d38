/**
 * The few shapes that the schema is built from. Every field has a title and a description (forms, docs, types and hover
 * texts are made from them). A field may be left out exactly where it has a default.
 */

/** A part of a JSON Schema (draft 07), as plain data. */
export type Schema = Readonly<Record<string, unknown>>;

type Fields = Readonly<Record<string, Schema>>;

interface Limits {
  readonly minimum?: number;
  readonly maximum?: number;
}

export const ANY_TEXT: Schema = { type: 'string' };
const NULL: Schema = { type: 'null' };

export function flag(title: string, description: string, byDefault: boolean): Schema {
  return { title, description, default: byDefault, type: 'boolean' };
}

export function integer(title: string, description: string, byDefault: number, limits: Limits): Schema {
  return { title, description, default: byDefault, ...limits, type: 'integer' };
}

export function decimal(title: string, description: string, byDefault: number, limits: Limits): Schema {
  return { title, description, default: byDefault, ...limits, type: 'number' };
}

/** An integer, or `null` (the default) for "no limit". */
export function limit(title: string, description: string): Schema {
  return orNull(title, description, { minimum: 0, type: 'integer' });
}

/** An integer, or `null` (the default) for what somebody else has as a default. */
export function integerOrDefault(title: string, description: string, limits: Limits): Schema {
  return orNull(title, description, { ...limits, type: 'integer' });
}

/** An integer, or `null` for "never". */
export function integerOrNull(title: string, description: string, byDefault: number, limits: Limits): Schema {
  return { ...orNull(title, description, { ...limits, type: 'integer' }), default: byDefault };
}

export function text(title: string, description: string, byDefault: string): Schema {
  return { title, description, default: byDefault, type: 'string' };
}

/** A string that must be there; it may be empty. */
export function anyText(title: string, description: string): Schema {
  return { title, description, type: 'string' };
}

/** A string that must be there. */
export function requiredText(title: string, description: string): Schema {
  return { title, description, minLength: 1, type: 'string' };
}

/** A string that may be `null`, blank or left out, which is all the same. */
export function optionalText(title: string, description: string): Schema {
  return orNull(title, description, ANY_TEXT);
}

export function choice(
  title: string,
  description: string,
  values: readonly string[],
  byDefault: string,
): Schema {
  return { type: 'string', title, description, default: byDefault, enum: values };
}

/** A choice that may be `null` or left out: then it depends on other fields. */
export function optionalChoice(title: string, description: string, values: readonly string[]): Schema {
  return orNull(title, description, { type: 'string', enum: values });
}

/** A list of values to choose from; it may be empty. */
export function choices(title: string, description: string, values: readonly string[]): Schema {
  return { title, description, default: [], type: 'array', items: { type: 'string', enum: values } };
}

/** A value that may be `null` or left out, which is the same. */
export function orNull(title: string, description: string, value: Schema): Schema {
  return { title, description, default: null, anyOf: [value, NULL] };
}

const FROM_ENV = object('From the environment', undefined, {
  env: requiredText('Environment variable', 'Name of the environment variable that holds the secret.'),
});

const FROM_FILE = object('From a file', undefined, {
  file: requiredText('File', 'Path of the file that holds the secret. One newline at its end is cut off.'),
});

/** A secret that must be there: the text itself, or where to read it. */
export function secret(title: string, description: string): Schema {
  const literal = { title: 'Value', minLength: 1, type: 'string' };
  return { title, description, writeOnly: true, anyOf: [literal, FROM_ENV, FROM_FILE] };
}

/** A secret that may be `null`, blank or left out. */
export function optionalSecret(title: string, description: string): Schema {
  const anyOf = [{ title: 'Value', type: 'string' }, FROM_ENV, FROM_FILE, NULL];
  return { title, description, default: null, writeOnly: true, anyOf };
}

/** A map of librdkafka properties handed through as they are. */
export function properties(title: string, description: string): Schema {
  const value = { anyOf: [ANY_TEXT, { type: 'number' }, { type: 'boolean' }] };
  return { ...map(title, description, value), default: {} };
}

/** A map of strings. */
export function texts(title: string, description: string): Schema {
  return { ...map(title, description, ANY_TEXT), default: {} };
}

/** A map of objects; it may be empty. */
export function objects(title: string, description: string, value: Schema): Schema {
  return { ...map(title, description, value), default: {} };
}

/** A map of any keys that must be there. */
export function map(title: string, description: string, value: Schema): Schema {
  return { title, description, type: 'object', patternProperties: { '^.*$': value } };
}

/** An object all of whose fields have defaults, so that it may be left out. */
export function section(title: string, description: string, fields: Fields): Schema {
  return { ...object(title, description, fields), default: {} };
}

/** One variant of a tagged union, or an object that must be there. */
export function variant(title: string, description: string, fields: Fields): Schema {
  return object(title, description, fields);
}

/** An object without further fields. */
export function object(title: string, description: string | undefined, fields: Fields): Schema {
  const required = Object.keys(fields).filter((name) => !Object.hasOwn(fields[name] ?? {}, 'default'));
  return {
    title,
    ...(description === undefined ? {} : { description }),
    additionalProperties: false,
    type: 'object',
    ...(required.length === 0 ? {} : { required }),
    properties: fields,
  };
}

/** The field that tells the variants of a union apart. */
export function tag(title: string, description: string, value: string): Schema {
  return { title, description, type: 'string', const: value };
}

/** Variants told apart by a tag: `oneOf` in JSON Schema, a discriminated union in TypeScript. */
export function tagged(
  title: string,
  description: string,
  variants: readonly Schema[],
  byDefault?: object,
): Schema {
  return {
    title,
    description,
    ...(byDefault === undefined ? {} : { default: byDefault }),
    oneOf: variants,
  };
}
