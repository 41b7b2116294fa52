import type { Services } from '../services.ts';
import type { DesktopActions, HandlersOf } from './types.ts';

export function appHandlers({ problems }: Pick<Services, 'problems'>, desktop: DesktopActions): HandlersOf<'app'> {
  return {
    'app.info': () => desktop.info(),
    'app.problems': () => problems.list(),
    'app.copy': async (text) => {
      await desktop.copy(text);
      return undefined;
    },
    'app.openExternal': async (url) => {
      await desktop.openExternal(url);
      return undefined;
    },
    'app.closingShown': () => {
      desktop.closingShown();
      return undefined;
    },
    'app.close': (answer) => {
      desktop.answerClosing(answer);
      return undefined;
    },
  };
}
