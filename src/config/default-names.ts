/** Names that stand in for what a configuration leaves blank. */

/** Name of an application that has none. */
export const DEFAULT_APP_NAME = 'ng-gateway';

/** Where dead letters go when no topic is named. */
export const DEFAULT_DEAD_LETTER_TOPIC = 'ng.downlink.dead-letter';
