import { inBackground, request } from '../../api.ts';
import { useTexts } from '../../i18n/use-texts.ts';
import { showError } from '../../stores/messages.ts';
import { movePane, type Pane, usePaneWidth } from '../../stores/panes.ts';
import { useSettings } from '../../stores/settings.ts';
import { Splitter } from '../../ui/splitter.tsx';

/** What a pane may have, and what it has in a wide window, in pixels. */
const WIDTHS = {
  sources: { edge: 'right', min: 140, max: 420, usual: 208 },
  details: { edge: 'left', min: 300, max: 760, usual: 384 },
} as const;

/** The edge between a pane of the images' view and the list. */
export function PaneEdge({ pane }: { pane: Pane }) {
  const { t } = useTexts();
  const width = usePaneWidth(pane);
  const { edge, min, max, usual } = WIDTHS[pane];
  return (
    <Splitter
      label={t(`panes.${pane}Width`)}
      edge={edge}
      value={width ?? usual}
      min={min}
      max={max}
      onMove={(moved) => movePane(pane, moved)}
      onEnd={(kept) => keepPane(pane, kept)}
    />
  );
}

/** Undefined gives the usual width back. */
function keepPane(pane: Pane, width: number | undefined): void {
  movePane(pane, width);
  const { panes } = useSettings.getState().settings;
  const saved = request('settings.update', { panes: { ...panes, [pane]: width } });
  inBackground(
    saved.then(() => movePane(pane, undefined)),
    showError,
  );
}
