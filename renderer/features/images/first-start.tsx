import {
  CircleCheck,
  CircleSlash,
  FileArchive,
  FolderPlus,
  GraduationCap,
  LoaderCircle,
  type LucideIcon,
  PackageOpen,
  RefreshCw,
  TriangleAlert,
} from 'lucide-react';
import { type ReactNode, useEffect, useId, useState } from 'react';
import type { LookedFor } from '../../../shared/images.ts';
import { inBackground, request } from '../../api.ts';
import { useTexts } from '../../i18n/use-texts.ts';
import { useImages } from '../../stores/images.ts';
import { showError } from '../../stores/messages.ts';
import { showView } from '../../stores/view.ts';
import { Button } from '../../ui/button.tsx';
import { classes } from '../../ui/classes.ts';
import { whyText } from '../../ui/error-text.ts';
import { Fold } from '../../ui/fold.tsx';
import { Key, Keys } from '../../ui/keys.tsx';
import { NameText } from '../../ui/middle-text.tsx';
import { ADD_KEYS, chooseAndAdd } from '../drop/add-paths.ts';
import { SOURCE_ICONS } from './source-entry.tsx';
import { Command, StartHelp, useStartCommands } from './start-help.tsx';
import { TryButton } from './try-button.tsx';

/** What makes an archive or a layout of an image that another tool has. */
const COMMANDS = [
  'docker save -o web.tar acme/web:1.2',
  'podman save --format oci-archive -o web.tar acme/web:1.2',
  'skopeo copy docker-daemon:acme/web:1.2 oci:web:1.2',
];

/** In place of the list where there is no image yet: a first push to practise, how images get here, and where they were looked for. */
export function FirstStart() {
  const { t } = useTexts();
  return (
    <div className="@container h-full overflow-y-auto">
      <div className="mx-auto max-w-[820px] space-y-6 px-6 py-6 @3xl:py-12 [@media(height>=1000px)]:pt-24">
        <header className="space-y-1">
          <h2 className="text-lg font-semibold">{t('start.title')}</h2>
          <p className="text-balance text-quiet">{t('start.body')}</p>
        </header>
        <div className="grid gap-4 @xl:grid-cols-2">
          <Card
            icon={GraduationCap}
            title={t('start.practice')}
            body={t('start.practiceBody')}
            className="border-accent bg-selected/40"
          >
            <TryButton look="primary" />
            <span className="text-sm text-quiet">{t('start.time')}</span>
          </Card>
          <Card
            icon={PackageOpen}
            title={t('start.drop')}
            body={t('start.dropBody')}
            className="border-dashed border-line-strong"
          >
            <Button icon={FolderPlus} onPress={() => inBackground(chooseAndAdd('folders'), showError)}>
              {t('common.add')}
            </Button>
            <Button icon={FileArchive} onPress={() => inBackground(chooseAndAdd('archives'), showError)}>
              {t('common.addArchive')}
            </Button>
          </Card>
        </div>
        <Places />
        <section aria-label={t('start.make')} className="space-y-1.5">
          <h3 className="font-semibold">{t('start.make')}</h3>
          {COMMANDS.map((command) => (
            <Command key={command} text={command} />
          ))}
        </section>
        <p className="flex flex-wrap items-center gap-x-1.5 gap-y-1 text-sm text-quiet">
          <Key name="?" /> <span className="pr-3">{t('start.keys')}</span>
          <Keys names={ADD_KEYS.archives} /> <span className="pr-3">{t('start.addArchives')}</span>
          <Keys names={ADD_KEYS.folders} /> {t('start.addFolder')}
        </p>
      </div>
    </div>
  );
}

interface CardProps {
  icon: LucideIcon;
  title: string;
  body: string;
  className: string;
  /** Its buttons, which are on one line with those of the other card. */
  children: ReactNode;
}

function Card({ icon: Icon, title, body, className, children }: CardProps) {
  return (
    <section aria-label={title} className={classes('flex flex-col gap-2 rounded-lg border p-4', className)}>
      <h3 className="flex items-center gap-2 font-semibold">
        <Icon aria-hidden size={18} strokeWidth={1.75} className="shrink-0 text-accent" />
        {title}
      </h3>
      <p className="flex-1 text-balance">{body}</p>
      <div className="flex flex-wrap items-center gap-2 pt-2">{children}</div>
    </section>
  );
}

