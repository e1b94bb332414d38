/**
 * The few shapes that the schema is built from. Every field has a title and a description (forms, docs and
 * hover texts are made from them) and, where it may be left out, a default.
 */
import * as Type from 'typebox';

interface Limits {
  readonly minimum?: number;
  readonly maximum?: number;
}

export function flag(title: string, description: string, byDefault: boolean) {
  return Type.Optional(Type.Boolean({ title, description, default: byDefault }));
}

export function integer(title: string, description: string, byDefault: number, limits: Limits) {
  return Type.Optional(Type.Integer({ title, description, default: byDefault, ...limits }));
}

export function decimal(title: string, description: string, byDefault: number, limits: Limits) {
  return Type.Optional(Type.Number({ title, description, default: byDefault, ...limits }));
}

/** An integer, or `null` (the default) for "no limit". */
export function limit(title: string, description: string) {
  const options = { title, description, default: null };
  return Type.Optional(Type.Union([Type.Integer({ minimum: 0 }), Type.Null()], options));
}

export function text(title: string, description: string, byDefault: string) {
  return Type.Optional(Type.String({ title, description, default: byDefault }));
}

/** A string that must be there. */
export function requiredText(title: string, description: string) {
  return Type.String({ title, description, minLength: 1 });
}

/** A string that may be `null`, blank or left out, which is all the same. */
export function optionalText(title: string, description: string) {
  return Type.Optional(Type.Union([Type.String(), Type.Null()], { title, description, default: null }));
}

export function choice<const V extends string>(
  title: string,
  description: string,
  values: readonly V[],
  byDefault: V,
) {
  const options = { type: 'string', title, description, default: byDefault, enum: [...values] };
  return Type.Optional(Type.Unsafe<V>(options));
}

/** A choice that may be `null` or left out: then it depends on other fields. */
export function optionalChoice<const V extends string>(
  title: string,
  description: string,
  values: readonly V[],
) {
  const options = { title, description, default: null };
  const one = Type.Unsafe<V>({ type: 'string', enum: [...values] });
  return Type.Optional(Type.Union([one, Type.Null()], options));
}

const FROM_ENV = Type.Object(
  {
    /** Name of the environment variable that holds the secret. */
    env: requiredText('Environment variable', 'Name of the environment variable that holds the secret.'),
  },
  { title: 'From the environment', additionalProperties: false },
);

const FROM_FILE = Type.Object(
  {
    /** Path of the file that holds the secret. One newline at its end is cut off. */
    file: requiredText('File', 'Path of the file that holds the secret. One newline at its end is cut off.'),
  },
  { title: 'From a file', additionalProperties: false },
);

type SecretForms = [Type.TString, typeof FROM_ENV, typeof FROM_FILE];

// Interfaces, because declaration files print those by name, and so keep the doc comments of their fields.
export interface Secret extends Type.TUnion<SecretForms> {}
export interface OptionalSecret extends Type.TUnion<[...SecretForms, Type.TNull]> {}

/** A secret that must be there: the text itself, or where to read it. */
export function secret(title: string, description: string): Secret {
  const literal = Type.String({ title: 'Value', minLength: 1 });
  return Type.Union([literal, FROM_ENV, FROM_FILE], { title, description, writeOnly: true });
}

/** A secret that may be `null`, blank or left out. */
export function optionalSecret(title: string, description: string): Type.TOptional<OptionalSecret> {
  const literal = Type.String({ title: 'Value' });
  const options = { title, description, default: null, writeOnly: true };
  return Type.Optional(Type.Union([literal, FROM_ENV, FROM_FILE, Type.Null()], options));
}

/** A map of librdkafka properties handed through as they are. */
export function properties(title: string, description: string) {
  const value = Type.Union([Type.String(), Type.Number(), Type.Boolean()]);
  return Type.Optional(Type.Record(Type.String(), value, { title, description, default: {} }));
}

/** A map of strings. */
export function texts(title: string, description: string) {
  return Type.Optional(Type.Record(Type.String(), Type.String(), { title, description, default: {} }));
}

/** An object all of whose fields have defaults, so that it may be left out. */
export function section<P extends Type.TProperties>(title: string, description: string, fields: P) {
  const options = { title, description, default: {}, additionalProperties: false };
  return Type.Optional(Type.Object(fields, options));
}

/** One variant of a tagged union. */
export function variant<P extends Type.TProperties>(title: string, description: string, fields: P) {
  return Type.Object(fields, { title, description, additionalProperties: false });
}

/** The field that tells the variants of a union apart. */
export function tag<const V extends string>(title: string, description: string, value: V) {
  return Type.Literal(value, { title, description });
}

/** Variants told apart by a tag: `oneOf` in JSON Schema, a discriminated union in TypeScript. */
export interface Tagged<V extends Type.TSchema[]> extends Type.TUnsafe<Type.Static<Type.TUnion<V>>> {
  readonly oneOf: V;
}

export function tagged<V extends Type.TSchema[]>(
  title: string,
  description: string,
  variants: [...V],
  byDefault?: object,
): Tagged<V> {
  const options = { title, description, ...(byDefault === undefined ? {} : { default: byDefault }) };
  return Type.Unsafe({ ...options, oneOf: variants }) as Tagged<V>;
}
