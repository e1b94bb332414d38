import {
  ANY_TEXT,
  anyText,
  choice,
  flag,
  integer,
  map,
  object,
  orNull,
  requiredText,
  section,
  tag,
  tagged,
  text,
  variant,
  type Schema,
} from './kit.js';

const MODE = 'How the record value is built from the event, or the event from it.';
const RULES = 'Output path → JMESPath expression. A path is split at its dots. At least one rule is needed.';

const rules = map('Rules', RULES, ANY_TEXT);

const envelopeJson = variant('Envelope', 'A JSON envelope with schema_version, event kind and data.', {
  mode: tag('Mode', MODE, 'envelope_json'),
});

const mappedJson = variant('Mapped', 'A JSON object built by JMESPath expressions.', {
  mode: tag('Mode', MODE, 'mapped_json'),
  config: rules,
});

const pack = orNull(
  'Packing',
  'Several events of a device in one record, which is an array then. null: one event a record.',
  object(
    'Packing',
    'When a record with several events is complete: the first bound that is reached decides.',
    {
      maxEvents: integer('Events', 'Most events in one record.', 20, { minimum: 1, maximum: 1_000 }),
      maxBytes: integer(
        'Bytes',
        'Most bytes of the value of a record with several events. A larger event has a record of its own.',
        65_536,
        { minimum: 1_024, maximum: 1_073_741_824 },
      ),
      maxWaitMs: integer(
        'Longest wait (ms)',
        'How long the first event of a record waits for others, in milliseconds. It comes on top of lingerMs.',
        20,
        { minimum: 1, maximum: 60_000 },
      ),
    },
  ),
);

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
      mode: tag('Mode', MODE, 'kv'),
      includeMeta,
      pack,
    }),
    variant('Time-series rows', 'An array with one row per point. Telemetry and attributes only.', {
      mode: tag('Mode', MODE, 'timeseries_rows'),
      includeMeta,
      pack,
    }),
    variant('Mapped', 'A JSON object built by JMESPath expressions.', {
      mode: tag('Mode', MODE, 'mapped_json'),
      config: rules,
      pack,
    }),
  ],
  { mode: 'envelope_json' },
);

const gapPayload = tagged('Payload', 'How the record value is built.', [envelopeJson, mappedJson], {
  mode: 'envelope_json',
});

function mappingFields(topic: string, key: string, payload: Schema): Readonly<Record<string, Schema>> {
  return {
    enabled: flag('Enabled', 'Whether events of this kind are sent.', false),
    topic: text('Topic template', 'Handlebars template of the topic.', topic),
    key: text(
      'Key template',
      'Handlebars template of the record key. Blank, or rendered blank: no key.',
      key,
    ),
    payload,
  };
}

const eventFields = mappingFields('ng.uplink.{{event_kind}}.{{device_name}}', '{{device_id}}', uplinkPayload);

/** The slot of one uplink event kind. */
export function mapping(title: string, description: string): Schema {
  return section(title, description, eventFields);
}

/** The slot of the kind that is about no device. */
export function gapMapping(title: string, description: string): Schema {
  return section(title, description, mappingFields('ng.uplink.{{event_kind}}', '{{lane}}', gapPayload));
}

const FILTER_MODE = 'Which records this route takes.';
const equals = anyText('Equals', 'The text to compare with; exact.');

const filter = tagged(
  'Filter',
  'Which records of the topic this route takes.',
  [
    variant('None', 'Every record.', {
      mode: tag('Mode', FILTER_MODE, 'none'),
    }),
    variant('JSON Pointer', 'Records whose JSON has a certain value at a place.', {
      mode: tag('Mode', FILTER_MODE, 'json_pointer'),
      pointer: anyText('Pointer', 'JSON Pointer (RFC 6901) of the value to compare, such as /type.'),
      equals,
    }),
    variant('Header', 'Records with a certain header.', {
      mode: tag('Mode', FILTER_MODE, 'property'),
      key: requiredText('Header', 'Name of the record header.'),
      equals,
    }),
    variant('Key', 'Records with a certain key.', {
      mode: tag('Mode', FILTER_MODE, 'key'),
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
      mode: tag('Mode', MODE, 'mapped_json'),
      config: rules,
      filter: filter,
    }),
  ],
  { mode: 'envelope_json' },
);

const routeFields = {
  enabled: flag('Enabled', 'Whether events of this kind are taken.', false),
  topic: text('Topic', 'Exact name of the topic; no template, no pattern.', 'ng.downlink'),
  payload: downlinkPayload,
  ackPolicy: choice(
    'Acknowledging',
    'When the offset is committed: on_success (done, ignored, or failed and dropped), always, never.',
    ['on_success', 'always', 'never'],
    'on_success',
  ),
  failurePolicy: choice(
    'On failure',
    'What becomes of a record that failed, with on_success: drop commits past it, error holds the offset.',
    ['drop', 'error'],
    'drop',
  ),
};

/** The slot of one downlink event kind. */
export function route(title: string, description: string): Schema {
  return section(title, description, routeFields);
}