/** The stores and engines of this computer, and what there is of each. */
function Places() {
  const { t } = useTexts();
  const places = usePlaces();
  if (places.length === 0) return null;
  return (
    <section aria-label={t('start.lookedFor')}>
      <div className="flex items-center justify-between pb-1">
        <h3 className="font-semibold">{t('start.lookedFor')}</h3>
        <Button
          look="quiet"
          size="small"
          icon={RefreshCw}
          className="-mr-2"
          onPress={() => inBackground(request('sources.rescan'), showError)}
        >
          {t('start.lookAgain')}
        </Button>
      </div>
      <ul className="divide-y divide-line rounded-lg border border-line">
        {places.map((place) => (
          <Place key={place.id} place={place} />
        ))}
      </ul>
    </section>
  );
}

function usePlaces(): readonly LookedFor[] {
  const [places, setPlaces] = useState<readonly LookedFor[]>([]);
  // They come anew with each change of any place, also of one that is not shown among them.
  const sources = useImages((state) => state.sources);
  useEffect(() => {
    let isCurrent = true;
    const show = (found: readonly LookedFor[]) => {
      if (isCurrent) setPlaces(found);
    };
    inBackground(request('sources.lookedFor').then(show), showError);
    return () => {
      isCurrent = false;
    };
  }, [sources]);
  return places;
}

function Place({ place }: { place: LookedFor }) {
  const texts = useTexts();
  const { t, format, said } = texts;
  const { transport, label, location, state, imageCount, error } = place;
  const Icon = SOURCE_ICONS[transport];
  const [StateIcon, tone] = LOOKS[state];
  const words = {
    scanning: t('start.looking'),
    absent: t(transport === 'docker-daemon' ? 'start.notRunning' : 'start.notThere'),
    unreachable: error === undefined ? t('sources.unreachable') : (whyText(error, texts) ?? t('sources.unreachable')),
    ready:
      imageCount === 0
        ? t('start.readyEmpty')
        : t('start.ready', { count: imageCount, formatted: format.count(imageCount) }),
  }[state];
  const [isOpen, setOpen] = useState(false);
  const commands = useStartCommands(place);
  const panelId = useId();
  const hasHelp = commands.length > 0;
  const hasAction = hasHelp || transport === 'image-store';
  return (
    <li className="px-3 py-1" data-testid="looked-for" data-state={state}>
      <div className="grid min-h-7 grid-cols-[minmax(0,1fr)_minmax(0,auto)] items-center gap-x-3 @3xl:grid-cols-[172px_minmax(0,1fr)_184px_96px]">
        <span className="flex min-w-0 items-center gap-2">
          <Icon aria-hidden size={16} className="shrink-0 text-quiet" />
          <span className="truncate">{transport === 'image-store' ? t('start.imageStore') : said(label)}</span>
        </span>
        <span
          className={classes(
            'order-last pl-6 font-mono text-sm text-quiet @3xl:order-none @3xl:col-span-1 @3xl:pl-0',
            !hasAction && 'col-span-2',
          )}
          title={location}
        >
          <NameText text={location} />
        </span>
        <span className={classes('flex min-w-0 items-center gap-1.5', tone)} title={words}>
          <StateIcon aria-hidden size={14} className={classes('shrink-0', state === 'scanning' && 'animate-spin')} />
          <span className="truncate">{words}</span>
        </span>
        {hasAction ? (
          <span className="order-last justify-self-end @3xl:order-none">
            {hasHelp ? (
              <Button
                look="link"
                aria-expanded={isOpen}
                {...(isOpen ? { 'aria-controls': panelId } : {})}
                aria-label={`${t('start.howStart')}: ${said(label)}`}
                onPress={() => setOpen(!isOpen)}
              >
                {t('start.howStart')}
              </Button>
            ) : (
              <Button look="link" onPress={() => showView('settings')}>
                {t('start.change')}
              </Button>
            )}
          </span>
        ) : null}
      </div>
      {hasHelp ? (
        <Fold isOpen={isOpen} id={panelId}>
          <div className="pt-1 pb-2 pl-6">
            <StartHelp place={place} commands={commands} />
          </div>
        </Fold>
      ) : null}
    </li>
  );
}

const LOOKS: Record<LookedFor['state'], [LucideIcon, string]> = {
  scanning: [LoaderCircle, 'text-quiet'],
  absent: [CircleSlash, 'text-quiet'],
  unreachable: [TriangleAlert, 'text-warn'],
  ready: [CircleCheck, 'text-good'],
};
