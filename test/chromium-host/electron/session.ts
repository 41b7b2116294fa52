export type ProtocolHandler = (request: { url: string; method: string }) => Promise<Response> | Response;

class Protocol {
  readonly #handlers = new Map<string, ProtocolHandler>();

  registerSchemesAsPrivileged(_schemes: unknown[]): void {}

  handle(scheme: string, handler: ProtocolHandler): void {
    this.#handlers.set(scheme, handler);
  }

  handlerOf(scheme: string): ProtocolHandler | undefined {
    return this.#handlers.get(scheme);
  }
}

export const protocol = new Protocol();

/** Permissions: the browser's own profile grants none that the page could ask for unseen. */
export const session = {
  defaultSession: {
    protocol,
    setPermissionRequestHandler(_handler: unknown): void {},
    setPermissionCheckHandler(_handler: unknown): void {},
    setDevicePermissionHandler(_handler: unknown): void {},
    /** The desktop's settings are not asked: no test may depend on them. */
    async resolveProxy(_url: string): Promise<string> {
      return 'DIRECT';
    },
  },
};
