/**
 * The order of test files. Vitest knows how long a file takes only where it has run before; on a fresh checkout it goes by size, which says little:
 * a short file that kills services waits for half a minute. Those that start whole programs and browsers go first, so that none is left over at the end.
 */
import { relative } from 'node:path';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

const startsPrograms = /^test\/(cli|dashboard|faults|ops|process|scale|sdk|telemetry)\//;

export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const rank = ({ moduleId, project }: TestSpecification) => (startsPrograms.test(relative(project.config.root, moduleId)) ? 0 : 1);
    return sorted.sort((a, b) => rank(a) - rank(b));
  }
}
