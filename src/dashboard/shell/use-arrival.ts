import { type RefObject, useEffect, useRef } from 'react';
import { useLocation } from 'wouter';

/**
 * A page that was gone to begins at its top, and is what a screen reader reads next. The way back and forth through the history is left to
 * the browser, which knows where one was.
 */
export function useArrival(content: RefObject<HTMLElement | null>): void {
  const [place] = useLocation();
  const shown = useRef(place);
  const isHistory = useRef(false);

  useEffect(() => {
    const note = () => {
      isHistory.current = true;
    };
    window.addEventListener('popstate', note);
    return () => window.removeEventListener('popstate', note);
  }, []);

  useEffect(() => {
    if (shown.current === place) return;
    shown.current = place;
    if (!isHistory.current) {
      window.scrollTo(0, 0);
      content.current?.focus({ preventScroll: true });
    }
    isHistory.current = false;
  }, [place, content]);
}
