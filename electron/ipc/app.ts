import type { DesktopActions, HandlersOf } from './types.ts';

export function appHandlers(desktop: DesktopActions): HandlersOf<'app'> {
  return {
    'app.info': () => desktop.info(),
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
