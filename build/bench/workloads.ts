import { KIB, MIB } from '../../shared/units.ts';

const GIB = 1024 * MIB;

/** What an image is made of. */
export interface ImageSpec {
  /** More than one makes an index. */
  platforms: number;
  layersPerPlatform: number;
  /** So many of `layersPerPlatform` are the same in all platforms. */
  sharedLayers: number;
  /** Bytes of a layer's one file, or of its files. */
  layerSize: number;
  /** Bytes of one more layer, the only one that an earlier build of the image had otherwise. */
  changedLayer?: number;
  /** Plain layers in a containers-storage store, made of files as images have them; else random bytes in an OCI layout. */
  inStore?: true;
}

interface Common {
  name: string;
  /** In words, for the table. */
  work: string;
  image: ImageSpec;
  tls: boolean;
}

export interface FeltWay {
  /** How the registry knows who pushes: not at all, or by a token server behind the same delay. */
  login: 'none' | 'token-server';
  /** Round trips without which the protocol does not bring the image there, those of the first connection's TCP and TLS included. */
  leastRoundTrips: number;
  /** Who is compared: some would take minutes. */
  pushers: readonly string[];
}

/** Pushers are compared by the time they take. */
export interface TimedWorkload extends Common {
  kind: 'time';
  /** Milliseconds that the network adds to each round trip. */
  roundTripMs: number;
  /** What the network takes at most, where it is slow, too. */
  bytesPerSecond?: number;
  /**
   * Pushed before, by the same pusher and untimed: nothing, the same, an earlier build under the same tag, or the same blobs under another
   * tag or to another repository.
   */
  before: 'nothing' | 'same-tag' | 'earlier-build' | 'other-tag' | 'other-repository';
  /** What a person waits for: over a long line, and as a registry is met in daily life. */
  felt?: FeltWay;
  /** Ours is compared with itself, through proxies. */
  proxied?: true;
  goal: {
    /** Directly / through a proxy, of the slowest, at least. */
    proxied?: number;
    /** Ours / fastest peer, at most. */
    ratio?: number;
    /** Ours / this peer, at most. */
    against?: Record<string, number>;
    /** Requests beyond one HEAD per blob, at most. */
    extraRequests?: number;
    /** Bytes of layers sent, at most. */
    layerBytes?: number;
  };
}

/** Our memory while one long layer goes out. */
export interface MemoryWorkload extends Common {
  kind: 'memory';
  goal: {
    /** Bytes of resident memory, at most. */
    peakRss: number;
    /** Bytes that the mean of the last quarter may lie above the mean of the first. */
    growth: number;
  };
}

export type Workload = TimedWorkload | MemoryWorkload;

const single = (layersPerPlatform: number, layerSize: number): ImageSpec => ({
  platforms: 1,
  layersPerPlatform,
  sharedLayers: 0,
  layerSize,
});

/** `quick` keeps the kind of the work and shrinks the data. */
export function workloads({ quick }: { quick: boolean }): Workload[] {
  const large = quick ? single(3, 4 * MIB) : single(8, 128 * MIB);
  const many = quick ? single(20, 16 * KIB) : single(200, 64 * KIB);
  const index: ImageSpec = quick
    ? { platforms: 2, layersPerPlatform: 6, sharedLayers: 3, layerSize: 16 * KIB }
    : { platforms: 6, layersPerPlatform: 20, sharedLayers: 10, layerSize: 256 * KIB };
  const one = single(1, quick ? 64 * MIB : 4 * GIB);
  const stored: ImageSpec = { ...single(8, quick ? 4 * MIB : 128 * MIB), inStore: true };
  const near = { kind: 'time', tls: false, roundTripMs: 0, before: 'nothing' } as const;
  return [
    { ...near, name: 'large-tls', work: `${inWords(large)}, HTTPS`, image: large, tls: true, goal: { ratio: 0.95 } },
    { ...near, name: 'large-http', work: `${inWords(large)}, plain HTTP`, image: large, goal: { ratio: 1.1 } },
    { ...near, name: 'many', work: inWords(many), image: many, goal: { ratio: 0.75 } },
    {
      ...near,
      name: 'many-50ms',
      work: `${inWords(many)}, 50 ms round trip`,
      image: many,
      roundTripMs: 50,
      goal: { ratio: 0.25 },
    },
    {
      ...near,
      name: 'again',
      work: `${inWords(many)}, pushed again to the same repository and tag`,
      image: many,
      before: 'same-tag',
      goal: { ratio: 1, extraRequests: 3 },
    },
    {
      ...near,
      name: 'again-tag',
      work: `${inWords(many)}, pushed again to the same repository under another tag`,
      image: many,
      before: 'other-tag',
      goal: { ratio: 1, extraRequests: 3 },
    },
    {
      ...near,
      name: 'mount',
      work: `${inWords(many)}, the same blobs to another repository`,
      image: many,
      before: 'other-repository',
      goal: { ratio: 0.6, layerBytes: 0 },
    },
    { ...near, name: 'index', work: inWords(index), image: index, goal: { ratio: 1 } },
    {
      ...near,
      name: 'compress',
      work: `${inWords(stored)}, plain in containers-storage, compressed on the way`,
      image: stored,
      goal: { against: { skopeo: 0.7, docker: 0.4 } },
    },
    {
      kind: 'memory',
      name: 'one-4GiB',
      work: `${inWords(one)}, plain HTTP`,
      image: one,
      tls: false,
      goal: { peakRss: 120e6, growth: 16 * MIB },
    },
  ];
}

/** What a proxy costs: with a new connection for each tunnel over a long line, and where only the processor counts. */
export function proxyWorkloads({ quick }: { quick: boolean }): TimedWorkload[] {
  const typical = single(6, quick ? 64 * KIB : 8 * MIB);
  const large = single(8, quick ? 64 * KIB : 64 * MIB);
  const common = { kind: 'time', before: 'nothing', proxied: true, goal: { proxied: 0.9 } } as const;
  const far = { roundTripMs: 20, bytesPerSecond: 25e6, tls: true };
  const name = (text: string) => `proxies-${text}`;
  return [
    {
      ...common,
      ...far,
      name: name('far'),
      work: `${inWords(typical)}, HTTPS, 20 ms round trip, 200 Mbit/s`,
      image: typical,
    },
    { ...common, name: name('near'), work: `${inWords(large)}, HTTPS`, image: large, tls: true, roundTripMs: 0 },
    { ...common, name: name('near-http'), work: `${inWords(large)}, HTTP`, image: large, tls: false, roundTripMs: 0 },
  ];
}

function inWords({ platforms, layersPerPlatform, sharedLayers, layerSize }: ImageSpec): string {
  const layers = `${layersPerPlatform} ${layersPerPlatform === 1 ? 'layer' : 'layers'} × ${sizeInWords(layerSize)}`;
  return platforms === 1 ? layers : `${platforms} platforms × ${layers}, ${sharedLayers} of them shared`;
}

function sizeInWords(bytes: number): string {
  if (bytes >= GIB) return `${bytes / GIB} GiB`;
  return bytes >= MIB ? `${bytes / MIB} MiB` : `${bytes / KIB} KiB`;
}
