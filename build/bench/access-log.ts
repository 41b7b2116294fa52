/** What the registry saw of one push. */
export interface Traffic {
  requests: number;
  /** By method. */
  methods: Record<string, number>;
  /** Digests of the blobs whose upload was finished with a body or after one: mounts are not among them. */
  uploaded: string[];
}

/** Of the benchmark's own questions, which are not counted. */
export const OWN_USER_AGENT = 'pushboat-benchmark';

/** `… "PUT /v2/a/blobs/uploads/…?digest=sha256%3A… HTTP/1.1" 201 …`: a line in Apache's format. */
const LINE = /"([A-Z]+) (\/v2\/\S*) HTTP\/[0-9.]+" (\d{3}) /;

/** Counts the requests in docker-registry's access log. */
export class AccessLog {
  #rest = '';
  #traffic = noTraffic();

  /** Takes what the registry has written; lines may be cut anywhere. */
  readonly add = (text: string): void => {
    const lines = (this.#rest + text).split('\n');
    this.#rest = lines.pop() ?? '';
    for (const line of lines) this.#count(line);
  };

  /** What was counted since the last call. */
  take(): Traffic {
    const traffic = this.#traffic;
    this.#traffic = noTraffic();
    return traffic;
  }

  #count(line: string): void {
    if (line.includes(OWN_USER_AGENT)) return;
    const [, method, path, status] = LINE.exec(line) ?? [];
    if (!method || !path || !status) return;
    this.#traffic.requests += 1;
    this.#traffic.methods[method] = (this.#traffic.methods[method] ?? 0) + 1;
    const digest = new URL(path, 'http://registry').searchParams.get('digest');
    if (method === 'PUT' && path.includes('/blobs/uploads/') && status === '201' && digest) {
      this.#traffic.uploaded.push(digest);
    }
  }
}

function noTraffic(): Traffic {
  return { requests: 0, methods: {}, uploaded: [] };
}
