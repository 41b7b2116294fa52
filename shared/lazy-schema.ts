import type { z } from 'zod';

/**
 * A schema that is built when it is first used. Built with their modules, the schemas of all that a command might read were a quarter of what
 * it took to start: a push reads with a few of them. Schemas may be made of it as of any other.
 */
export function lazySchema<Schema extends z.ZodType>(build: () => Schema): Schema {
  let built: Schema | undefined;
  const schema = (): Schema => (built ??= build());
  return new Proxy({} as Schema, {
    get: (_target, key) => Reflect.get(schema(), key),
    has: (_target, key) => key in schema(),
    getPrototypeOf: () => Reflect.getPrototypeOf(schema()),
  });
}
