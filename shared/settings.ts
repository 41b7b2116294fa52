import { z } from 'zod';
import { MOST_RETRY_SECONDS } from './choices.ts';
import { lazySchema } from './lazy-schema.ts';
import { pushDefaultsSchema } from './push-defaults.ts';
import { registryPolicySchema } from './registry-policy.ts';
import { digestSchema } from './schemas.ts';
import { signOptionsSchema } from './signing.ts';

/** The default folder of the `allrun image` tool. */
export const DEFAULT_IMAGES_STORE_DIR = '/var/lib/ar/images';

/** Bounds of the history. */
export const MOST_HISTORY_DAYS = 3650;
export const MOST_HISTORY_ENTRIES = 100_000;

/** Everything that is remembered between starts and is not secret. */
export const settingsSchema = lazySchema(() =>
  z.object({
    version: z.literal(1),
    language: z.enum(['system', 'en', 'zh-CN']),
    theme: z.enum(['system', 'light', 'dark']),
    /** Folders that a person added, absolute: layouts or folders of layouts. */
    addedPaths: z.array(z.string()),
    /** Those of them that were added with one drop, or in one dialog. */
    addedTogether: z.array(z.array(z.string())),
    imagesStoreDir: z.string(),
    /** Jobs at once, 1 to 16. */
    maxJobs: z.number().int().min(1).max(16),
    /** Bytes per second for all uploads together; 0 = no limit. */
    bandwidthLimit: z.number().int().min(0),
    /** How long the history of transfers is kept, and how many entries; 0: none. */
    historyDays: z.number().int().min(0).max(MOST_HISTORY_DAYS),
    historyEntries: z.number().int().min(0).max(MOST_HISTORY_ENTRIES),
    /** Seconds that a registry is waited for that has answered before, 0 to a day. */
    retryForSeconds: z.number().int().min(0).max(MOST_RETRY_SECONDS),
    /** By registry (`host[:port]`). */
    registries: z.record(z.string(), registryPolicySchema),
    /** The keys that the last push to a registry was signed with, by registry; never a passphrase. */
    signing: z.record(z.string(), signOptionsSchema),
    /** What pushes of the window begin with. */
    pushDefaults: pushDefaultsSchema,
    /** Whether signatures, SBOMs and the like go along with their image where nothing else is said. */
    companions: z.enum(['ask', 'always', 'never']),
    /** Whether the start of the window looks for a newer version; `unasked` until a person has said. */
    lookForUpdates: z.enum(['unasked', 'yes', 'no']),
    /** Last targets, newest first, canonical. */
    recentTargets: z.array(z.string()),
    /** Targets that were typed for images, by image id, where they are not what the image's name says; the newest last. */
    drafts: z.record(z.string(), z.array(z.string().max(4096)).max(100)),
    /** What pushes made of images by now, by their digests in their stores, where that is another digest; the newest last. */
    sentDigests: z.record(z.string(), z.array(digestSchema)),
    /** Widths of the window's panes that a person has set, in pixels. */
    panes: z.object({
      sources: z.number().min(100).max(2000).optional(),
      details: z.number().min(200).max(2000).optional(),
    }),
    window: z
      .object({
        width: z.number(),
        height: z.number(),
        x: z.number().optional(),
        y: z.number().optional(),
        maximized: z.boolean(),
      })
      .optional(),
  }),
);
export type Settings = z.infer<typeof settingsSchema>;

/** Also of what a file of an earlier version does not have. */
export const DEFAULT_SETTINGS: Settings = {
  version: 1,
  language: 'system',
  theme: 'system',
  addedPaths: [],
  addedTogether: [],
  imagesStoreDir: DEFAULT_IMAGES_STORE_DIR,
  maxJobs: 3,
  bandwidthLimit: 0,
  historyDays: 90,
  historyEntries: 10_000,
  retryForSeconds: 600,
  registries: {},
  signing: {},
  companions: 'ask',
  lookForUpdates: 'unasked',
  drafts: {},
  sentDigests: {},
  panes: {},
  pushDefaults: {},
  recentTargets: [],
};

const CHANGEABLE = {
  language: true,
  theme: true,
  imagesStoreDir: true,
  maxJobs: true,
  bandwidthLimit: true,
  historyDays: true,
  historyEntries: true,
  retryForSeconds: true,
  registries: true,
  companions: true,
  pushDefaults: true,
  lookForUpdates: true,
  drafts: true,
  sentDigests: true,
  panes: true,
} as const;

/** What the window may change; the rest changes by doing. */
export const settingsPatchSchema = lazySchema(() => settingsSchema.pick(CHANGEABLE).partial());
export type SettingsPatch = z.infer<typeof settingsPatchSchema>;
