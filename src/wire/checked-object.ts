import { isObject, type JsonObject } from './json-value.ts';
import { quoted } from './wording.ts';
import type { Path } from '../yaml/yaml-document.ts';

/** Makes the error of the field at `path`, of its message, which names the field, and its value. */
export type Failure = (path: Path, message: (field: string) => string, value: unknown) => Error;

/**
 * An object whose fields have the types that the API takes, or are an error. What is missing or null is not there,
 * as in the API.
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

/** A value of JSON as a part of a sentence. */
export function described(value: unknown): string {
  if (typeof value === 'string') return `the text "${quoted(value)}"`;
  if (typeof value === 'number') return `the number ${String(value)}`;
  if (typeof value === 'boolean') return String(value);
  if (Array.isArray(value)) return 'a list';
  return value === null ? 'null' : 'a mapping';
}
