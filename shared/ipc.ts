import { z } from 'zod';
import type { ErrorData } from './errors.ts';
import type { HistoryEntry, VerifiedEntry } from './history.ts';
import type { ImageDetails, ImageSummary, LookedFor, SourceInfo } from './images.ts';
import type { EventChannel, RequestChannel } from './ipc-channels.ts';
import { lazySchema } from './lazy-schema.ts';
import { type LoginInfo, type RegistryInfo, type RememberOptions, rememberSchema } from './logins.ts';
import type { PracticeInfo } from './practice.ts';
import { chosenPlatformsSchema } from './push-defaults.ts';
import { RECEIPT_FORMATS } from './receipt.ts';
import type { ConnectionStep, RegistryAccess } from './registry-access.ts';
import type { RemoteNames, RemoteTag } from './registry-names.ts';
import { registryPolicySchema } from './registry-policy.ts';
import { type Settings, settingsPatchSchema } from './settings.ts';
import { type CompanionCounts, type GpgKey, signingKeySchema } from './signing.ts';
import type { JobSnapshot, PushPreview, TransferEvent } from './transfer-events.ts';
import { transferOptionsSchema } from './transfer-options.ts';
import type { Release } from './updates.ts';

/**
 * The contract between the window and the main process: every request with the schema of its input and the type of its
 * output, every event with the type of its payload. Both sides are typed from here; the main side parses every input.
 */
const nothing = lazySchema(() => z.undefined());
const text = lazySchema(() => z.string().max(4096));
const id = lazySchema(() => z.string().min(1).max(8192));

/** Files that a person chooses in the operating system's dialog. */
export const FILE_KINDS = ['ca', 'certificate', 'certificateKey', 'signingKey'] as const;
export type FileKind = (typeof FILE_KINDS)[number];

/** Targets of one push request. */
export const MAX_TARGETS = 32;

/** Pushes of one group. */
const MOST_PUSHES = 10_000;

