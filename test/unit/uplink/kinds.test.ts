import { describe, expect, it } from 'vitest';
import { DOWNLINK_SLOTS, MAPPING_OF, UPLINK_KINDS } from '../../../src/api/kinds.js';
import type { UplinkKind } from '../../../src/api/uplink.js';
import { downlink } from '../../../src/config/schema/downlink.js';
import { uplink } from '../../../src/config/schema/uplink.js';
import { allKinds, mapperOf } from './support.js';

interface Section {
  readonly properties?: Readonly<Record<string, Section>>;
}

/** The fields of a section that have a payload of their own. */
const slotsIn = (section: unknown): string[] =>
  Object.entries((section as Section).properties ?? {})
    .filter(([, field]) => Object.hasOwn(field.properties ?? {}, 'payload'))
    .map(([name]) => name);

describe('the list of kinds', () => {
  it('is in step with the schema of the configuration, in its order', () => {
    expect(slotsIn(uplink)).toEqual(Object.values(MAPPING_OF));
    expect(slotsIn(downlink)).toEqual(DOWNLINK_SLOTS);
  });

  it('given an event of a kind that does not exist, then the message lists those that do', () => {
    const mapper = mapperOf(allKinds({ topic: 't', payload: { mode: 'envelope_json' } }));
    expect(() => mapper.skipReason('boo' as UplinkKind)).toThrow(
      'kind: expected one of telemetry, attributes, device_connected, device_disconnected, alarm, rpc_response, ' +
        'write_point_response, found boo',
    );
    expect(UPLINK_KINDS.map((kind) => mapper.skipReason(kind))).toEqual(UPLINK_KINDS.map(() => null));
  });
});
