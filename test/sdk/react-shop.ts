import { createElement as h, type ReactNode, StrictMode, Suspense, useEffect } from 'react';
import type { Bootstrap } from '../../src/sdk/index.js';
import { type AnswerSource, BellwetherProvider, Experiment, useBellwether, useExperiment, Variant } from '../../src/sdk/react/index.js';

/** A small application, the same on the server and in the page. */

export interface ShopProps {
  readonly client: AnswerSource;
  readonly bootstrap?: Bootstrap;
  readonly whileLoading?: 'suspend' | 'fallback';
  readonly experimentKey: string;
  /** Called when it is on the screen. */
  readonly onShown?: () => void;
}

export function Shop({ experimentKey, onShown, ...provided }: ShopProps): ReactNode {
  const inside = h(
    Suspense,
    { fallback: h('p', null, 'loading') },
    h(BuyButton, { experimentKey, onShown }),
    h(
      Experiment,
      { name: experimentKey, fallback: 'nothing' },
      h(Variant, { name: ['control', 'nothing'] }, h('p', null, 'plain')),
      h('section', null, h(Variant, { name: 'green' }, h('p', null, 'colourful'))),
    ),
  );
  return h(StrictMode, null, h(BellwetherProvider, provided, inside));
}

function BuyButton({ experimentKey, onShown }: Pick<ShopProps, 'experimentKey' | 'onShown'>): ReactNode {
  const { variant, payload } = useExperiment(experimentKey, 'nothing');
  const { track } = useBellwether();
  useEffect(() => onShown?.(), [onShown]);
  const { colour = 'grey' } = (payload ?? {}) as { readonly colour?: string };
  return h('button', { type: 'button', title: colour, onClick: () => track('purchase') }, variant);
}
