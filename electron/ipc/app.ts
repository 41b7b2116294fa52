import type { Services } from '../services.ts';
import { diagnosticsText } from './diagnostics.ts';
import type { DesktopActions, HandlersOf } from './types.ts';

type AppServices = Pick<Services, 'problems' | 'catalog' | 'transfers' | 'settings' | 'newerRelease'>;

export function appHandlers(services: AppServices, desktop: DesktopActions): HandlersOf<'app'> {
  return {
    'app.info': () => desktop.info(),
    'app.problems': () => services.problems.list(),
    'app.copy': (text) => desktop.copy(text),
    'app.diagnostics': async () => diagnosticsText(services, desktop.info(), await desktop.logTail()),
    'app.showData': () => desktop.showInFolder(desktop.info().dataFolder),
    'app.chooseFile': (kind) => desktop.chooseFile(kind),
    'app.openExternal': (url) => desktop.openExternal(url),
    'app.newerRelease': async () => (await services.newerRelease(desktop.info().version)) ?? null,
    'app.closingShown': () => desktop.closingShown(),
    'app.close': (answer) => desktop.answerClosing(answer),
  };
}

export function settingsHandlers(services: Services): HandlersOf<'settings'> {
  return {
    'settings.get': () => services.settings.get(),
    'settings.update': (patch) => services.settings.patch(patch),
  };
}

export function practiceHandlers({ practice }: Pick<Services, 'practice'>): HandlersOf<'practice'> {
  return {
    'practice.start': () => practice.start(),
    'practice.end': () => practice.end(),
  };
}
