import { isObject, type JsonObject } from './json-value.ts';
import { quoted } from './wording.ts';

/**
 * An object whose fields have the types that the API takes, or are an error. What is missing or null is not there,
 * as in the API.
 */
export class CheckedObject {
  readonly json: JsonObject;
  /** The field that it is, in its document; empty for the document itself. */
  readonly #path: string;
  readonly #fail: (message: string) => Error;

  /** @param fail makes the error of its message */
  constructor(json: JsonObject, path: string, fail: (message: string) => Error) {
    this.json = json;
    this.#path = path;
    this.#fail = fail;
  }

  object(key: string): CheckedObject | null {
    const value = this.#given(key);
    if (value === null) return null;
    if (!isObject(value)) throw this.#wrong(key, value, 'a mapping');
    return new CheckedObject(value, this.pathOf(key), this.#fail);
  }

  list(key: string): readonly unknown[] {
    const value = this.#given(key) ?? [];
    if (!Array.isArray(value)) throw this.#wrong(key, value, 'a list');
    return value;
  }

  objects(key: string): readonly JsonObject[] {
    return this.list(key).map((item, index) => {
      if (!isObject(item)) throw this.#wrong(`${key}[${String(index)}]`, item, 'a mapping');
      return item;
    });
  }

  /** Empty where there is none. */
  text(key: string): string {
    const value = this.#given(key) ?? '';
    if (typeof value !== 'string') throw this.#wrong(key, value, 'a text');
    return value;
  }

  boolean(key: string): boolean {
    const value = this.#given(key) ?? false;
    if (typeof value !== 'boolean') throw this.#wrong(key, value, 'true or false');
    return value;
  }

  pathOf(key: string): string {
    return this.#path === '' ? key : `${this.#path}.${key}`;
  }

  #given(key: string): unknown {
    return Object.hasOwn(this.json, key) ? (this.json[key] ?? null) : null;
  }

  #wrong(key: string, value: unknown, wanted: string): Error {
    return this.#fail(`${this.pathOf(key)} is ${described(value)}; it takes ${wanted}`);
  }
}

/** A value of JSON as a part of a sentence. */
export function described(value: unknown): string {
  if (typeof value === 'string') return `the text "${quoted(value)}"`;
  if (typeof value === 'number') return `the number ${String(value)}`;
  if (typeof value === 'boolean') return String(value);
  if (Array.isArray(value)) return 'a list';
  return value === null ? 'null' : 'a mapping';
}
