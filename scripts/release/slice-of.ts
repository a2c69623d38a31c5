/**
 * A part of a file, where subarray() would quietly give less.
 *
 * @throws RangeError where the file ends before the part does
 */
export function sliceOf(file: Buffer, from: number, length: number): Buffer {
  if (from < 0 || length < 0 || from + length > file.length) {
    throw new RangeError(`it ends before byte ${String(from + length)}`);
  }
  return file.subarray(from, from + length);
}
