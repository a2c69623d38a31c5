/** A JSON object with unknown fields. */
export type JsonObject = Readonly<Record<string, unknown>>;

const NOTHING: JsonObject = {};

/** Returns the object under `key`, or an empty one if it is absent or has another type, as in protobuf. */
export function objectOf(parent: JsonObject, key: string): JsonObject {
  const value = parent[key];
  return isObject(value) ? value : NOTHING;
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function arrayOf(parent: JsonObject, key: string): readonly unknown[] {
  const value = parent[key];
  return Array.isArray(value) ? value : [];
}

/** Returns the objects of the array under `key`. Elements of another type are empty objects. */
export function objectsOf(parent: JsonObject, key: string): readonly JsonObject[] {
  return arrayOf(parent, key).map((item) => (isObject(item) ? item : NOTHING));
}

export function textOf(parent: JsonObject, key: string): string {
  const value = parent[key];
  return typeof value === 'string' ? value : '';
}

export function numberOf(parent: JsonObject, key: string): number {
  const value = parent[key];
  // JSON.parse takes 1e999, and makes Infinity of it.
  return typeof value === 'number' && Number.isFinite(value) ? value : 0;
}

export function isTrue(parent: JsonObject, key: string): boolean {
  return parent[key] === true;
}
