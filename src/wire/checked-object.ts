import { isObject, type JsonObject } from './json-value.ts';
import { quoted } from './wording.ts';
import type { Path } from '../yaml/yaml-document.ts';

/** Creates the error about the field at `path` from a message with its name, and its value. */
export type Failure = (path: Path, message: (field: string) => string, value: unknown) => Error;

/**
 * Reads an object. A field of another type than in the API is an error. As in the API, null means absent.
 */
export class CheckedObject {
  readonly json: JsonObject;
  readonly #path: Path;
  readonly #fail: Failure;

  /**
   * @param path from the object that `fail` is about; empty for that object itself
   * @param fail makes the error of a field
   */
  constructor(json: JsonObject, path: Path, fail: Failure) {
    this.json = json;
    this.#path = path;
    this.#fail = fail;
  }

  /** The same object with other fields. */
  with(json: JsonObject): CheckedObject {
    return new CheckedObject(json, this.#path, this.#fail);
  }

  object(key: string): CheckedObject | null {
    const value = this.#given(key);
    if (value === null) return null;
    if (!isObject(value)) throw this.#wrong([key], value, 'a mapping');
    return new CheckedObject(value, [...this.#path, key], this.#fail);
  }

  list(key: string): readonly unknown[] {
    const value = this.#given(key) ?? [];
    if (!Array.isArray(value)) throw this.#wrong([key], value, 'a list');
    return value;
  }

  objects(key: string): readonly JsonObject[] {
    return this.list(key).map((item, index) => {
      if (!isObject(item)) throw this.#wrong([key, index], item, 'a mapping');
      return item;
    });
  }

  /** Empty where there is none. */
  text(key: string): string {
    const value = this.#given(key) ?? '';
    if (typeof value !== 'string') throw this.#wrong([key], value, 'a text');
    return value;
  }

  boolean(key: string): boolean {
    const value = this.#given(key) ?? false;
    if (typeof value !== 'boolean') throw this.#wrong([key], value, 'true or false');
    return value;
  }

  #given(key: string): unknown {
    return Object.hasOwn(this.json, key) ? (this.json[key] ?? null) : null;
  }

  #wrong(path: Path, value: unknown, wanted: string): Error {
    const message = (field: string): string => `${field} is ${described(value)}; it takes ${wanted}`;
    return this.#fail([...this.#path, ...path], message, value);
  }
}

/** Returns a JSON value for a sentence. */
export function described(value: unknown): string {
  if (typeof value === 'string') return `the text "${quoted(value)}"`;
  if (typeof value === 'number') return `the number ${String(value)}`;
  if (typeof value === 'boolean') return String(value);
  if (Array.isArray(value)) return 'a list';
  return value === null ? 'null' : 'a mapping';
}
