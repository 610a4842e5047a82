/**
 * What an evaluation found, with a word on a winner that is switched off: it is shipped by nobody but a person, for whoever switched it off had a reason.
 * Stored evaluations go without, for a switch is turned while what was computed stays.
 *
 * @example besideSwitch({ summary: 'green wins.', winner: 'green' }, ['green']); // 'green wins. green is switched off.'
 */
export function besideSwitch(
  { summary, winner }: { readonly summary: string; readonly winner: string | null },
  disabledVariants: readonly string[],
): string {
  return winner !== null && disabledVariants.includes(winner) ? `${summary} ${winner} is switched off.` : summary;
}
