import { type ReactNode, useMemo } from 'react';
import { I18nextProvider, useTranslation } from 'react-i18next';
import { texts } from './i18n.ts';
import { createTexts, TextsContext } from './use-texts.ts';

/** Gives all components the texts. Made once for all of them: a hook of i18next in each of 200 rows would cost more than the rows. */
export function TextsProvider({ children }: { children: ReactNode }) {
  return (
    <I18nextProvider i18n={texts}>
      <Current>{children}</Current>
    </I18nextProvider>
  );
}

function Current({ children }: { children: ReactNode }) {
  const { t, i18n } = useTranslation();
  const { language } = i18n;
  const current = useMemo(() => createTexts(t, language), [t, language]);
  return <TextsContext value={current}>{children}</TextsContext>;
}
