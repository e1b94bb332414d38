/** What changes a cluster, where a person asks for it. */
import type { ProbePort } from './probe-port.js';
import type { TopicCreator } from './topic-creator.js';

export type AdminPort = ProbePort & TopicCreator;
