import type { Id, Receipt, RpcResponseData, WritePointResponseData } from '../api/uplink.js';
import type { OutgoingRecord } from './outgoing-record.js';

/** A reply in the host form of its uplink kind. */
export type Reply =
  | { readonly kind: 'write_point_response'; readonly data: WritePointResponseData }
  | { readonly kind: 'rpc_response'; readonly data: RpcResponseData };

/** The way out: what the downlink has to say goes through the producer, which is handed in. */
export interface Outward {
  /** Publishes through the mapping of the reply's kind, with the record header `request_id`. */
  reply(reply: Reply): Promise<Receipt>;
  /** Publishes a record as it is. */
  send(record: OutgoingRecord): Promise<Receipt>;
  /** What the host's point metadata says of a point. */
  deviceOf(pointId: Id): Id | undefined;
  /** What it says of a device that is named. */
  deviceNamed(deviceName: string): Id | undefined;
  /** Whether replies of this kind are sent: their mapping is enabled. */
  sends(kind: Reply['kind']): boolean;
}
