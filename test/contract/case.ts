import type { Conversation } from './conversation.ts';

/**
 * By name, some requests that belong together, which find the Pods of subjects.ts and leave nothing else behind.
 * What comes back to them is compared.
 */
export type Cases = Readonly<Record<string, Case>>;

export type Case = (talk: Conversation) => Promise<void>;
