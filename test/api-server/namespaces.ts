import { randomUUID } from 'node:crypto';
import { timestamp } from './made-pods.ts';
import { readObject } from './request-body.ts';
import { notFound, StatusError } from './status.ts';

/** The namespaces that clients have made. */
export class Namespaces {
  readonly #documents = new Map<string, object>();

  get names(): readonly string[] {
    return [...this.#documents.keys()];
  }

  has(name: string): boolean {
    return this.#documents.has(name);
  }

  /** @throws StatusError 404 */
  get(name: string): object {
    const document = this.#documents.get(name);
    if (document === undefined) throw notFound('namespaces', name);
    return document;
  }

  /** @throws StatusError 400, 409 or 422 */
  make(body: string): object {
    const { metadata }: { readonly metadata?: { readonly name?: string } } = readObject(body, 'Namespace');
    const name = metadata?.name ?? '';
    if (name === '') {
      const why = 'metadata.name: Required value: name or generateName is required';
      throw new StatusError(422, 'Invalid', `Namespace "" is invalid: ${why}`);
    }
    if (this.has(name)) throw new StatusError(409, 'AlreadyExists', `namespaces "${name}" already exists`);
    const document = {
      kind: 'Namespace',
      apiVersion: 'v1',
      metadata: { ...metadata, uid: randomUUID(), creationTimestamp: timestamp(Date.now()) },
      spec: { finalizers: ['kubernetes'] },
      status: { phase: 'Active' },
    };
    this.#documents.set(name, document);
    return document;
  }

  /** @throws StatusError 404 */
  delete(name: string): object {
    const document = { ...this.get(name), status: { phase: 'Terminating' } };
    this.#documents.delete(name);
    return document;
  }

  clear(): void {
    this.#documents.clear();
  }
}
