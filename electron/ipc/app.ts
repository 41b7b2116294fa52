import type { Services } from '../services.ts';
import type { DesktopActions, HandlersOf } from './types.ts';

export function appHandlers({ problems }: Pick<Services, 'problems'>, desktop: DesktopActions): HandlersOf<'app'> {
  return {
    'app.info': () => desktop.info(),
    'app.problems': () => problems.list(),
    'app.copy': (text) => desktop.copy(text),
    'app.openExternal': (url) => desktop.openExternal(url),
    'app.closingShown': () => desktop.closingShown(),
    'app.close': (answer) => desktop.answerClosing(answer),
  };
}
