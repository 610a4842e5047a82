import type { Decision } from './evaluation-words.js';
import { reportText } from './report-text.js';
import type { WebhookBody } from './webhook.js';

/** A message of Slack's incoming webhooks. */
export interface SlackMessage {
  /** What notifications show. */
  readonly text: string;
  readonly blocks: readonly { readonly type: 'section'; readonly text: { readonly type: 'mrkdwn'; readonly text: string } }[];
}

/** Slack takes 3,000 characters a section and 50 sections a message. */
const longestSection = 2_900;
const mostSections = 49;

/** @see https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks */
export function slackMessage(body: WebhookBody): SlackMessage {
  const { title, sections } = wordsOf(body);
  const texts = [`*${title}*`, ...sections.slice(0, mostSections)];
  return { text: title, blocks: texts.map((text) => ({ type: 'section', text: { type: 'mrkdwn', text } })) };
}

interface Words {
  /** Escaped, as is each section. */
  readonly title: string;
  readonly sections: readonly string[];
}

function wordsOf(body: WebhookBody): Words {
  switch (body.type) {
    case 'alert.raised':
    case 'alert.resolved': {
      const { experimentKey, kind, severity, message } = body.data;
      const mark = body.type === 'alert.resolved' ? ':white_check_mark: Resolved' : `${marks[severity]} ${severity}`;
      return { title: `${mark}: ${kind} in ${experimentKey}`, sections: [escaped(message, longestSection)] };
    }
    case 'decision.changed': {
      const { experimentKey, decision, winner, summary, confirmatory } = body.data;
      const call = `${calls[decision]}${winner === null ? '' : ` ${winner}`}`;
      return { title: `${experimentKey}: ${call}${confirmatory ? '' : ' (dry run)'}`, sections: [escaped(summary, longestSection)] };
    }
    case 'status.changed': {
      const { experimentKey, status, previousStatus, shippedVariant, reason, actor } = body.data;
      const shipped = shippedVariant === null ? '' : `, ${shippedVariant} shipped`;
      const by = `By ${escaped(actor, 200)}${reason === null ? '' : `: ${escaped(reason, 2_000)}`}`;
      return { title: `${experimentKey}: ${previousStatus} to ${status}${shipped}`, sections: [by] };
    }
    case 'report.daily':
      return { title: `Daily report: ${body.data.experimentKey}`, sections: fixedWidth(reportText(body.data)) };
    default:
      return body satisfies never;
  }
}

/** A SHIP names its winner behind. */
const calls: Readonly<Record<Decision, string>> = {
  INVALID: 'Invalid',
  ROLL_BACK: 'Roll back',
  INSUFFICIENT_DATA: 'Too little data',
  SHIP: 'Ship',
  DO_NOT_SHIP: 'Do not ship',
  KEEP_RUNNING: 'Keep running',
};

const marks = { INFO: ':information_source:', WARNING: ':warning:', CRITICAL: ':rotating_light:' } as const;

/** Slack reads three characters as markup; what is cut off ends with an ellipsis. */
function escaped(text: string, longest: number): string {
  const safe = text.replace(/[&<>]/g, (sign) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;' })[sign] ?? sign);
  return safe.length > longest ? `${safe.slice(0, longest - 1).replace(/&[a-z]*$/, '')}…` : safe;
}

/** Whole lines in blocks of fixed width, each block a section. */
function fixedWidth(text: string): string[] {
  const blocks: string[] = [];
  for (const line of text.split('\n')) {
    const safe = escaped(line.replaceAll('```', "'''"), longestSection - 10);
    const last = blocks.at(-1);
    if (last !== undefined && last.length + safe.length < longestSection - 10) blocks[blocks.length - 1] = `${last}\n${safe}`;
    else blocks.push(safe);
  }
  return blocks.map((block) => `\`\`\`${block}\`\`\``);
}
