import { share } from '../format/numbers.js';
import {
  ArchiveDocument,
  DeleteDocument,
  EvaluateDocument,
  type ExperimentAction,
  type HeaderFragment,
  PauseDocument,
  ResumeBanditDocument,
  ResumeDocument,
  RollbackDocument,
  SetTrafficDocument,
  SetWeightsDocument,
  StartDocument,
  StopDocument,
  ToggleVariantDocument,
} from '../generated/graphql.js';
import type { Toggled } from './perform.js';

/** What can be done to an experiment from its page; editing has a page of its own. */
export type PageAction = Exclude<ExperimentAction, 'UPDATE'>;

/** The mutation of each action. */
export const documents = {
  START: StartDocument,
  DRY_RUN: StartDocument,
  PAUSE: PauseDocument,
  RESUME: ResumeDocument,
  RESUME_BANDIT: ResumeBanditDocument,
  STOP: StopDocument,
  ROLLBACK: RollbackDocument,
  ARCHIVE: ArchiveDocument,
  DELETE: DeleteDocument,
  SET_WEIGHTS: SetWeightsDocument,
  SET_TRAFFIC_ALLOCATION: SetTrafficDocument,
  TOGGLE_VARIANT: ToggleVariantDocument,
  EVALUATE: EvaluateDocument,
} as const satisfies Readonly<Record<PageAction, unknown>>;

interface ActionWords {
  /** On the button that opens the dialog. */
  readonly label: string;
  readonly title: string;
  /** On the button that does it. */
  readonly confirm: string;
  /** Does harm when it is done by mistake. */
  readonly isGrave?: boolean;
  /** What happens to people and to results, in the present. */
  readonly consequence: (experiment: HeaderFragment, toggled?: Toggled) => string;
}

const controlOf = ({ variants }: HeaderFragment) => {
  const control = variants.find(({ isControl }) => isControl);
  return `“${control?.name ?? control?.key}”`;
};

const splitOf = ({ variants }: HeaderFragment) => variants.map(({ key, name, weight }) => `${share(weight)} ${name ?? key}`).join(', ');

const actionWords: Readonly<Record<PageAction, ActionWords>> = {
  START: {
    label: 'Start',
    title: 'Start the experiment?',
    confirm: 'Start',
    consequence: (experiment) =>
      `${share(experiment.trafficAllocation)} of eligible units take part from now on: ${splitOf(experiment)}. The plan is registered: variants, metrics and the way of deciding cannot change any more.`,
  },
  DRY_RUN: {
    label: 'Dry run',
    title: 'Start a dry run?',
    confirm: 'Start the dry run',
    consequence: () =>
      '1% of eligible units get their variant, to try the plumbing. They keep it later but stay out of the results. Nothing is registered yet.',
  },
  PAUSE: {
    label: 'Pause',
    title: 'Pause the experiment?',
    confirm: 'Pause',
    consequence: (experiment) =>
      `Everybody gets the control ${controlOf(experiment)} until it is resumed, and nobody new takes part. Events of units already in it still count. After a resume they have their variant again.`,
  },
  RESUME: {
    label: 'Resume',
    title: 'Resume the experiment?',
    confirm: 'Resume',
    consequence: () =>
      'Every unit has its variant again, and new ones take part. A guardrail that has paused it does not pause it for the same harm again.',
  },
  RESUME_BANDIT: {
    label: 'Resume the bandit',
    title: 'Let the bandit move again?',
    confirm: 'Resume the bandit',
    consequence: () =>
      'It was halted because a conversion rate looked impossible, and the weights are equal since. Weights move again from the next update on.',
  },
  STOP: {
    label: 'Stop',
    title: 'Stop the experiment?',
    confirm: 'Stop',
    isGrave: true,
    consequence: () => 'It ends with a last evaluation and cannot be started again.',
  },
  ROLLBACK: {
    label: 'Roll back',
    title: 'Roll back?',
    confirm: 'Roll back now',
    isGrave: true,
    consequence: (experiment) =>
      `It ends for harm: everybody gets the control ${controlOf(experiment)} at once, on all servers. It cannot be started again.`,
  },
  ARCHIVE: {
    label: 'Archive',
    title: 'Archive the experiment?',
    confirm: 'Archive',
    isGrave: true,
    consequence: (experiment) =>
      `It leaves the list and can still be read. It is no longer assigned: also where a variant was shipped, everybody gets the control ${controlOf(experiment)}, or what the code falls back to. The code that asks for it should be gone.`,
  },
  DELETE: {
    label: 'Delete',
    title: 'Delete the draft?',
    confirm: 'Delete',
    isGrave: true,
    consequence: () => 'The draft is gone for good. Nobody was assigned by it.',
  },
  SET_WEIGHTS: {
    label: 'Set weights',
    title: 'Set the weights',
    confirm: 'Set weights',
    consequence: ({ design, startedAt }) =>
      startedAt === null
        ? 'The draft starts with these weights.'
        : `New units are split by them. Units that took part keep their variant.${design === 'BANDIT' ? ' The bandit goes on moving from there.' : ''}`,
  },
  SET_TRAFFIC_ALLOCATION: {
    label: 'Set traffic',
    title: 'Set the share of traffic',
    confirm: 'Set traffic',
    consequence: () =>
      'This share of eligible units takes part. Raising it moves nobody who is in it; lowering it sends some to the control.',
  },
  TOGGLE_VARIANT: {
    label: 'Switch a variant',
    title: 'Switch the variant?',
    confirm: 'Switch',
    consequence: (experiment, toggled) =>
      toggled?.enabled
        ? `“${toggled.variant}” is served again: its units have it back, and new ones take part.`
        : `Units of “${toggled?.variant}” get the control ${controlOf(experiment)} until it is switched on again, and its share goes to the others. They are still analysed under it.`,
  },
  EVALUATE: {
    label: 'Evaluate now',
    title: 'Evaluate now?',
    confirm: 'Evaluate',
    consequence: ({ evaluationPlan: { method, looksUsed, maxPeeks } }) =>
      method === 'FREQUENTIST_T_TEST' || method === 'GROUP_SEQUENTIAL'
        ? `This uses up a look: ${looksUsed} of ${maxPeeks} are used. Looking more often than planned would make false findings likely, so none comes back.`
        : 'It makes one evaluation now. This plan may be read as often as one likes.',
  },
};

/** One that has ended already is not stopped again. */
const shipWords: ActionWords = {
  label: 'Ship a variant',
  title: 'Ship a variant?',
  confirm: 'Ship',
  isGrave: true,
  consequence: () => 'The experiment stays ended. What everybody gets changes at once, on all servers.',
};

/** The words of an action, as the experiment's state has them. */
export function wordsOf(action: PageAction, { status }: Pick<HeaderFragment, 'status'>): ActionWords {
  return action === 'STOP' && status === 'STOPPED' ? shipWords : actionWords[action];
}

/** Buttons that stand in the header, by what the experiment's state allows; the others are in its menu. */
export const mainActions: readonly PageAction[] = ['START', 'DRY_RUN', 'RESUME', 'RESUME_BANDIT', 'STOP', 'PAUSE', 'ROLLBACK'];
export const menuActions: readonly PageAction[] = ['EVALUATE', 'SET_WEIGHTS', 'SET_TRAFFIC_ALLOCATION', 'ARCHIVE', 'DELETE'];
