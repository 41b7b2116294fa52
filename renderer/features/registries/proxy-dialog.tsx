import { type FormEvent, useId, useState } from 'react';
import { Form } from 'react-aria-components';
import { useTexts } from '../../i18n/use-texts.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { Select } from '../../ui/select.tsx';
import { TextField } from '../../ui/text-field.tsx';

interface ProxyDialogProps {
  registry: string;
  /** As the policy has it: a URL, `direct`, or nothing. */
  proxy: string | undefined;
  onSave: (proxy: string | undefined) => void;
  onClose: () => void;
}

const KINDS = ['automatic', 'direct', 'own'] as const;

/** Which proxy a registry is reached through: what environment and system say, none, or one of its own. */
export function ProxyDialog({ registry, proxy, onSave, onClose }: ProxyDialogProps) {
  const { t } = useTexts();
  const formId = useId();
  const [kind, setKind] = useState<(typeof KINDS)[number]>(
    proxy === undefined ? 'automatic' : proxy === 'direct' ? 'direct' : 'own',
  );
  const [url, setUrl] = useState(proxy === undefined || proxy === 'direct' ? '' : proxy);
  const canSave = kind !== 'own' || url.trim() !== '';
  return (
    <Dialog
      isOpen
      title={t('registries.proxyTitle', { registry })}
      isDismissable={false}
      onClose={onClose}
      footer={
        <>
          <Button onPress={onClose}>{t('common.cancel')}</Button>
          <Button look="primary" type="submit" form={formId} isDisabled={!canSave}>
            {t('registries.save')}
          </Button>
        </>
      }
    >
      <Form
        id={formId}
        className="space-y-3"
        onSubmit={(event: FormEvent) => {
          event.preventDefault();
          if (!canSave) return;
          onSave(kind === 'automatic' ? undefined : kind === 'direct' ? 'direct' : url.trim());
          onClose();
        }}
      >
        <Select
          label={t('registries.rows.proxy')}
          options={KINDS.map((id) => ({ id, text: t(`registries.proxyKinds.${id}`) }))}
          value={kind}
          onChange={setKind}
        />
        {kind === 'own' ? (
          <TextField
            label={t('registries.proxyUrl')}
            help={t('registries.proxyHelp')}
            placeholder="http://proxy.corp.example:3128"
            autoFocus
            value={url}
            onChange={setUrl}
          />
        ) : null}
      </Form>
    </Dialog>
  );
}
