import type { Target } from '../target.ts';
import { answerTargets } from './answers.ts';
import { inspectionTargets } from './inspection.ts';
import { jsonPathTarget } from './jsonpath.ts';
import { procfsTargets } from './procfs.ts';
import { podTargets } from './pods.ts';
import { safeTextTarget } from './safe-text.ts';
import { yamlTargets } from './yaml.ts';

/** Everything that is fuzzed. */
export const targets: readonly Target[] = [
  ...podTargets,
  ...answerTargets,
  ...inspectionTargets,
  ...procfsTargets,
  ...yamlTargets,
  safeTextTarget,
  jsonPathTarget,
];