export const requestSchemas = {
  'app.info': nothing,
  /** What failed so far without stopping anything: logins, settings, the journal. */
  'app.problems': nothing,
  'app.copy': z.string().max(10_000_000),
  /** What a report of a bug needs, as text without secrets. */
  'app.diagnostics': nothing,
  /** Shows the folder of the application's own files. */
  'app.showData': nothing,
  /** Opens the operating system's file dialog: for the PEM file of a CA or of a client certificate and its key, or for a key that signs. */
  'app.chooseFile': z.enum(FILE_KINDS),
  'app.openExternal': z.url({ protocol: /^https$/ }),
  /** Asks whether a newer version is there; downloads nothing. */
  'app.newerRelease': nothing,
  /** Sent by the preload when a listener of the page got `closing`; without it the main process asks by itself. */
  'app.closingShown': nothing,
  /** The answer to the `closing` event. Paused pushes are offered again at the next start. */
  'app.close': z.enum(['keep-running', 'pause-and-quit', 'cancel-and-quit']),
  'sources.list': nothing,
  'sources.lookedFor': nothing,
  'sources.add': z.array(text).min(1).max(1000),
  'sources.remove': id,
  'sources.rescan': id.optional(),
  /** Opens the operating system's dialog, which on most systems shows either folders or files; the chosen paths, empty when cancelled. */
  'sources.choose': z.enum(['folders', 'archives']),
  'images.list': nothing,
  'images.details': id,
  /** Shows an image's file or folder in the system's file manager. */
  'images.show': id,
  /** What belongs to each of some images in their stores, in their order; nothing to one that cannot be read. */
  'images.companions': z.array(id).min(1).max(MOST_PUSHES),
  'registries.info': text,
  /** Repositories that a registry shows; many show none. */
  'registries.repositories': text,
  /** Tags of a repository, written with its registry. */
  'registries.tags': text,
  /** What the tag of a target is now. */
  'registries.tag': text,
  /** When an image was made; written with its digest: `ghcr.io/acme/web@sha256:…`. */
  'registries.created': text,
  /** What applies to a registry, and from where; asks no registry. */
  'registries.access': text,
  /** Walks the way of a push to a registry, step by step; sends nothing that stays. */
  'registries.test': text,
  /** Signs out, forgets what was set for a registry, and takes it off the list. */
  'registries.remove': text,
  'registries.setPolicy': z.object({ registry: text, policy: registryPolicySchema }),
  'logins.list': nothing,
  /** With a registry also the credential helpers for it. */
  'logins.rememberOptions': text.optional(),
  'logins.login': z.object({
    registry: text,
    username: z.string().min(1).max(1024),
    password: z.string().min(1).max(65_536),
    remember: rememberSchema,
  }),
  /** Lets an installed credential helper keep the logins of a registry; without `login` it must have one already. */
  'logins.useHelper': z.object({
    registry: text,
    helper: z.string().regex(/^[A-Za-z0-9._-]{1,100}$/),
    login: z.object({ username: z.string().min(1).max(1024), password: z.string().min(1).max(65_536) }).optional(),
  }),
  'logins.logout': text,
  'push.start': z.object({
    imageId: id,
    targets: z.array(text).min(1).max(MAX_TARGETS),
    options: transferOptionsSchema,
  }),
  /** One group of pushes: what cannot be started does not stop the others. `platforms` of a push count for it instead of those of all. */
  'push.startMany': z.object({
    pushes: z
      .array(z.object({ imageId: id, target: text, platforms: chosenPlatformsSchema.optional() }))
      .min(1)
      .max(MOST_PUSHES),
    options: transferOptionsSchema,
  }),
  'push.preview': z.object({ imageId: id, target: text, options: transferOptionsSchema }),
  /** The keys of the system's gpg that can sign. */
  'signing.keys': nothing,
  /** Tries the passphrase of a key, and keeps it for this session when it is the right one. */
  'signing.unlock': z.object({ key: signingKeySchema, passphrase: z.string().min(1).max(65_536) }),
  'transfers.list': nothing,
  'transfers.pause': id,
  'transfers.resume': id,
  /** Looks at once whether a registry is there again that the job waits for. */
  'transfers.tryNow': id,
  /** The system says that the network has gone, come back, or become another one. */
  'transfers.networkChanged': nothing,
  'transfers.cancel': id,
  /** Takes a finished job off the list. */
  'transfers.forget': id,
  /** Opens the operating system's dialog for where an export goes; `name` is proposed for the file, or for a new folder in the chosen one. */
  'exports.choosePlace': z.object({ kind: z.enum(['folder', 'archive']), name: z.string().min(1).max(200) }),
  /** Reads the text of a destination, such as `oci:/srv/layout:1.2`; fails as a start would that does not get as far as writing. */
  'exports.check': text,
  /** Fails with the hint `confirm-replace` where something would be overwritten; with `replace` it is. */
  'exports.start': z.object({
    imageId: id,
    destination: text,
    options: transferOptionsSchema,
    replace: z.boolean().optional(),
  }),
  /** Shows in the system's file manager what a finished export has written. */
  'exports.show': id,
  /** The newest first; `search`: words that an entry must have. */
  'history.list': z.object({
    search: text.optional(),
    state: z.enum(['done', 'failed']).optional(),
    most: z.number().int().min(1).max(100_000).optional(),
  }),
  /** Starts that transfer again. */
  'history.again': id,
  /** Whether the registry still has what was pushed, whole, and signed as the policy asks. */
  'history.verify': id,
  'history.clear': nothing,
  /** Opens the system's dialog for a file, and writes there what became of jobs, or of entries of the history. */
  'receipts.save': z.object({
    of: z.enum(['transfers', 'history']),
    ids: z.array(id).min(1).max(100_000),
    format: z.enum(RECEIPT_FORMATS),
  }),
  /** Makes a sample image and starts a registry for it on this computer; gives what runs when it does already. */
  'practice.start': nothing,
  'practice.end': nothing,
  'settings.get': nothing,
  'settings.update': settingsPatchSchema,
} as const satisfies Record<RequestChannel, z.ZodType>;

export type RequestInput<C extends RequestChannel> = z.output<(typeof requestSchemas)[C]>;

/** What became of each path that was added: the images it gave, or why it gave none. */
export interface AddedPath {
  path: string;
  sourceId?: string;
  /** Images that are ready to be selected; a source that is still being scanned may add more later. */
  imageIds: string[];
  error?: ErrorData;
}

