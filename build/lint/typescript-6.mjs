// Loaded before dependency-cruiser, which reads sources with TypeScript's JavaScript API. TypeScript 7 no longer has one,
// so for that tool alone `typescript` means the last release that does.
import { registerHooks } from 'node:module';

registerHooks({
  resolve(specifier, context, nextResolve) {
    const ofTypeScript = specifier === 'typescript' || specifier.startsWith('typescript/');
    const asked = ofTypeScript && context.parentURL?.includes('/node_modules/dependency-cruiser/');
    return nextResolve(asked ? specifier.replace('typescript', 'typescript-6') : specifier, context);
  },
});
