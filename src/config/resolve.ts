export type * from './resolved-config.js';
export { DOWNLINK_SLOTS, UPLINK_SLOTS } from './resolved-config.js';