/** Pushes that were started together. */
export interface StartedGroup {
  jobIds: string[];
  failures: { imageId: string; target: string; error: ErrorData }[];
}

export interface AppInfo {
  version: string;
  platform: 'linux' | 'darwin' | 'win32';
  /** BCP 47, of the operating system. */
  locale: string;
  electron: string;
  /** Where settings, the journal and the log are; absolute. */
  dataFolder: string;
}

export interface RequestOutputs {
  'app.info': AppInfo;
  'app.problems': ErrorData[];
  'app.copy': void;
  'app.diagnostics': string;
  'app.showData': void;
  /** Absolute path; null when cancelled. */
  'app.chooseFile': string | null;
  'app.openExternal': void;
  /** Null: this one is the newest. */
  'app.newerRelease': Release | null;
  'app.closingShown': void;
  'app.close': void;
  'sources.list': SourceInfo[];
  'sources.lookedFor': LookedFor[];
  'sources.add': AddedPath[];
  'sources.remove': void;
  'sources.rescan': void;
  'sources.choose': string[];
  'images.list': ImageSummary[];
  'images.details': ImageDetails;
  'images.show': void;
  'images.companions': CompanionCounts[];
  'registries.info': RegistryInfo;
  'registries.repositories': RemoteNames;
  'registries.tags': RemoteNames;
  /** Null where it is new. */
  'registries.tag': RemoteTag | null;
  /** ISO 8601; null where the image does not say. */
  'registries.created': string | null;
  'registries.access': RegistryAccess;
  'registries.test': ConnectionStep[];
  'registries.remove': void;
  'registries.setPolicy': void;
  'logins.list': LoginInfo[];
  'logins.rememberOptions': RememberOptions;
  'logins.login': LoginInfo;
  'logins.useHelper': LoginInfo;
  'logins.logout': void;
  'push.start': string[];
  'push.startMany': StartedGroup;
  'push.preview': PushPreview;
  'signing.keys': GpgKey[];
  'signing.unlock': void;
  'transfers.list': JobSnapshot[];
  'transfers.pause': void;
  'transfers.resume': void;
  'transfers.tryNow': void;
  'transfers.networkChanged': void;
  'transfers.cancel': void;
  'transfers.forget': void;
  /** Absolute path; null when cancelled. */
  'exports.choosePlace': string | null;
  'exports.check': void;
  'exports.start': string;
  'exports.show': void;
  'history.list': HistoryEntry[];
  'history.again': string;
  'history.verify': VerifiedEntry;
  'history.clear': void;
  /** Absolute path; null when cancelled. */
  'receipts.save': string | null;
  'practice.start': PracticeInfo;
  'practice.end': void;
  'settings.get': Settings;
  'settings.update': Settings;
}

/** Events from the main process to the window. */
export interface EventPayloads {
  sources: SourceInfo[];
  /** Image rows of one source: `reset` replaces them all, otherwise `upserted` and `removed` apply. */
  images: { sourceId: string; reset?: boolean | undefined; upserted: ImageSummary[]; removed: string[] };
  transfers: TransferEvent[];
  settings: Settings;
  /** An entry that is new, or has a new result. */
  history: HistoryEntry;
  logins: LoginInfo[];
  /** One more of `app.problems`. */
  problem: ErrorData;
  /** Paths given to a second start, or dropped on the dock: to be added as a drop is. */
  'open-paths': string[];
  /** The person closes the window while this many transfers run; answer with `app.close`. */
  closing: { running: number };
}

/** A request's answer as it crosses the boundary: errors travel whole, as data. */
export type IpcReply<T> = { ok: true; value: T } | { ok: false; error: ErrorData };

/** What the preload exposes as `window.pushboat`. */
export interface PushboatApi {
  /** @throws PushboatError is rebuilt by the caller from `IpcReply`. */
  request<C extends RequestChannel>(channel: C, input: RequestInput<C>): Promise<IpcReply<RequestOutputs[C]>>;
  /** Returns the function that unsubscribes. */
  on<E extends EventChannel>(event: E, listener: (payload: EventPayloads[E]) => void): () => void;
  /** Absolute paths of dropped files; asynchronous because some hosts must ask (see ARCHITECTURE.md). */
  pathsOf(files: File[]): Promise<string[]>;
}
