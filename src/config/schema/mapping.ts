import * as Type from 'typebox';
import { choice, flag, requiredText, section, tag, tagged, text, variant } from './kit.js';

const MODE = 'How the record value is built from the event, or the event from it.';
const RULES = 'Output path → JMESPath expression. A path is split at its dots. At least one rule is needed.';

const rules = Type.Record(Type.String(), Type.String(), { title: 'Rules', description: RULES });

const envelopeJson = variant('Envelope', 'A JSON envelope with schema_version, event kind and data.', {
  /** How the record value is built from the event, or the event from it. */
  mode: tag('Mode', MODE, 'envelope_json'),
});

const includeMeta = flag(
  'With data types',
  'Add the data type of each point where the host knows it.',
  false,
);

const uplinkPayload = tagged(
  'Payload',
  'How the record value is built.',
  [
    envelopeJson,
    variant('Key and value', 'An object of point keys and values. Telemetry and attributes only.', {
      /** How the record value is built from the event, or the event from it. */
      mode: tag('Mode', MODE, 'kv'),
      /** Add the data type of each point where the host knows it. */
      includeMeta,
    }),
    variant('Time-series rows', 'An array with one row per point. Telemetry and attributes only.', {
      /** How the record value is built from the event, or the event from it. */
      mode: tag('Mode', MODE, 'timeseries_rows'),
      /** Add the data type of each point where the host knows it. */
      includeMeta,
    }),
    variant('Mapped', 'A JSON object built by JMESPath expressions.', {
      /** How the record value is built from the event, or the event from it. */
      mode: tag('Mode', MODE, 'mapped_json'),
      /** Output path → JMESPath expression. A path is split at its dots. At least one rule is needed. */
      config: rules,
    }),
  ],
  { mode: 'envelope_json' },
);

const mappingFields = {
  /** Whether events of this kind are sent. */
  enabled: flag('Enabled', 'Whether events of this kind are sent.', false),
  /** Handlebars template of the topic. */
  topic: text(
    'Topic template',
    'Handlebars template of the topic.',
    'ng.uplink.{{event_kind}}.{{device_name}}',
  ),
  /** Handlebars template of the record key. Blank, or rendered blank: no key. */
  key: text(
    'Key template',
    'Handlebars template of the record key. Blank, or rendered blank: no key.',
    '{{device_id}}',
  ),
  /** How the record value is built. */
  payload: Type.Optional(uplinkPayload),
};

export interface Mapping extends Type.TObject<typeof mappingFields> {}

/** The slot of one uplink event kind. */
export function mapping(title: string, description: string): Type.TOptional<Mapping> {
  return section(title, description, mappingFields);
}

const FILTER_MODE = 'Which records this route takes.';
const equals = Type.String({ title: 'Equals', description: 'The text to compare with; exact.' });

const filter = tagged(
  'Filter',
  'Which records of the topic this route takes.',
  [
    variant('None', 'Every record.', {
      /** Which records this route takes. */
      mode: tag('Mode', FILTER_MODE, 'none'),
    }),
    variant('JSON Pointer', 'Records whose JSON has a certain value at a place.', {
      /** Which records this route takes. */
      mode: tag('Mode', FILTER_MODE, 'json_pointer'),
      /** JSON Pointer (RFC 6901) of the value to compare, such as /type. */
      pointer: Type.String({
        title: 'Pointer',
        description: 'JSON Pointer (RFC 6901) of the value to compare, such as /type.',
      }),
      /** The text to compare with; exact. */
      equals,
    }),
    variant('Header', 'Records with a certain header.', {
      /** Which records this route takes. */
      mode: tag('Mode', FILTER_MODE, 'property'),
      /** Name of the record header. */
      key: requiredText('Header', 'Name of the record header.'),
      /** The text to compare with; exact. */
      equals,
    }),
    variant('Key', 'Records with a certain key.', {
      /** Which records this route takes. */
      mode: tag('Mode', FILTER_MODE, 'key'),
      /** The text to compare with; exact. */
      equals,
    }),
  ],
  { mode: 'none' },
);

const downlinkPayload = tagged(
  'Payload',
  'How the record value is read.',
  [
    envelopeJson,
    variant('Mapped', 'Any JSON; the data of the event is built by JMESPath expressions.', {
      /** How the record value is built from the event, or the event from it. */
      mode: tag('Mode', MODE, 'mapped_json'),
      /** Output path → JMESPath expression. A path is split at its dots. At least one rule is needed. */
      config: rules,
      /** Which records of the topic this route takes. */
      filter: Type.Optional(filter),
    }),
  ],
  { mode: 'envelope_json' },
);

const routeFields = {
  /** Whether events of this kind are taken. */
  enabled: flag('Enabled', 'Whether events of this kind are taken.', false),
  /** Exact name of the topic; no template, no pattern. */
  topic: text('Topic', 'Exact name of the topic; no template, no pattern.', 'ng.downlink'),
  /** How the record value is read. */
  payload: Type.Optional(downlinkPayload),
  /** When the offset is committed: on_success (done, ignored, or failed and dropped), always, never. */
  ackPolicy: choice(
    'Acknowledging',
    'When the offset is committed: on_success (done, ignored, or failed and dropped), always, never.',
    ['on_success', 'always', 'never'],
    'on_success',
  ),
  /**
   * What becomes of a record that failed, with on_success: drop commits past it, error holds the offset.
   */
  failurePolicy: choice(
    'On failure',
    'What becomes of a record that failed, with on_success: drop commits past it, error holds the offset.',
    ['drop', 'error'],
    'drop',
  ),
};

export interface Route extends Type.TObject<typeof routeFields> {}

/** The slot of one downlink event kind. */
export function route(title: string, description: string): Type.TOptional<Route> {
  return section(title, description, routeFields);
}
