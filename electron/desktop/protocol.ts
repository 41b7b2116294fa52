import { protocol, type Session } from 'electron';
import { APP_SCHEME, createAppFileHandler } from './app-files.ts';

/** Must run before the `ready` event: makes the scheme standard (origins, relative URLs) and secure. */
export function registerAppScheme(): void {
  protocol.registerSchemesAsPrivileged([
    { scheme: APP_SCHEME, privileges: { standard: true, secure: true, supportFetchAPI: true, codeCache: true } },
  ]);
}

/** Serves the page's files from `root` to this session. */
export function serveApp(session: Session, root: string): void {
  session.protocol.handle(APP_SCHEME, createAppFileHandler(root));
}
